"""What a run gives back."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backtests.engine.strategy import Value
from backtests.engine.terms import Terms
from market.engine import Bars
from market.engine.bars import Float1D

ENGINE_VERSION = "1"
HELD = ("entry_bar", "exit_bar", "size")


@dataclass(frozen=True)
class OpenTrade:
    """The position still held after the last bar, marked at its close."""

    entry_bar: int
    size: float
    entry_price: float
    commission: float
    financing: float
    pnl: float


@dataclass(frozen=True)
class Costs:
    """What trading cost, in account currency; those of an open position are included."""

    commissions: float
    slippage_and_spread: float
    financing: float
    traded_value: float

    @property
    def total(self) -> float:
        """Sum of all costs."""
        return self.commissions + self.slippage_and_spread + self.financing


@dataclass(frozen=True, eq=False)
class Result:
    """One simulated account.

    Attributes
    ----------
    equity : float64[n_bars], account currency
        Account value at each close.
    trades : structured[n_trades]
        Closed trades: entry_bar, exit_bar, size (signed), entry_price, exit_price, pnl (net of
        both commissions and of financing), commission, exit_reason (`ExitReason`), financing.
    metrics : dict of str to float
        By the names of `backtests.engine.metrics.METRICS`; NaN where not defined.
    open_trade : OpenTrade or None
    costs : Costs
    params, terms, strategy_name, strategy_version
        What was run.
    benchmark_closes : float64[n_bars] or None
        What the account is measured against where that is not the instrument itself.
    n_refused : int
        Entries for which the account could not pay one unit.
    n_expired : int
        Entries that waited for a price the market did not reach.
    n_ambiguous : int
        Bars in which stop and target were both touched, so that their order decides.
    bankrupt_bar : int or None
        Bar at whose close equity was used up; the position is closed there and none opened after.
    """

    bars: Bars
    equity: Float1D
    trades: npt.NDArray[np.void]
    metrics: dict[str, float]
    open_trade: OpenTrade | None
    costs: Costs
    params: Mapping[str, Value]
    terms: Terms
    strategy_name: str
    strategy_version: str
    detail: Bars | None
    benchmark: Bars | None
    benchmark_closes: Float1D | None
    first_bar: int
    n_refused: int
    n_expired: int
    n_ambiguous: int
    bankrupt_bar: int | None
    final_equity_by_path: Callable[[], dict[str, float]]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of bars, strategy, parameters, terms and engine: same text, same result."""
        recipe: dict[str, object] = {
            "bars": self.bars.fingerprint,
            "detail": self.detail.fingerprint if self.detail else None,
            "strategy": [self.strategy_name, self.strategy_version],
            "params": dict(self.params),
            "terms": self.terms.as_dict(),
            "engine": ENGINE_VERSION,
        }
        if self.benchmark:
            recipe["benchmark"] = self.benchmark.fingerprint
        return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()

    @cached_property
    def position(self) -> Float1D:
        """Signed units held at each close, float64[n_bars]."""
        units, begins = [0.0], [0]
        for entry_bar, exit_bar, size in zip(*(self.trades[k].tolist() for k in HELD), strict=True):
            begins += [entry_bar, exit_bar]
            units += [size, 0.0]
        if self.open_trade:
            begins.append(self.open_trade.entry_bar)
            units.append(self.open_trade.size)
        return np.repeat(units, np.diff(begins, append=len(self.bars)))

    @cached_property
    def equity_range(self) -> tuple[float, float]:
        """Lowest and highest final equity over the readings of ambiguous bars."""
        if not self.n_ambiguous:
            return float(self.equity[-1]), float(self.equity[-1])
        finals = self.final_equity_by_path().values()
        return min(finals), max(finals)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """How this run was simulated, as sentences for the result page."""
        terms = self.terms
        where = "the next bar's open" if terms.fill == "next_open" else "the same bar's close"
        costs = (
            f"Each fill pays {terms.commission:.4%} of its value and {terms.commission_fixed:g} "
            f"per order, {terms.slippage:.4%} slippage and half of a {terms.spread:.4%} spread."
        )
        sizing = terms.sizing
        rule = "all cash" if sizing.kind == "all" else f"{sizing.kind} {sizing.value:g}"
        units = "fractions of a unit" if terms.fractional else "whole units"
        sizes = f"Size: {rule}, at most {1.0 / terms.margin:g} times equity, in {units}."
        sentences = [f"A decision at a bar's close fills at {where}.", costs, sizes]
        if terms.has_levels:
            sentences.append(
                f"Where a bar touches stop and target, the {terms.intrabar} reading counts."
            )
        if self.bankrupt_bar is not None:
            sentences.append(f"Equity was used up at bar {self.bankrupt_bar}; trading ended there.")
        if terms.close_at_end:
            sentences.append("The position is closed at the end.")
        elif self.open_trade:
            sentences.append("The position held at the end is marked at the close, not closed.")
        return tuple(sentences)
