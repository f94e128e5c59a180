"""What a worker does with a run: load the bars, simulate, store, summarise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from backtests.engine import Cancelled as EngineCancelled
from backtests.engine import InvalidParams, Result, Strategy, run
from backtests.engine.analysis import analyse
from backtests.engine.artifact import write_artifact
from backtests.engine.metrics import excursions
from backtests.engine.registry import UnknownStrategy
from backtests.engine.strategy import StrategyFault
from backtests.engine.trust import examine, trust_document
from backtests.models import BacktestRun, PortfolioRun
from backtests.selectors import artifact_folder, strategy_of, terms_of
from market.engine import Bars
from market.engine.bars import Float1D, Int1D
from market.selectors import load_bars
from pulse.common.errors import DomainError
from pulse.common.folders import remove_lost
from pulse.common.jobs import Cancelled, JobContext
from pulse.common.kernels import await_run_kernels, run_kernels_are_awaited
from pulse.common.money import to_engine
from pulse.common.numbers import finite_or_none
from pulse.common.time import from_ns

PARTIAL_POINTS = 240


class SeriesGone(DomainError):
    """The bars of the run were deleted."""

    default_code = "series_gone"


class NoBarsInRange(DomainError):
    """The series has no bars in the period of the run."""

    default_code = "no_bars_in_range"
    http_status = 422


class InvalidStrategyParams(DomainError):
    """The strategy refuses its parameters, named by field."""

    default_code = "invalid_strategy_params"
    http_status = 422


class StrategyFailed(DomainError):
    """The strategy's own code raised, or returned no signals for the bars."""

    default_code = "strategy_failed"
    http_status = 422


class RunRefused(DomainError):
    """The engine cannot run these terms on these bars."""

    default_code = "run_refused"
    http_status = 422


def execute_run(row: BacktestRun, context: JobContext) -> None:
    """Simulate a claimed run and store its result.

    Raises
    ------
    SeriesGone, NoBarsInRange
        If the bars were deleted, or there are none in the period.
    DomainError, Cancelled
        As `engine_refusals`.
    """
    if row.series is None:
        raise SeriesGone("The data of this run was deleted. Choose another series.")
    await_engine(context)
    context.progress(0.0, "Loading bars")
    bars = load_bars(row.series, start=row.starts_at, end=row.ends_at)
    if bars is None:
        raise NoBarsInRange("There are no bars between these dates.")
    result = _simulate(row, bars, context)
    analysis = _examined(result, strategy_of(row), context)
    context.progress(0.98, "Storing the result")
    write_artifact(
        artifact_folder(row),
        bars=bars,
        equity=result.equity,
        position=result.position,
        trades=_widened(result, bars),
        benchmark=result.benchmark_closes,
        analysis=analysis,
    )
    _summarise(row, bars, result)


def await_engine(context: JobContext) -> None:
    """Wait for the compiler where another process has just started it."""
    if run_kernels_are_awaited():
        context.progress(0.0, "Compiling the engine, once for this version")
        await_run_kernels()


def _simulate(row: BacktestRun, bars: Bars, context: JobContext) -> Result:
    detail = load_bars(row.detail, start=row.starts_at, end=row.ends_at) if row.detail else None
    benchmark = load_bars(row.benchmark, end=row.ends_at) if row.benchmark else None
    context.progress(0.1, "Computing signals")
    with engine_refusals(row.strategy):
        return run(
            strategy_of(row),
            bars,
            row.params,
            cash=to_engine(row.initial_cash),
            detail=detail,
            benchmark=benchmark,
            on_progress=bar_progress(context, n_total=len(bars), until=0.8),
            **terms_of(row),
        )


@contextmanager
def engine_refusals(strategy: str) -> Iterator[None]:
    """Say what the engine refuses of a run of `strategy` in words for its owner.

    Raises
    ------
    Cancelled
        If the owner asked the run to stop.
    InvalidStrategyParams
        If the plugin changed since the run was queued.
    StrategyFailed
        If the strategy's own code raised.
    RunRefused
        If the bars show what their terms did not, as too few of them to size by.
    """
    try:
        yield
    except EngineCancelled as error:
        raise Cancelled from error
    except (InvalidParams, UnknownStrategy) as error:
        raise InvalidStrategyParams(f"{strategy}: {error}") from error
    except StrategyFault as error:
        raise StrategyFailed(f"{error}.") from error
    except ValueError as error:
        raise RunRefused(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


def bar_progress(
    context: JobContext, *, n_total: int, until: float
) -> Callable[[float, int, Float1D], bool]:
    """Return what tells of each part of `n_total` bars, from a tenth of the job to `until`."""

    def on_progress(fraction: float, n_done: int, equity: Float1D) -> bool:
        context.progress(
            0.1 + (until - 0.1) * fraction,
            f"Bar {n_done:,} of {n_total:,}",
            curve=curve_so_far(equity, n_total=n_total),
        )
        return True

    return on_progress


def curve_so_far(equity: Float1D, *, n_total: int) -> str:
    """Return the equity done so far as points of an SVG line, 1000 wide and 200 high.

    Parameters
    ----------
    equity : float64[n_done], account currency
    n_total : int
        Bars of the whole run: the line grows towards the right edge.
    """
    rows = np.linspace(0, equity.size - 1, min(equity.size, PARTIAL_POINTS)).astype(np.int64)
    values = equity[rows]
    low, high = float(values.min()), float(values.max())
    across = 1000.0 * rows / max(n_total - 1, 1)
    height = 190.0 - 180.0 * (values - low) / ((high - low) or 1.0)
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in zip(across, height, strict=True))


