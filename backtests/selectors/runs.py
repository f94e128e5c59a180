"""Reads of run rows."""

from typing import Any

from django.db.models import QuerySet

from backtests.engine import Sizing, Strategy, get_strategy
from backtests.engine.rules import RuleStrategy
from backtests.engine.sizing import MIN_WINDOW
from backtests.models import SIZING_FIELDS, TERM_FIELDS, BacktestRun, StrategyVersion

SPEC_FIELDS = ("initial_cash", *TERM_FIELDS, *SIZING_FIELDS)


def runs_visible_to(user: Any) -> QuerySet[BacktestRun]:
    """Return the runs of `user`, latest first."""
    return (
        BacktestRun.objects.filter(owner=user)
        .select_related("series__instrument", "rules__strategy")
        .order_by("-requested_at", "-pk")
    )


def strategy_of(run: BacktestRun) -> Strategy:
    """Return the strategy a run was asked for: the user's rules, or a plugin by its name.

    Raises
    ------
    UnknownStrategy
        If the plugin is not installed any more.
    """
    return _rules(run.rules) if run.rules else get_strategy(run.strategy)


def terms_of(run: BacktestRun) -> dict[str, Any]:
    """Return the terms of a run as keywords of the engine's `run`.

    The size of an entry that rules name counts where the run leaves it at all cash.

    Raises
    ------
    ValueError
        If the sizing is out of its range.
    """
    window = max(run.size_window, MIN_WINDOW)
    sizing = Sizing(
        kind=run.sizing,
        value=run.size_value,
        window=window,
        min_trades=window,
        cap=run.size_cap,
    )
    if run.rules and run.sizing == BacktestRun.Size.ALL:
        sizing = _rules(run.rules).sizing(run.params) or sizing
    tiers = tuple((float(value), float(rate)) for value, rate in run.commission_tiers)
    values = {name: getattr(run, name) for name in TERM_FIELDS}
    return {**values, "commission_tiers": tiers, "sizing": sizing}


def _rules(version: StrategyVersion) -> RuleStrategy:
    return RuleStrategy(version.document, label=version.strategy.name)


def result_document(run: BacktestRun) -> dict[str, Any]:
    """Return a run as plain values: what was asked, what came out, and what it rests on.

    Fractions stay fractions, money is a string of its decimals, times are ISO 8601 UTC.
    """
    spec = {name: getattr(run, name) for name in SPEC_FIELDS}
    spec["initial_cash"] = str(run.initial_cash)
    spec["detail"] = run.detail_id
    spec["benchmark"] = run.benchmark_id
    return {
        "id": run.pk,
        "name": run.name,
        "status": run.status,
        "progress": run.progress,
        "message": run.message,
        "error": {"code": run.error_code, "message": run.error_message} if run.error_code else None,
        "strategy": run.strategy,
        "strategy_version": run.strategy_version,
        "rules": run.rules_id,
        "params": run.params,
        "series": run.series_id,
        "series_label": run.series_label,
        "is_simulated_data": run.is_simulated_data,
        "starts_at": run.starts_at.isoformat() if run.starts_at else None,
        "ends_at": run.ends_at.isoformat() if run.ends_at else None,
        "spec": spec,
        "metrics": run.metrics,
        "assumptions": run.assumptions,
        "n_bars": run.n_bars,
        "n_trades": run.n_trades,
        "fingerprint": run.fingerprint,
        "data_fingerprint": run.data_fingerprint,
        "requested_at": run.requested_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }
