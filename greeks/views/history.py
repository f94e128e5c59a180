"""Dealer exposure over the sessions."""

import csv
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from greeks.jobs import next_close
from greeks.models import ExposureSnapshot
from greeks.selectors import (
    exposure_history,
    gex_history_chart,
    history_rows,
    levels_history_chart,
    option_source,
)
from greeks.selectors.exposures import DEFAULT_SIGNS, SIGN_MODELS, assumption_words
from greeks.selectors.history import SESSIONS_SHOWN
from greeks.services import take_snapshot
from greeks.views.shared import LONGEST_NAME, choices_of, name_of, source_of
from pulse.common.errors import DomainError

HISTORY_CHARTS = {"exposure": gex_history_chart, "levels": levels_history_chart}


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        **choices_of(request),
        "sign_model": _sign_model(request),
        "sign_models": SIGN_MODELS.items(),
    }
    try:
        source = source_of(request)
        rows = _rows(request)
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/history.html", context, status=422)
    context |= {
        "rows": rows,
        "latest": rows[0] if rows else None,
        "source": source,
        "assumption": assumption_words(_sign_model(request)),
        "next_at": next_close(timezone.now()) if source.is_simulated else None,
        "query": urlencode({"symbol": name_of(request), "sign_model": _sign_model(request)}),
    }
    return TemplateResponse(request, "greeks/history.html", context)


@require_GET
def history_table(request: HttpRequest, chart: str) -> JsonResponse:
    if chart not in HISTORY_CHARTS:
        return JsonResponse({"empty": "There is no such chart."})
    try:
        return JsonResponse(HISTORY_CHARTS[chart](_rows(request)))
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})


@require_GET
def history_export(request: HttpRequest) -> HttpResponse:
    """Return the days as a CSV file."""
    try:
        symbol = source_of(request).symbol
        rows = _rows(request)
    except DomainError as refusal:
        return HttpResponse(refusal.sentence, status=422, content_type="text/plain; charset=utf-8")
    name = f"{symbol}-exposure.csv".replace("/", "-")
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    csv.writer(response).writerows(history_rows(rows))
    return response


@require_POST
def history_take(request: HttpRequest) -> HttpResponse:
    """Measure the quotes as they stand now."""
    name = request.POST.get("symbol", "").strip().upper()[:LONGEST_NAME]
    try:
        source = option_source(request.user, name)
        snapshot = take_snapshot(user=request.user, source=source, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"The exposure of {snapshot.session_on} is stored.")
    return redirect(f"{reverse('greeks:history')}?{urlencode({'symbol': name})}")


def _rows(request: HttpRequest) -> list[ExposureSnapshot]:
    found = exposure_history(request.user, source_of(request), sign_model=_sign_model(request))
    return list(found.defer("by_strike")[:SESSIONS_SHOWN])


def _sign_model(request: HttpRequest) -> str:
    return request.GET.get("sign_model", DEFAULT_SIGNS)
