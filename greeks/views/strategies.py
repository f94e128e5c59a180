"""Named strategies on a chain."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from greeks.engine.positions import CATALOGUE
from greeks.selectors import (
    expirations_of,
    matrix_chart,
    payoff_chart,
    position_view,
)
from greeks.selectors.positions import DEFAULT_STRATEGY
from greeks.views.shared import choices_of, day_of, source_of
from pulse.common.errors import DomainError

DEFAULT_WIDTH = 2
LARGEST_VOL_SHIFT = 50


@require_GET
def strategy(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        **choices_of(request),
        "strategy": request.GET.get("strategy", DEFAULT_STRATEGY),
        "plans": CATALOGUE.values(),
        "width": _whole(request.GET.get("width"), DEFAULT_WIDTH),
        "vol_points": _vol_points(request),
    }
    try:
        source = source_of(request)
        view = position_view(source, now=timezone.now(), **_position(request))
        days = expirations_of(source, now=timezone.now())
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/strategy.html", context, status=422)
    query = QueryDict(mutable=True)
    query.update({name: context[name] for name in ("symbol", "strategy", "width", "vol_points")})
    query["expiration"] = view.expiration.isoformat()
    context |= {"view": view, "days": days, "query": query.urlencode()}
    return TemplateResponse(request, "greeks/strategy.html", context)


@require_GET
def strategy_chart(request: HttpRequest, chart: str) -> JsonResponse:
    if chart not in {"payoff", "matrix"}:
        return JsonResponse({"empty": "There is no such chart."})
    try:
        view = position_view(source_of(request), now=timezone.now(), **_position(request))
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})
    if chart == "payoff":
        return JsonResponse(payoff_chart(view))
    return JsonResponse(matrix_chart(view, vol_points=_vol_points(request)))


def _position(request: HttpRequest) -> dict[str, Any]:
    return {
        "strategy": request.GET.get("strategy", DEFAULT_STRATEGY),
        "expiration": day_of(request),
        "width": _whole(request.GET.get("width"), DEFAULT_WIDTH),
    }


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else default  # noqa: PLR2004 -- sane number


def _vol_points(request: HttpRequest) -> int:
    text = request.GET.get("vol_points", "")
    size = _whole(text.removeprefix("-"), 0)
    return max(min(-size if text.startswith("-") else size, LARGEST_VOL_SHIFT), -LARGEST_VOL_SHIFT)
