"""What a user has: series and uploads."""

from typing import Any

from django.db.models import Count, QuerySet, Sum

from accounts.models import User
from market.models import BarSeries, Upload


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
