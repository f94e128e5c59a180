"""Reads of portfolio rows."""

from typing import Any

from django.db.models import QuerySet

from backtests.models import PortfolioMember, PortfolioRun
from backtests.selectors.account import account_document


def portfolio_runs_visible_to(user: Any) -> QuerySet[PortfolioRun]:
    """Return the portfolio runs of `user` with their members, latest first."""
    return (
        PortfolioRun.objects.filter(owner=user)
        .prefetch_related("members")
        .order_by("-requested_at", "-pk")
    )


def portfolio_document(run: PortfolioRun) -> dict[str, Any]:
    """Return a run as plain values, as `account_document` does, with its members."""
    document = account_document(run)
    return {
        **document,
        "spec": {**document["spec"], "min_trade": run.min_trade},
        "members": [_member_document(member) for member in run.members.all()],
    }


def _member_document(member: PortfolioMember) -> dict[str, Any]:
    return {
        "series": member.series_id,
        "symbol": member.symbol,
        "series_label": member.series_label,
        "weight": member.weight,
        "max_weight": member.max_weight,
        "max_units": member.max_units,
        "adjustment": member.adjustment,
        "actions": member.actions,
        "data_fingerprint": member.data_fingerprint,
    }
