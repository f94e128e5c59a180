from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from backtests.engine.registry import UnknownStrategy
from backtests.selectors import drawdown_chart, equity_chart, run_candles
from backtests.selectors.analysis import CHARTS
from backtests.selectors.samples import sample_run
from backtests.views.shared import finished_run_or_404


@require_GET
@cache_control(private=True, max_age=60)
def run_equity(request: HttpRequest, run_id: int) -> JsonResponse:
    return JsonResponse(equity_chart(finished_run_or_404(request, run_id), **range_of(request)))


@require_GET
@cache_control(private=True, max_age=60)
def run_drawdown(request: HttpRequest, run_id: int) -> JsonResponse:
    return JsonResponse(drawdown_chart(finished_run_or_404(request, run_id), **range_of(request)))


@require_GET
def run_price(request: HttpRequest, run_id: int) -> JsonResponse:
    run = finished_run_or_404(request, run_id)
    return JsonResponse(run_candles(run, **range_of(request)))


@require_GET
@cache_control(private=True, max_age=60)
def run_chart(request: HttpRequest, run_id: int, chart: str) -> JsonResponse:
    return JsonResponse(CHARTS[chart](finished_run_or_404(request, run_id)))


@require_GET
@cache_control(private=True, max_age=3600)
def strategy_sample(request: HttpRequest, name: str) -> JsonResponse:
    try:
        return JsonResponse(sample_run(name).chart)
    except UnknownStrategy as error:
        raise Http404 from error


def range_of(request: HttpRequest) -> dict[str, int | None]:
    """Return the asked-for range in nanoseconds; the request gives whole seconds."""
    return {"start_ns": _ns(request.GET.get("from")), "stop_ns": _ns(request.GET.get("to"))}


def _ns(seconds: str | None) -> int | None:
    try:
        moment = int(float(seconds or ""))
    except (ValueError, OverflowError):
        return None
    return min(max(moment, -(10**9)), 9 * 10**9) * 1_000_000_000