def _examined(result: Result, strategy: Strategy, context: JobContext) -> dict[str, Any]:
    """Return the tables of the result, and how far it can be trusted."""
    context.progress(0.8, "Making the tables")
    tables = analyse(result)
    try:
        trust = examine(result, strategy, on_step=lambda words: context.progress(0.85, words))
    except StrategyFault as error:  # on a part of the bars: the run itself went well
        return {**tables, "trust": {"fault": f"{error}."}}
    return {**tables, "trust": trust_document(trust, result)}


def _widened(result: Result, bars: Bars) -> np.ndarray[Any, Any]:
    """Return the trade list with the times of entry and exit and the excursions of each."""
    trades = result.trades
    mae, mfe = excursions(bars, trades, fill=result.terms.fill)
    more = {
        "entry_ts_ns": bars.ts_ns[trades["entry_bar"]],
        "exit_ts_ns": bars.ts_ns[trades["exit_bar"]],
        "mae": mae,
        "mfe": mfe,
    }
    fields = [(name, trades.dtype[name]) for name in trades.dtype.names or ()]
    wide = np.empty(trades.size, dtype=[*fields, *((n, v.dtype) for n, v in more.items())])
    for name, _ in fields:
        wide[name] = trades[name]
    for name, values in more.items():
        wide[name] = values
    return wide


def _summarise(row: BacktestRun, bars: Bars, result: Result) -> None:
    closes = result.benchmark_closes
    row.n_bars = len(bars)
    row.n_trades = int(result.trades.size)
    row.metrics = {name: finite_or_none(value) for name, value in result.metrics.items()}
    row.assumptions = {
        "first_bar_at": from_ns(bars.ts_ns[0]).isoformat(),
        "last_bar_at": from_ns(bars.ts_ns[-1]).isoformat(),
        "held_from_ns": int(bars.ts_ns[result.first_bar]),
        "first_close": float(bars.close[result.first_bar]),
        "benchmark": str(row.benchmark) if row.benchmark else None,
        "first_benchmark": None if closes is None else float(closes[0]),
        "sentences": list(result.assumptions),
        "open_trade": _open_trade(bars, result),
        "n_refused": result.n_refused,
        "n_ambiguous": result.n_ambiguous,
        "bankrupt_bar": result.bankrupt_bar,
        "bankrupt_at": bar_time(bars.ts_ns, result.bankrupt_bar),
        "costs": asdict(result.costs),
    }
    row.fingerprint = result.fingerprint
    row.data_fingerprint = bars.fingerprint
    row.save(
        update_fields=[
            "n_bars",
            "n_trades",
            "metrics",
            "assumptions",
            "fingerprint",
            "data_fingerprint",
        ]
    )


def bar_time(ts_ns: Int1D, bar: int | None) -> str | None:
    """Return when a bar closed, ISO; None for no bar."""
    return None if bar is None else from_ns(ts_ns[bar]).isoformat()


def _open_trade(bars: Bars, result: Result) -> dict[str, Any] | None:
    trade = result.open_trade
    if trade is None:
        return None
    return {**asdict(trade), "entry_at": bar_time(bars.ts_ns, trade.entry_bar)}


def remove_lost_results(*, now: datetime) -> int:
    """Remove results of runs that are gone, their owner's or their own; return how many.

    Notes
    -----
    Folders changed within an hour stay: a worker may be writing them.
    """
    root = Path(settings.DATA_DIR)
    found = [*root.glob("runs/*"), *root.glob("portfolios/*")]
    kept = {artifact_folder(run) for run in BacktestRun.objects.only("pk")}
    kept |= {artifact_folder(run) for run in PortfolioRun.objects.only("pk")}
    return remove_lost(found, kept=kept, now=now)
