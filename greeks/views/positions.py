"""Saved positions."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greeks.forms.positions import LegForm, PositionForm, leg_rows, row_of_terms
from greeks.models import SavedPosition
from greeks.selectors import option_source
from greeks.selectors.legs import BadLegs
from greeks.selectors.saved_positions import (
    positions_visible_to,
    sources_of,
    terms_of_position,
    valued_position,
    valued_positions,
)
from greeks.services import (
    change_position,
    delete_position,
    duplicate_position,
    save_position,
)
from greeks.views.shared import LONGEST_NAME
from pulse.common.errors import DomainError


@require_GET
def positions(request: HttpRequest) -> HttpResponse:
    rows = valued_positions(request.user, now=timezone.now())
    context = {"rows": [{**row, "address": _builder(row["position"])} for row in rows]}
    return TemplateResponse(request, "greeks/positions.html", context)


@require_http_methods(["GET", "POST"])
def position_detail(request: HttpRequest, position_id: int) -> HttpResponse:
    position = _position(request, position_id)
    kept = {"name": position.name, "notes": position.notes}
    form = PositionForm(request.POST if request.method == "POST" else None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            change_position(position=position, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{position.name} is saved.")
            return redirect(position)
    row = valued_position(position, sources_of(request.user), now=timezone.now())
    context: dict[str, Any] = {
        "row": row,
        "title": kept["name"],
        "form": form,
        "address": _builder(position),
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "greeks/position_detail.html", context, status=status)


@require_POST
def position_save(request: HttpRequest) -> HttpResponse:
    """Store the position of a builder's address."""
    query = QueryDict(request.POST.get("query", ""))
    back = f"{reverse('greeks:strategy')}?{query.urlencode()}"
    form = PositionForm(request.POST)
    try:
        if not form.is_valid():
            raise BadLegs(" ".join(str(text) for texts in form.errors.values() for text in texts))
        legs = [LegForm(row, i) for i, row in enumerate(leg_rows(query))]
        if not all(leg.is_valid() for leg in legs):
            raise BadLegs({"legs": "The legs are not complete: mend them, then save."})
        position = save_position(
            owner=request.user,
            source=option_source(request.user, query.get("symbol", "")[:LONGEST_NAME]),
            terms=[leg.terms for leg in legs],
            now=timezone.now(),
            **form.cleaned_data,
        )
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
        return redirect(back)
    messages.success(request, f"{position.name} is saved.")
    return redirect(position)


@require_POST
def position_duplicate(request: HttpRequest, position_id: int) -> HttpResponse:
    try:
        copy = duplicate_position(position=_position(request, position_id), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("greeks:positions")
    messages.success(request, f"{copy.name} is saved.")
    return redirect(copy)


@require_POST
def position_delete(request: HttpRequest, position_id: int) -> HttpResponse:
    position = _position(request, position_id)
    name = position.name
    delete_position(position=position)
    messages.success(request, f"{name} is deleted.")
    return redirect("greeks:positions")


def _position(request: HttpRequest, position_id: int) -> SavedPosition:
    return get_object_or_404(positions_visible_to(request.user), pk=position_id)


def _builder(position: SavedPosition) -> str:
    """Return the address of the position in the builder."""
    rows = [row_of_terms(leg) for leg in terms_of_position(position)]
    pairs = [("symbol", position.symbol), *(pair for row in rows for pair in row.items())]
    return f"{reverse('greeks:strategy')}?{urlencode(pairs)}"
