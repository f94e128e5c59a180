"""What a worker does with a portfolio: load the series, decide, simulate, store, summarise."""

import math
from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from backtests.engine import Terms
from backtests.engine.action_lines import actions_of
from backtests.engine.portfolio import Series, StrategyRun, run_portfolio_strategy
from backtests.engine.portfolio_artifact import write_portfolio
from backtests.engine.portfolio_lookahead import check_portfolio_lookahead
from backtests.engine.portfolio_wording import portfolio_assumptions
from backtests.jobs import (
    NoBarsInRange,
    SeriesGone,
    await_engine,
    bar_progress,
    bar_time,
    engine_refusals,
)
from backtests.models import PortfolioMember, PortfolioRun
from backtests.selectors.account import account_terms, artifact_folder
from market.selectors import load_bars
from pulse.common.jobs import JobContext
from pulse.common.money import to_engine
from pulse.common.numbers import finite_or_none
from pulse.common.time import from_ns

LOOKAHEAD_CUTS = 24


def execute_portfolio_run(row: PortfolioRun, context: JobContext) -> None:
    """Simulate a claimed portfolio run and store its result."""
    await_engine(context)
    context.progress(0.0, "Loading bars")
    members = list(row.members.select_related("series__instrument"))
    series = {member.symbol: _series_of(row, member) for member in members}
    _check_common_period(series)
    run = _simulate(row, members, series, context)
    context.progress(0.9, "Checking for look-ahead")
    lookahead = check_portfolio_lookahead(
        run.strategy, run.universe, run.params, cuts=LOOKAHEAD_CUTS
    )
    context.progress(0.95, "Storing the result")
    write_portfolio(artifact_folder(row), run.result, run.indicators)
    for member in members:
        member.data_fingerprint = series[member.symbol].bars.fingerprint
    PortfolioMember.objects.bulk_update(members, ["data_fingerprint"])
    _summarise(row, run, str(lookahead), is_clean=lookahead.is_clean)


def _series_of(row: PortfolioRun, member: PortfolioMember) -> Series:
    if member.series is None:
        raise SeriesGone(f"The data of {member.symbol} was deleted. Choose another series.")
    bars = load_bars(member.series, start=row.starts_at, end=row.ends_at)
    if bars is None:
        raise NoBarsInRange(f"There are no bars of {member.symbol} between these dates.")
    return Series(
        bars,
        actions_of(member.actions),
        member.adjustment,
        member.max_weight or math.inf,
        member.max_units or math.inf,
    )


def _check_common_period(series: dict[str, Series]) -> None:
    begins = max(int(s.bars.ts_ns[0]) for s in series.values())
    ends = min(int(s.bars.ts_ns[-1]) for s in series.values())
    if begins > ends:
        raise NoBarsInRange(
            f"There is no common period: one instrument begins on {from_ns(begins):%Y-%m-%d}, "
            f"another ends on {from_ns(ends):%Y-%m-%d}."
        )


def _simulate(
    row: PortfolioRun,
    members: list[PortfolioMember],
    series: dict[str, Series],
    context: JobContext,
) -> StrategyRun:
    n_times = np.unique(np.concatenate([s.bars.ts_ns for s in series.values()])).size
    context.progress(0.1, "Deciding the weights")
    weights = [member.weight for member in members if member.weight is not None]
    with engine_refusals(row.strategy):
        return run_portfolio_strategy(
            row.strategy,
            series,
            row.params,
            cash=to_engine(row.initial_cash),
            weights=weights or None,
            min_trade=row.min_trade,
            on_progress=bar_progress(context, n_total=n_times, until=0.9),
            **account_terms(row),
        )


def _summarise(row: PortfolioRun, run: StrategyRun, lookahead: str, *, is_clean: bool) -> None:
    result = run.result
    terms = Terms(cash=to_engine(row.initial_cash), **account_terms(row))
    decided = run.latest_decision
    row.n_bars = int(result.ts_ns.size)
    row.n_trades = int(result.trades.size)
    row.metrics = {name: finite_or_none(value) for name, value in result.metrics.items()}
    row.assumptions = {
        "first_bar_at": from_ns(result.ts_ns[0]).isoformat(),
        "last_bar_at": from_ns(result.ts_ns[-1]).isoformat(),
        "sentences": list(portfolio_assumptions(run, terms, row.min_trade)),
        "warm_up": run.strategy.warm_up(run.params),
        "decided_at": None if decided is None else from_ns(result.ts_ns[decided]).isoformat(),
        "indicators": list(run.indicators),
        "lookahead": {"text": lookahead, "is_clean": is_clean},
        "costs": asdict(result.costs),
        "dividends": result.dividends,
        "n_fills": len(result.fills),
        "n_refused": result.n_refused,
        "bankrupt_bar": result.bankrupt_bar,
        "bankrupt_at": bar_time(result.ts_ns, result.bankrupt_bar),
        "benchmark_final": float(result.benchmark[-1]),
        "instruments": _instruments(run),
        "correlation": [[finite_or_none(value) for value in line] for line in result.correlation],
    }
    row.fingerprint = result.fingerprint
    row.save(update_fields=["n_bars", "n_trades", "metrics", "assumptions", "fingerprint"])


def _instruments(run: StrategyRun) -> list[dict[str, Any]]:
    """Return what each instrument was and did, in the portfolio's order."""
    result, decided = run.result, run.latest_decision
    n_fills = Counter(fill.instrument for fill in result.fills)
    rows = []
    for column, (name, contribution) in enumerate(
        zip(result.names, result.contributions, strict=True)
    ):
        weight = result.weights[:, column]
        bars = run.universe[name]
        known = weight[np.isfinite(weight)]
        rows.append(
            {
                "symbol": name,
                "n_bars": len(bars),
                "return": float(bars.close[-1] / bars.close[0]) - 1.0,
                "contribution": float(contribution),
                "mean_weight": float(known.mean()) if known.size else None,
                "final_weight": finite_or_none(weight[-1]),
                "wanted_weight": None
                if decided is None
                else finite_or_none(run.targets[decided, column]),
                "final_units": float(result.units[-1, column]),
                "n_trades": int((result.trades["instrument"] == column).sum()),
                "n_fills": n_fills[name],
                "commissions": sum(f.commission for f in result.fills if f.instrument == name),
                "dividends": sum(
                    p.cash for p in result.payments if p.instrument == column and p.is_dividend
                ),
            }
        )
    return rows
