"""How a portfolio was simulated, as sentences for its result page."""

from collections.abc import Iterator

import numpy as np

from backtests.engine.portfolio import StrategyRun
from backtests.engine.terms import Terms

DAY_NS = 86_400_000_000_000
NOTEWORTHY = 10 * DAY_NS  # a shorter history than the others' by more than holidays


def portfolio_assumptions(run: StrategyRun, terms: Terms, min_trade: float) -> tuple[str, ...]:
    """Return what a reader must know to trust, or not to trust, the figures.

    Parameters
    ----------
    run : StrategyRun
    terms : Terms
    min_trade : float, fraction of equity
    """
    result, warm_up = run.result, run.strategy.warm_up(run.params)
    where = "its instrument's next open" if terms.fill == "next_open" else "that same close"
    units = "fractions of a unit" if terms.fractional else "whole units"
    carried = f"{1.0 / terms.margin:g} times equity"
    costs = f"{terms.commission:.4%} of its value and {terms.commission_fixed:g} per order"
    against = f"{terms.slippage:.4%} slippage and half of a {terms.spread:.4%} spread"
    sentences = [
        f"A weight decided at a close is traded at {where}; what frees cash is traded first.",
        f"Weights are fractions of equity at those prices, in {units}, {carried} at most.",
        "What cash does not cover is not bought.",
        f"Each fill pays {costs}, {against}.",
        "The benchmark buys equal parts of all instruments once, without costs; dividends count.",
    ]
    if warm_up:
        sentences.append(f"The strategy cannot decide before {warm_up:,} bars have passed.")
    if min_trade:
        sentences.append(f"Changes below {min_trade:.2%} of equity are not traded.")
    if terms.volume_limit:
        sentences.append(f"A fill is at most {terms.volume_limit:.2%} of its bar's volume.")
    if terms.borrow_rate or terms.financing_rate:
        sentences.append(
            f"Short positions pay {terms.borrow_rate:.2%} and borrowed cash "
            f"{terms.financing_rate:.2%} a year."
        )
    if result.payments:
        sentences.append("Splits and dividends happen at the first bar after their date begins.")
    sentences += _shorter_histories(run)
    if result.n_refused:
        sentences.append(f"{result.n_refused:,} orders were refused for want of cash.")
    if result.bankrupt_bar is not None:
        sentences.append(f"Equity was used up at bar {result.bankrupt_bar}; trading ended there.")
    return tuple(sentences)


def _shorter_histories(run: StrategyRun) -> Iterator[str]:
    """Say which instruments begin later or end earlier than the portfolio."""
    first, last = run.result.ts_ns[[0, -1]].tolist()
    for name, bars in run.universe.items():
        if bars.ts_ns[0] - first > NOTEWORTHY:
            yield f"{name} has no price before {_day(bars.ts_ns[0])}."
        if last - bars.ts_ns[-1] > NOTEWORTHY:
            day = _day(bars.ts_ns[-1])
            yield f"{name} has no price after {day}; what is held of it stays at that one."


def _day(ts_ns: np.int64) -> str:
    return str((ts_ns - 1).astype("datetime64[ns]").astype("datetime64[D]"))
