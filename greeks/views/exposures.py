"""Dealer exposure."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from greeks.selectors import (
    exercises_of,
    expirations_of,
    expiry_chart,
    expiry_table,
    exposure_view,
    headline_figures,
    heat_map,
    levels_of,
    profile_chart,
    strike_chart,
)
from greeks.selectors.chains import EUROPEAN, EXERCISES
from greeks.selectors.exposure_charts import DEFAULT_UNIT, GAMMA_UNITS, gamma_unit, places_of
from greeks.selectors.exposures import DEFAULT_SIGNS, SIGN_MODELS, STICKY_NAMES, ExposureView
from greeks.views.shared import choices_of, day_of, exercise_of, name_of, source_of
from pulse.common.errors import DomainError

EXPOSURE_CHARTS = {"strikes": strike_chart, "expiries": expiry_chart, "profile": profile_chart}


@require_GET
def exposure(request: HttpRequest) -> HttpResponse:
    chosen = _choices(request)
    context: dict[str, Any] = {
        **chosen,
        **choices_of(request),
        "sign_models": SIGN_MODELS.items(),
        "sticky_rules": STICKY_NAMES.items(),
        "units": GAMMA_UNITS.items(),
    }
    try:
        unit = gamma_unit(chosen["unit"])
        source = source_of(request)
        context["expirations"] = expirations_of(source, now=timezone.now())
        context["exercises"] = [(name, EXERCISES[name]) for name in exercises_of(source.symbol)]
        view = _view(request)
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/exposure.html", context, status=422)
    by_expiry = expiry_table(view, chosen["unit"])
    query = QueryDict(mutable=True)
    query.update({"symbol": name_of(request), **chosen})
    context |= {
        "view": view,
        "exercise": view.source.exercise,
        "levels": levels_of(view),
        "figures": headline_figures(view, chosen["unit"]),
        "by_expiry": by_expiry,
        "expiry_places": places_of(
            max((max(row.call, row.put, key=abs) for row in by_expiry), key=abs, default=0.0)
        ),
        "heat": heat_map(view, chosen["unit"]),
        "unit_words": unit.words,
        "query": query.urlencode(),
    }
    return TemplateResponse(request, "greeks/exposure.html", context)


@require_GET
def exposure_table(request: HttpRequest, table: str) -> JsonResponse:
    if table not in EXPOSURE_CHARTS:
        return JsonResponse({"empty": "There is no such chart."})
    try:
        return JsonResponse(EXPOSURE_CHARTS[table](_view(request), _choices(request)["unit"]))
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})


def _choices(request: HttpRequest) -> dict[str, str]:
    defaults = {
        "sign_model": DEFAULT_SIGNS,
        "sticky": "strike",
        "unit": DEFAULT_UNIT,
        "expiration": "",
        "exercise": EUROPEAN,
    }
    return {name: request.GET.get(name, default) for name, default in defaults.items()}


def _view(request: HttpRequest) -> ExposureView:
    chosen, source = _choices(request), source_of(request)
    return exposure_view(
        source,
        now=timezone.now(),
        sign_model=chosen["sign_model"],
        sticky=chosen["sticky"],
        expiration=day_of(request),
        exercise=exercise_of(request, source),
    )
