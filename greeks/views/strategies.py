"""Positions on a chain: from a named strategy, or leg by leg."""

from collections.abc import Sequence
from datetime import date, datetime
from math import isfinite
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from greeks.engine.positions import CATALOGUE
from greeks.forms.positions import (
    LegForm,
    ScenarioForm,
    changed_rows,
    leg_rows,
    row_of_terms,
    rows_of_view,
)
from greeks.selectors import (
    chain_view,
    expirations_of,
    level_rows,
    matrix_chart,
    nearest_monthly,
    payoff_chart,
    position_of,
    position_view,
    vol_matrix_chart,
)
from greeks.selectors.legs import MOST_LEGS, BadLegs, LegTerms
from greeks.selectors.positions import DEFAULT_STRATEGY, REACH_WITHOUT_VOL, PositionView
from greeks.selectors.sources import OptionSource
from greeks.views.shared import choices_of, day_of, exercise_of, name_of, source_of
from pulse.common.errors import DomainError

DEFAULT_WIDTH = 2
EMPTY = "empty"
"""The strategy of someone who builds from nothing."""
CHARTS = {"payoff", "matrix", "vols"}


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def strategy(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    is_live = request.htmx.target == "analysis"  # type: ignore[attr-defined]
    scenario = _scenario_form(request)
    context: dict[str, Any] = {
        **choices_of(request),
        "strategy": _strategy_of(request),
        "plans": CATALOGUE.values(),
        "width": _whole(request.GET.get("width"), DEFAULT_WIDTH),
        "scenario": scenario,
        "most_legs": MOST_LEGS,
    }
    try:
        source = source_of(request)
        days = expirations_of(source, now=now)
        if "do" in request.GET:
            return _changed(request, source, now)
        rows = leg_rows(request.GET)
        context |= {"days": days, "forms": [LegForm(row, i, days) for i, row in enumerate(rows)]}
        view = _view(request, source, days, now)
        if not rows:
            shown = [LegForm(row, i, days) for i, row in enumerate(rows_of_view(view))]
            context["forms"] = shown
        for form, row in zip(context["forms"], view.rows, strict=True):
            form.show_hints(row["premium"], row["vol"])
        context |= _shown(request, view, scenario)
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
    partial = "#analysis" if is_live else ""
    is_blank = context["strategy"] == EMPTY and not leg_rows(request.GET)
    status = 200 if "view" in context or is_blank else 422
    return TemplateResponse(request, f"greeks/strategy.html{partial}", context, status=status)


@require_GET
def strategy_chart(request: HttpRequest, chart: str) -> JsonResponse:
    if chart not in CHARTS:
        return JsonResponse({"empty": "There is no such chart."})
    now = timezone.now()
    try:
        source = source_of(request)
        view = _view(request, source, expirations_of(source, now=now), now)
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})
    unit = request.GET.get("unit") or "money"
    if chart == "payoff":
        return JsonResponse(payoff_chart(view))
    if chart == "matrix":
        return JsonResponse(matrix_chart(view, unit=unit))
    return JsonResponse(vol_matrix_chart(view, unit=unit))


def _shown(request: HttpRequest, view: PositionView, scenario: ScenarioForm) -> dict[str, Any]:
    spot = view.source.chain.spot
    deviation = view.vol * view.years**0.5
    reach = max(3.0 * deviation, 0.05) if isfinite(deviation) else REACH_WITHOUT_VOL - 1.0
    greeks = view.greeks.legs
    rows = [
        {**row, "greeks": {name: column[i] for name, column in greeks._asdict().items()}}
        for i, row in enumerate(view.rows)
    ]
    return {
        "view": view,
        "rows": rows,
        "levels": level_rows(view),
        "query": _query_of(request, view, scenario),
        "slider": {
            "low": round(spot * (1 - min(reach, 0.9)), 2),
            "high": round(spot * (1 + reach), 2),
            "spot": view.scenario_spot,
            "days": int(max(view.legs.years.max() * 365.0, 1.0)),
        },
    }


def _query_of(request: HttpRequest, view: PositionView, scenario: ScenarioForm) -> str:
    """Return the address that brings this position back."""
    pairs = [("symbol", name_of(request))]
    pairs += [(name, str(value)) for name, value in scenario.data.items() if value]
    rows = leg_rows(request.GET) or rows_of_view(view)
    return urlencode(pairs + [pair for row in rows for pair in row.items()])


def _changed(request: HttpRequest, source: OptionSource, now: datetime) -> HttpResponse:
    """Do what a button of the legs says, and go to the position's new address."""
    rows = leg_rows(request.GET)
    action = request.GET["do"]
    if action == "add" and not rows:
        rows = [row_of_terms(_first_leg(source, now))]
    else:
        rows = changed_rows(rows, action)
    pairs = [("symbol", name_of(request))]
    pairs += [
        (name, request.GET[name]) for name in ScenarioForm.base_fields if request.GET.get(name)
    ]
    pairs += [pair for row in rows for pair in row.items()] or [("strategy", EMPTY)]
    return redirect(f"{reverse('greeks:strategy')}?{urlencode(pairs)}#legs")


def _first_leg(source: OptionSource, now: datetime) -> LegTerms:
    """Return a call at the money, three weeks away."""
    view = chain_view(source, None, now=now)
    chain = view.chain
    day = nearest_monthly(chain.expirations, chain.as_of.date())
    listed = chain.strike[chain.expiry == chain.expirations.index(day)]
    return LegTerms("call", 1, float(listed[abs(listed - chain.spot).argmin()]), day)


def _view(
    request: HttpRequest, source: OptionSource, days: Sequence[date], now: datetime
) -> PositionView:
    scenario = _scenario_form(request)
    if not scenario.is_valid():
        raise BadLegs(_sentences(scenario))
    supposed: dict[str, Any] = {
        "scenario": scenario.scenario,
        "basis": scenario.cleaned_data["basis"] or "mid",
        "exercise": exercise_of(request, source),
    }
    forms = [LegForm(row, i, days) for i, row in enumerate(leg_rows(request.GET))]
    if len(forms) > MOST_LEGS:
        raise BadLegs({"legs": f"A position has at most {MOST_LEGS} legs."})
    faults = {
        f"legs.{form.place}.{name}": f"Leg {form.place + 1}, {text[0].lower()}{text[1:]}"
        for form in forms
        if not form.is_valid()
        for name, text in _sentences(form).items()
    }
    if faults:
        raise BadLegs(faults)
    if forms:
        return position_of(source, [form.terms for form in forms], now=now, **supposed)
    if _strategy_of(request) == EMPTY:
        raise BadLegs({"legs": "A position needs a leg. Add one, or start from a strategy."})
    return position_view(
        source,
        now=now,
        strategy=_strategy_of(request),
        expiration=day_of(request),
        width=_whole(request.GET.get("width"), DEFAULT_WIDTH),
        **supposed,
    )


def _sentences(form: LegForm | ScenarioForm) -> dict[str, str]:
    return {
        name: f"{form.fields[name].label}: {' '.join(str(error) for error in errors)}"
        for name, errors in form.errors.items()
    }


def _strategy_of(request: HttpRequest) -> str:
    has_legs = bool(leg_rows(request.GET))
    return request.GET.get("strategy") or (EMPTY if has_legs else DEFAULT_STRATEGY)


def _scenario_form(request: HttpRequest) -> ScenarioForm:
    return ScenarioForm({name: request.GET.get(name, "") for name in ScenarioForm.base_fields})


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else default  # noqa: PLR2004 -- sane number
