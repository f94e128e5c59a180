"""What a user has: series and uploads."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Sum

from accounts.models import User
from market.models import BarSeries, Upload

STRIP = 160


def series_visible_to(user: User | Any) -> QuerySet[BarSeries]:
    """Return the series that `user` owns, with their instruments, by symbol."""
    return BarSeries.objects.filter(owner_id=user.pk).select_related("instrument")


def uploads_visible_to(user: User | Any) -> QuerySet[Upload]:
    """Return the uploads of `user`, latest first."""
    return Upload.objects.filter(owner_id=user.pk).select_related("series__instrument")


def library_totals(user: User | Any) -> dict[str, int]:
    """Return how many series, bars and bytes `user` has."""
    totals = BarSeries.objects.filter(owner_id=user.pk).aggregate(
        n_series=Count("pk"), n_rows=Sum("n_rows", default=0), n_bytes=Sum("n_bytes", default=0)
    )
    return {name: int(value) for name, value in totals.items()}


class CoverageRow(NamedTuple):
    """A series and where its bars lie on a strip of `STRIP` units from the library's first day.

    Parameters
    ----------
    series : BarSeries
        The series.
    left, width : int
        Place on the strip.
    """

    series: BarSeries
    left: int
    width: int


def coverage_rows(series: Sequence[BarSeries]) -> list[CoverageRow]:
    """Return each series with its place on the strip of all their times."""
    times = [moment for one in series for moment in (one.first_at, one.last_at) if moment]
    if not times:
        return [CoverageRow(one, 0, 0) for one in series]
    oldest, whole = min(times), max((max(times) - min(times)).total_seconds(), 1.0)
    rows = []
    for one in series:
        if one.first_at is None or one.last_at is None:
            rows.append(CoverageRow(one, 0, 0))
            continue
        left = int(STRIP * (one.first_at - oldest).total_seconds() / whole)
        right = int(STRIP * (one.last_at - oldest).total_seconds() / whole)
        rows.append(CoverageRow(one, min(left, STRIP - 1), max(1, right - left)))
    return rows
