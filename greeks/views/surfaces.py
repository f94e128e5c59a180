"""Volatility surfaces."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from greeks.selectors.surfaces import (
    DEFAULT_MODEL,
    MODELS,
    MOST_OVERLAID,
    SurfaceView,
    expiry_fits,
    smiles_chart,
    surface_table,
    surface_view,
    term_chart,
)
from greeks.views.shared import choices_of, name_of, source_of
from pulse.common.errors import DomainError

AXES = {"moneyness": "Strike over forward", "delta": "Delta"}
CHARTS = {"smiles", "term", "table"}
N_DEFAULT = 4


@require_GET
def surface(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        **choices_of(request),
        "model": request.GET.get("model", DEFAULT_MODEL),
        "models": MODELS.items(),
        "axis": _axis(request),
        "axes": AXES.items(),
    }
    try:
        view = _view(request)
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/surface.html", context, status=422)
    rows = expiry_fits(view)
    wanted = _wanted(request, view)
    pairs = [("symbol", name_of(request)), ("model", view.model), ("axis", context["axis"])]
    pairs += [("expiration", day.isoformat()) for day in wanted]
    context |= {
        "view": view,
        "rows": rows,
        "wanted": wanted,
        "days": sorted(set(view.days)),
        "most_overlaid": MOST_OVERLAID,
        "faults": [row for row in rows if row["verdict"]],
        "worst": max((row["rmse_vol"] or 0.0 for row in rows), default=0.0),
        "query": urlencode(pairs),
    }
    return TemplateResponse(request, "greeks/surface.html", context)


@require_GET
def surface_chart(request: HttpRequest, chart: str) -> JsonResponse:
    if chart not in CHARTS:
        return JsonResponse({"empty": "There is no such chart."})
    try:
        view = _view(request)
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})
    if chart == "smiles":
        return JsonResponse(smiles_chart(view, _wanted(request, view)))
    if chart == "term":
        return JsonResponse(term_chart(view))
    return JsonResponse(surface_table(view, _axis(request)))


def _view(request: HttpRequest) -> SurfaceView:
    model = request.GET.get("model", DEFAULT_MODEL)
    return surface_view(source_of(request), now=timezone.now(), model=model)


def _axis(request: HttpRequest) -> str:
    axis = request.GET.get("axis", "")
    return axis if axis in AXES else "moneyness"


def _wanted(request: HttpRequest, view: SurfaceView) -> list[date]:
    """Return the expiries to draw: those asked for, else some spread over the chain."""
    asked = request.GET.getlist("expiration")
    found = [day for day in sorted(set(view.days)) if day.isoformat() in asked]
    if found:
        return found[:MOST_OVERLAID]
    days = sorted(set(view.days))
    step = max(len(days) // N_DEFAULT, 1)
    return days[step - 1 :: step][:N_DEFAULT]
