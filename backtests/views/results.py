import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from backtests.selectors import (
    drawdown_chart,
    equity_chart,
    equity_rows,
    result_document,
    run_candles,
    trade_rows,
)
from backtests.views.shared import finished_run_or_404


@require_GET
@cache_control(private=True, max_age=60)
def run_equity(request: HttpRequest, run_id: int) -> JsonResponse:
    return JsonResponse(equity_chart(finished_run_or_404(request, run_id), **_range(request)))


@require_GET
@cache_control(private=True, max_age=60)
def run_drawdown(request: HttpRequest, run_id: int) -> JsonResponse:
    return JsonResponse(drawdown_chart(finished_run_or_404(request, run_id), **_range(request)))


@require_GET
def run_price(request: HttpRequest, run_id: int) -> JsonResponse:
    run = finished_run_or_404(request, run_id)
    return JsonResponse(run_candles(run, **_range(request)))


@require_GET
def trades_csv(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    run = finished_run_or_404(request, run_id)
    return _csv(trade_rows(run), f"run-{run.pk}-trades.csv")


@require_GET
def equity_csv(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    run = finished_run_or_404(request, run_id)
    return _csv(equity_rows(run), f"run-{run.pk}-equity.csv")


@require_GET
def result_json(request: HttpRequest, run_id: int) -> JsonResponse:
    run = finished_run_or_404(request, run_id)
    response = JsonResponse(result_document(run), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.json"'
    return response


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterator[list[Any]], name: str) -> StreamingHttpResponse:
    writer = csv.writer(_Line())
    response = StreamingHttpResponse(map(writer.writerow, rows), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _range(request: HttpRequest) -> dict[str, int | None]:
    """Return the asked-for range in nanoseconds; the request gives whole seconds."""
    return {"start_ns": _ns(request.GET.get("from")), "stop_ns": _ns(request.GET.get("to"))}


def _ns(seconds: str | None) -> int | None:
    try:
        moment = int(float(seconds or ""))
    except (ValueError, OverflowError):
        return None
    return min(max(moment, -(10**9)), 9 * 10**9) * 1_000_000_000
