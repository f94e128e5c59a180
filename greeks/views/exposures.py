"""Dealer exposure."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from greeks.selectors import (
    expiry_chart,
    expiry_rows,
    exposure_view,
    heat_map,
    levels_of,
    profile_chart,
    strike_chart,
)
from greeks.selectors.exposures import DEFAULT_SIGNS, SIGN_MODELS, STICKY_NAMES
from greeks.views.shared import choices_of, name_of, source_of
from pulse.common.errors import DomainError

EXPOSURE_CHARTS = {"strikes": strike_chart, "expiries": expiry_chart, "profile": profile_chart}


@require_GET
def exposure(request: HttpRequest) -> HttpResponse:
    chosen = assumptions_of(request)
    context: dict[str, Any] = {
        **chosen,
        **choices_of(request),
        "sign_models": SIGN_MODELS.items(),
        "sticky_rules": STICKY_NAMES.items(),
    }
    try:
        view = exposure_view(source_of(request), **chosen, now=timezone.now())
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/exposure.html", context, status=422)
    query = QueryDict(mutable=True)
    query.update({"symbol": name_of(request), **chosen})
    context |= {
        "view": view,
        "levels": levels_of(view),
        "by_expiry": expiry_rows(view),
        "heat": heat_map(view),
        "query": query.urlencode(),
    }
    return TemplateResponse(request, "greeks/exposure.html", context)


@require_GET
def exposure_table(request: HttpRequest, table: str) -> JsonResponse:
    if table not in EXPOSURE_CHARTS:
        return JsonResponse({"empty": "There is no such chart."})
    try:
        chosen = assumptions_of(request)
        view = exposure_view(source_of(request), **chosen, now=timezone.now())
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})
    return JsonResponse(EXPOSURE_CHARTS[table](view))


def assumptions_of(request: HttpRequest) -> dict[str, Any]:
    return {
        "sign_model": request.GET.get("sign_model", DEFAULT_SIGNS),
        "sticky": request.GET.get("sticky", "strike"),
    }
