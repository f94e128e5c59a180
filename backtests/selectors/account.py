"""Reads that runs of one instrument and of several share."""

from pathlib import Path
from typing import Any

from django.conf import settings

from backtests.models import ACCOUNT_FIELDS, AccountRun


def artifact_folder(run: AccountRun) -> Path:
    """Return where the full result of a run is kept."""
    return Path(settings.DATA_DIR) / f"{run.route}s" / str(run.pk)


def account_terms(run: AccountRun) -> dict[str, Any]:
    """Return the terms of a run's account as keywords of the engine's `Terms`."""
    tiers = tuple((float(value), float(rate)) for value, rate in run.commission_tiers)
    return {**{name: getattr(run, name) for name in ACCOUNT_FIELDS}, "commission_tiers": tiers}


def account_document(run: AccountRun) -> dict[str, Any]:
    """Return a run as plain values: what was asked, what came out, and what it rests on.

    Fractions stay fractions, money is a string of its decimals, times are ISO 8601 UTC.
    """
    spec = {name: getattr(run, name) for name in ACCOUNT_FIELDS}
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
