from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from pulse.common.time import from_ns, start_of_day, to_ns


def test_to_ns_of_first_of_january_2000() -> None:
    assert to_ns(datetime(2000, 1, 1, tzinfo=UTC)) == 946_684_800 * 10**9


def test_from_ns_is_inverse_of_to_ns() -> None:
    moment = datetime(2026, 11, 20, 21, 0, 0, 123456, tzinfo=UTC)

    assert from_ns(to_ns(moment)) == moment


def test_to_ns_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        to_ns(datetime(2000, 1, 1))  # noqa: DTZ001 -- the case under test


def test_start_of_day_in_new_york_is_five_hours_later_in_winter() -> None:
    zone = ZoneInfo("America/New_York")

    assert start_of_day(date(2026, 1, 2), zone) == datetime(2026, 1, 2, 5, tzinfo=UTC)
    assert start_of_day(date(2026, 1, 2), zone, later=1) == datetime(2026, 1, 3, 5, tzinfo=UTC)
