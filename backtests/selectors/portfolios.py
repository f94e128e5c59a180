"""Reads of portfolio rows."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from backtests.models import PORTFOLIO_TERM_FIELDS, PortfolioMember, PortfolioRun


def portfolio_runs_visible_to(user: Any) -> QuerySet[PortfolioRun]:
    """Return the portfolio runs of `user` with their members, latest first."""
    return (
        PortfolioRun.objects.filter(owner=user)
        .prefetch_related("members")
        .order_by("-requested_at", "-pk")
    )


def portfolio_folder(run: PortfolioRun) -> Path:
    """Return where the full result of a run is kept."""
    return Path(settings.DATA_DIR) / "portfolios" / str(run.pk)


def portfolio_terms_of(run: PortfolioRun) -> dict[str, Any]:
    """Return the terms of a run as keywords of the engine's `run_portfolio`."""
    tiers = tuple((float(value), float(rate)) for value, rate in run.commission_tiers)
    values = {name: getattr(run, name) for name in PORTFOLIO_TERM_FIELDS}
    return {**values, "commission_tiers": tiers}


def portfolio_document(run: PortfolioRun) -> dict[str, Any]:
    """Return a run as plain values: what was asked, what came out, and what it rests on.

    Fractions stay fractions, money is a string of its decimals, times are ISO 8601 UTC.
    """
    spec = {name: getattr(run, name) for name in (*PORTFOLIO_TERM_FIELDS, "min_trade")}
    return {
        "id": run.pk,
        "name": run.name,
        "status": run.status,
        "progress": run.progress,
        "message": run.message,
        "error": {"code": run.error_code, "message": run.error_message} if run.error_code else None,
        "strategy": run.strategy,
        "strategy_version": run.strategy_version,
        "params": run.params,
        "members": [_member_document(member) for member in run.members.all()],
        "is_simulated_data": run.is_simulated_data,
        "starts_at": run.starts_at.isoformat() if run.starts_at else None,
        "ends_at": run.ends_at.isoformat() if run.ends_at else None,
        "spec": {"initial_cash": str(run.initial_cash), **spec},
        "metrics": run.metrics,
        "assumptions": run.assumptions,
        "n_bars": run.n_bars,
        "n_trades": run.n_trades,
        "fingerprint": run.fingerprint,
        "requested_at": run.requested_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
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
