import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from pulse.common.templatetags.figures import (
    count,
    direction,
    figure,
    percent,
    price,
    signed,
    signed_percent,
    span,
    took,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567.891, "1,234,567.89"), (-0.5, "−0.50"), (-0.001, "0.00"), (None, "–"), ("x", "–"),
     (float("nan"), "–"), (float("inf"), "–"), (-1e15, "−1.00e+15"), (1.0772e305, "1.08e+305")],
)  # fmt: skip
def test_figure_writes_number(value: object, text: str) -> None:
    assert figure(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "+3.00"), (-3.0, "−3.00"), (0.0, "0.00"), (0.001, "0.00"), (None, "–")],
)
def test_signed_writes_change(value: object, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(193.69, "193.69"), (1.08432, "1.08432"), (0.00001234, "0.00001234"),
     (100.0, "100.00"), (-0.5, "−0.50"), (0.0, "0.00"), (None, "–"), (1234567.891, "1,234,567.89")],
)  # fmt: skip
def test_price_keeps_the_digits_that_tell_prices_apart(value: object, text: str) -> None:
    assert price(value) == text


@pytest.mark.parametrize(
    ("days", "text"),
    [(1942.3, "1,942 d"), (1.5, "1.5 d"), (0.25, "6.0 h"), (10 / 1440, "10 min"), (0.0, "0.0 d"),
     (-0.5, "−12.0 h"), (None, "–")],
)  # fmt: skip
def test_span_writes_a_length_in_the_unit_that_shows_it(days: object, text: str) -> None:
    assert span(days) == text


def test_percent_multiplies_by_hundred() -> None:
    assert (percent(-0.1842), signed_percent(0.8761), percent(None)) == ("−18.42%", "+87.61%", "–")


def test_count_has_no_decimals() -> None:
    assert count(20_000_000) == "20,000,000"


@pytest.mark.parametrize(("value", "name"), [(1, "up"), (-1, "down"), (0, ""), (None, "")])
def test_direction_names_class(value: object, name: str) -> None:
    assert direction(value) == name


@pytest.mark.parametrize(
    ("seconds", "text"), [(8.4, "8.4 s"), (192, "3 min 12 s"), (7500, "2 h 5 min")]
)
def test_took_writes_duration(seconds: float, text: str) -> None:
    assert took(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("moment", "zone", "text"),
    [
        pytest.param(
            datetime(2026, 11, 20, 21, 0, tzinfo=UTC), "Europe/Berlin",
            "2026-11-20 22:00|2026-11-20|22:00", id="winter in Berlin is UTC+1",
        ),
        pytest.param(
            datetime(2026, 11, 20, 21, 0, tzinfo=UTC), "Australia/Sydney",
            "2026-11-21 08:00|2026-11-21|08:00", id="summer in Sydney is UTC+11",
        ),
        pytest.param(
            datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC), "Europe/Berlin",
            "2026-11-20|2026-11-20|", id="the bar of a date keeps its date",
        ),
        pytest.param(None, "UTC", "–|–|", id="missing"),
    ],
)  # fmt: skip
def test_moments_are_written_in_the_zone_of_the_user(
    moment: datetime | None, zone: str, text: str
) -> None:
    template = Template("{{ moment|stamp }}|{{ moment|day }}|{{ moment|clock }}")

    with timezone.override(zoneinfo.ZoneInfo(zone)):
        assert template.render(Context({"moment": moment})) == text
