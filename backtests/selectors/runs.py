"""Reads of run rows."""

from typing import Any

from django.db.models import QuerySet

from backtests.engine import Sizing, Strategy, get_strategy
from backtests.engine.rules import RuleStrategy
from backtests.engine.sizing import MIN_WINDOW
from backtests.models import SIZING_FIELDS, TERM_FIELDS, BacktestRun, StrategyVersion
from backtests.selectors.account import account_document, account_terms


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
    values = {name: getattr(run, name) for name in TERM_FIELDS}
    return {**values, **account_terms(run), "sizing": sizing}


def _rules(version: StrategyVersion) -> RuleStrategy:
    return RuleStrategy(version.document, label=version.strategy.name)


def result_document(run: BacktestRun) -> dict[str, Any]:
    """Return a run as plain values, as `account_document` does, with its series and rules."""
    document = account_document(run)
    own = {name: getattr(run, name) for name in (*TERM_FIELDS, *SIZING_FIELDS)}
    spec = {**document["spec"], **own, "detail": run.detail_id, "benchmark": run.benchmark_id}
    return {
        **document,
        "rules": run.rules_id,
        "series": run.series_id,
        "series_label": run.series_label,
        "spec": spec,
        "data_fingerprint": run.data_fingerprint,
    }
