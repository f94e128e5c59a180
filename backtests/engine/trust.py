"""How far a result can be trusted: what it knew, what it assumed, and what if it were worse."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from backtests.engine.analysis import plain
from backtests.engine.lookahead import LookaheadReport, check_lookahead
from backtests.engine.metrics import METRICS
from backtests.engine.result import Result
from backtests.engine.simulation import run
from backtests.engine.strategy import Strategy
from backtests.engine.subjects import signals_of
from backtests.engine.terms import AMOUNTS, Terms
from market.engine.bars import Float1D
from market.engine.timeframes import SECOND_NS

CUTS = 100
SECONDS = 5.0  # for the cuts: a slow strategy gets fewer of them
MOST = 0.99  # a doubled cost stays a fraction of the price
LARGEST = sys.float_info.max
DOUBLED = ("commission", "slippage", "spread", *AMOUNTS)
SIGNALS = ("entry_long", "exit_long", "entry_short", "exit_short")
COMPARED = ("equity_final", "return_total", "sharpe", "max_drawdown", "n_trades")
Step = Callable[[str], object]


class StressLine(NamedTuple):
    """The same run under one change: metrics by name."""

    name: str
    metrics: dict[str, float]


class Trust(NamedTuple):
    """What was found out about a result.

    Parameters
    ----------
    lookahead : LookaheadReport
    equity_range : (float, float), account currency
        Final equity over the readings of bars that touched stop and target.
    n_ambiguous : int
    stress : list of StressLine
        The run as it is first.
    signals : dict of str to int
        How many bars gave a signal of each kind.
    """

    lookahead: LookaheadReport
    equity_range: tuple[float, float]
    n_ambiguous: int
    stress: list[StressLine]
    signals: dict[str, int]


def examine(result: Result, strategy: Strategy, *, on_step: Step | None = None) -> Trust:
    """Check a result for look-ahead, and run it again a bar later and at twice its costs.

    Parameters
    ----------
    result : Result
    strategy : Strategy
        The one that was run.
    on_step : callable(words)
        Called before and during each part; what it raises ends the examination.

    Raises
    ------
    StrategyFault
        If the strategy raises on a part of the bars.
    """
    told = on_step or str
    told("Checking for look-ahead")
    report = check_lookahead(
        strategy,
        result.bars,
        result.params,
        cuts=CUTS,
        seconds=SECONDS,
        on_cut=lambda n_cuts: told(f"Checking for look-ahead, cut {n_cuts} of {CUTS}"),
    )
    lines = [StressLine("As run", _compared(result.metrics))]
    for name, terms in stressed(result.terms).items():
        words = f"Stress: {name.lower()}"
        told(words)
        again = _again(result, strategy, terms, partial(told, words))
        lines.append(StressLine(name, _compared(again.metrics)))
    told("Reading ambiguous bars")
    return Trust(report, result.equity_range, result.n_ambiguous, lines, _counts(result, strategy))


def trust_document(trust: Trust, result: Result) -> dict[str, Any]:
    """Return what was found out as values of JSON; times are seconds UTC."""
    change = trust.lookahead.first
    low, high = trust.equity_range
    document: dict[str, Any] = plain(
        {
            "lookahead": {
                "sentence": f"{trust.lookahead}.",
                "is_clean": trust.lookahead.is_clean,
                "n_cuts": trust.lookahead.n_cuts,
                "time": result.bars.ts_ns[change.bar] // SECOND_NS if change else None,
            },
            "ambiguous": {"n_bars": trust.n_ambiguous, "low": low, "high": high},
            "stress": [{"name": line.name, **line.metrics} for line in trust.stress],
            "has_costs": "Twice the costs" in {line.name for line in trust.stress},
            "signals": trust.signals,
            "warm_up": result.first_bar,
        }
    )
    return document


def stressed(terms: Terms) -> dict[str, Terms]:
    """Return the terms made harder, by name; doubled costs only where there are costs."""
    harder = {"One bar later": replace(terms, delay=terms.delay + 1)}
    doubled: dict[str, Any] = {
        name: min(2.0 * getattr(terms, name), LARGEST if name in AMOUNTS else MOST)
        for name in DOUBLED
        if getattr(terms, name)
    }
    if terms.commission_tiers:
        doubled["commission_tiers"] = [
            (value, min(2.0 * rate, MOST)) for value, rate in terms.commission_tiers
        ]
    if doubled:
        harder["Twice the costs"] = replace(terms, **doubled)
    return harder


def _again(
    result: Result, strategy: Strategy, terms: Terms, on_part: Callable[[], object]
) -> Result:
    def on_progress(fraction: float, n_done: int, equity: Float1D) -> bool:
        on_part()
        return True

    options = {name: getattr(terms, name) for name in terms.__dataclass_fields__}
    return run(
        strategy,
        result.bars,
        result.params,
        detail=result.detail,
        on_progress=on_progress,
        **options,
    )


def _counts(result: Result, strategy: Strategy) -> dict[str, int]:
    signals = signals_of(strategy, result.bars, result.params)
    return {name: int(np.count_nonzero(getattr(signals, name))) for name in SIGNALS}


def _compared(metrics: dict[str, float]) -> dict[str, float]:
    return {name: metrics[name] for name in COMPARED if name in METRICS}
