"""Option chains."""

import csv
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from greeks.selectors import (
    chain_view,
    exercises_of,
    expirations_of,
    expiry_summary,
    nearest_monthly,
    smile_chart,
    strike_rows,
)
from greeks.selectors.chains import EXERCISES, ChainView, export_rows
from greeks.selectors.words import short_day
from greeks.views.shared import choices_of, day_of, exercise_of, source_of
from pulse.common.errors import DomainError

STRIKES_AROUND = 15
COLUMN_SETS = {"market": "Volume, OI", "greeks": "Greeks"}
UNCHANGED = 204


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def chain(request: HttpRequest) -> HttpResponse:
    is_whole = request.GET.get("strikes") == "all"
    asked = request.GET.get("columns", "")
    columns = asked if asked in COLUMN_SETS else next(iter(COLUMN_SETS))
    context: dict[str, Any] = {
        **choices_of(request),
        "exercises": EXERCISES.items(),
        "column_sets": COLUMN_SETS.items(),
        "columns": columns,
    }
    try:
        expiration, view = _view(request)
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/chain.html", context, status=422)
    is_refresh = request.htmx.target == "quotes"  # type: ignore[attr-defined]
    if is_refresh and request.GET.get("seen") == view.chain.as_of.isoformat():
        return HttpResponse(status=UNCHANGED)
    today = view.chain.as_of.date()
    context |= {
        "view": view,
        "exercise": view.exercise,
        "exercises": [(name, EXERCISES[name]) for name in exercises_of(view.chain.symbol)],
        "seen": view.chain.as_of.isoformat(),
        "expiration": expiration,
        "days": [
            (day, short_day(day, today), (day - today).days) for day in view.chain.expirations
        ],
        "summary": expiry_summary(view),
        "rows": strike_rows(view, around=None if is_whole else STRIKES_AROUND),
        "is_whole": is_whole,
        "is_refresh": is_refresh,
        "leg_base": urlencode(
            {
                "symbol": context["symbol"],
                "exercise": view.exercise,
                "quantity": 1,
                "expires": expiration.isoformat(),
            }
        ),
        "base": urlencode(
            {"symbol": context["symbol"], "exercise": view.exercise, "columns": columns}
        ),
    }
    partial = "#quotes" if is_refresh else ""
    return TemplateResponse(request, f"greeks/chain.html{partial}", context)


@require_GET
def chain_smile(request: HttpRequest) -> JsonResponse:
    try:
        return JsonResponse(smile_chart(_view(request)[1]))
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})


@require_GET
def chain_export(request: HttpRequest) -> HttpResponse:
    """Return the quotes of all expiries as a CSV file, which can be uploaded again."""
    try:
        source = source_of(request)
        view = chain_view(source, None, now=timezone.now(), exercise=exercise_of(request, source))
    except DomainError as refusal:
        return HttpResponse(refusal.sentence, status=422, content_type="text/plain; charset=utf-8")
    name = f"{source.symbol}-chain-{view.chain.as_of:%Y%m%d-%H%M}.csv".replace("/", "-")
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    csv.writer(response).writerows(export_rows(view))
    return response


def _view(request: HttpRequest) -> tuple[date, ChainView]:
    now, source = timezone.now(), source_of(request)
    days = expirations_of(source, now=now)
    expiration = day_of(request) or nearest_monthly(days, source.today(now))
    view = chain_view(source, expiration, now=now, exercise=exercise_of(request, source))
    return expiration, view
