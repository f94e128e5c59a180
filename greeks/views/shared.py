"""What the options pages read off a request."""

from datetime import date
from typing import Any

from django.http import HttpRequest

from greeks.selectors import option_source, symbols_with_options, uploaded_choices
from greeks.selectors.chains import EUROPEAN, exercises_of
from greeks.selectors.sources import MARK, OptionSource
from market.vendors.options import UnknownExpiration

DEFAULT_SYMBOL = "SPY"
LONGEST_NAME = 48


def name_of(request: HttpRequest) -> str:
    """Return the underlying that was asked for, with the number of an uploaded chain: SPY@12."""
    name = request.GET.get("symbol", "").strip().upper()[:LONGEST_NAME]
    number = request.GET.get("source", "")
    if number and number != "simulated" and MARK not in name:
        return f"{name}{MARK}{number}"
    return name or DEFAULT_SYMBOL


def source_of(request: HttpRequest) -> OptionSource:
    """Return where the quotes come from; 404 for a chain that is not the user's."""
    return option_source(request.user, name_of(request))


def choices_of(request: HttpRequest) -> dict[str, Any]:
    """Return what the field for the underlying shows."""
    return {
        "symbol": name_of(request),
        "symbols": symbols_with_options(),
        "uploads": uploaded_choices(request.user),
    }


def exercise_of(request: HttpRequest, source: OptionSource) -> str:
    """Return the style of exercise that was asked for."""
    asked = request.GET.get("exercise") or EUROPEAN
    is_left_over = asked in ("european", "american") and asked not in exercises_of(source.symbol)
    return EUROPEAN if is_left_over else asked


def day_of(request: HttpRequest) -> date | None:
    """Return the expiration that was asked for.

    Raises
    ------
    UnknownExpiration
        If it is no date.
    """
    text = request.GET.get("expiration", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UnknownExpiration({"expiration": "Write the expiration as 2026-12-18."}) from error
