"""Figures as the pages write them: real minus, thousands, units, never more digits than known."""

import math
from datetime import UTC, datetime, time, timedelta

from django import template
from django.utils import formats

register = template.Library()

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"
END_OF_DAY = time(23, 59, 59)
HUGE = 1e15  # from here on digits would fill the page


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


@register.filter
def figure(value: object, places: int = 2) -> str:
    """Write a number with thousands; missing or undefined is an en dash."""
    number = _number(value)
    if number is None:
        return MISSING
    text = f"{abs(number):,.{int(places)}f}" if abs(number) < HUGE else f"{abs(number):.2e}"
    is_negative = number < 0 and float(text.replace(",", "")) != 0
    return (MINUS if is_negative else "") + text


@register.filter
def price(value: object) -> str:
    """Write a price with two decimals, and more where they belong to its first six digits."""
    number = _number(value)
    if not number:
        return figure(value)
    places = min(max(5 - math.floor(math.log10(abs(number))), 2), 12)
    whole, _, decimals = figure(number, places).partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


@register.filter
def signed(value: object, places: int = 2) -> str:
    """Write a change: + or minus, zero without either."""
    number = _number(value)
    text = figure(value, places)
    is_positive = number is not None and number > 0 and float(text.replace(",", "")) != 0
    return f"+{text}" if is_positive else text


@register.filter
def percent(value: object, places: int = 2) -> str:
    """Write a fraction as per cent."""
    number = _number(value)
    return MISSING if number is None else f"{figure(100 * number, places)}%"


@register.filter
def signed_percent(value: object, places: int = 2) -> str:
    """Write a fraction as a signed change in per cent."""
    number = _number(value)
    return MISSING if number is None else f"{signed(100 * number, places)}%"


@register.filter
def loss_percent(value: object, places: int = 2) -> str:
    """Write a fall, kept as a positive fraction, as a negative change in per cent."""
    number = _number(value)
    return MISSING if number is None else percent(-number, places)


@register.filter
def direction(value: object) -> str:
    """Return the class of a money figure: up, down or nothing."""
    number = _number(value)
    if number is None or number == 0:
        return ""
    return "up" if number > 0 else "down"


@register.filter
def count(value: object) -> str:
    """Write a whole number with thousands."""
    return figure(value, 0)


@register.filter
def span(value: object) -> str:
    """Write a length given in days: 34 d, 1.5 d, 3.2 h, 12 min."""
    days = _number(value)
    if days is None:
        return MISSING
    if not days or abs(days) >= 1.0:
        return f"{figure(days, 0 if abs(days) >= 10.0 else 1)} d"  # noqa: PLR2004 -- two digits are enough
    hours = 24.0 * days
    return f"{figure(hours, 1)} h" if abs(hours) >= 1.0 else f"{figure(60.0 * hours, 0)} min"


@register.filter(expects_localtime=True)
def stamp(value: datetime | None) -> str:
    """Write a moment as 2026-11-20 13:44 in the user's zone; a bar of a date as its date."""
    if not value:
        return MISSING
    return day(value) if _stands_for_date(value) else formats.date_format(value, "Y-m-d H:i")


@register.filter(expects_localtime=True)
def day(value: datetime | None) -> str:
    """Write the date of a moment in the user's zone; a bar of a date keeps it in every zone."""
    if not value:
        return MISSING
    shown = value.astimezone(UTC) if _stands_for_date(value) else value
    return formats.date_format(shown, "Y-m-d")


@register.filter(expects_localtime=True)
def clock(value: datetime | None) -> str:
    """Write the time of day in the user's zone; nothing for a bar of a date, which has none."""
    return formats.date_format(value, "H:i") if value and not _stands_for_date(value) else ""


def _stands_for_date(value: datetime) -> bool:
    """Whether a moment is the last second of a day UTC: how bars of plain dates are stamped."""
    return value.tzinfo is not None and value.astimezone(UTC).time() == END_OF_DAY


@register.filter
def took(value: timedelta | None) -> str:
    """Write a duration: 8.4 s, 3 min 12 s, 2 h 5 min."""
    if value is None:
        return MISSING
    seconds = value.total_seconds()
    if seconds < 60:  # noqa: PLR2004 -- a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004 -- an hour
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
