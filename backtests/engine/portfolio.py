"""Several instruments on one cash account: at target weights given, or decided by a strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Unpack

import numpy as np
import numpy.typing as npt

from backtests.engine.account import Progress
from backtests.engine.portfolio_account import PortfolioAccount, Series
from backtests.engine.portfolio_calendar import Float2D
from backtests.engine.portfolio_result import PortfolioResult, correlation_of, result_of
from backtests.engine.portfolio_strategy import PortfolioStrategy, Universe
from backtests.engine.registry import get_portfolio_strategy
from backtests.engine.strategy import InvalidParams, Params, StrategyFault, Value
from backtests.engine.terms import TermOptions, Terms
from market.engine.bars import Float1D

__all__ = [
    "PortfolioResult",
    "Series",
    "StrategyRun",
    "correlation_of",
    "run_portfolio",
    "run_portfolio_strategy",
    "targets_of",
    "universe_of",
]

UNUSED = ("side", "sizing", "delay", "close_at_end", "stop_loss", "take_profit", "trail")


@dataclass(frozen=True, eq=False)
class StrategyRun:
    """A portfolio strategy's decisions and what came of them."""

    strategy: PortfolioStrategy
    params: Mapping[str, Value]
    universe: Universe
    targets: Float2D
    result: PortfolioResult

    @cached_property
    def indicators(self) -> Mapping[str, Float1D]:
        """The lines the strategy decided by, float64[n_times] by name."""
        return self.strategy.indicators(self.universe, self.params)

    @property
    def latest_decision(self) -> int | None:
        """The latest row of the calendar that decides something; None if none does."""
        rows = np.flatnonzero((~np.isnan(self.targets)).any(axis=1))
        return int(rows[-1]) if rows.size else None


def universe_of(series: Mapping[str, Series], weights: Sequence[float] | None = None) -> Universe:
    """Return what a strategy sees of the series: prices without jumps by splits and dividends."""
    return Universe({name: s.total_return for name, s in series.items()}, weights)


def run_portfolio_strategy(
    strategy: str | PortfolioStrategy,
    series: Mapping[str, Series],
    params: Params | None = None,
    *,
    cash: float,
    weights: Sequence[float] | None = None,
    min_trade: float = 0.0,
    on_progress: Progress | None = None,
    **terms: Unpack[TermOptions],
) -> StrategyRun:
    """Let a strategy decide the target weights of several instruments, and simulate them.

    Parameters
    ----------
    strategy : str or PortfolioStrategy
        A name in the registry, or a strategy.
    series : mapping of str to Series
    params : mapping of str to value, optional
        Those left out take their defaults.
    cash : float, account currency
    weights : sequence of float, fraction of equity, optional
        Asked for each instrument, for strategies that use them; equal parts if left out.
    min_trade, on_progress, **terms
        As of `run_portfolio`.

    Raises
    ------
    InvalidParams
        If a parameter is unknown or out of bounds, or their combination makes no sense.
    ValueError
        If the strategy is unknown or does not take that many instruments, or as `run_portfolio`.
    StrategyFault
        If the strategy raises, or what it returns are no targets for these series.
    Cancelled
        If `on_progress` returned False.
    """
    rule = get_portfolio_strategy(strategy) if isinstance(strategy, str) else strategy
    values = rule.resolve(params)
    rule.check_members(len(series))
    universe = universe_of(series, weights)
    targets = targets_of(rule, universe, values)
    asked = universe.weights.tolist() if rule.uses_weights else None
    recipe = {"strategy": [rule.name, rule.version], "params": values, "weights": asked}
    portfolio = _agreed(series, targets, Terms(cash=cash, **terms), min_trade)
    portfolio.advance(on_progress)
    return StrategyRun(rule, values, universe, targets, result_of(portfolio, recipe))


def targets_of(strategy: PortfolioStrategy, universe: Universe, params: Params) -> Float2D:
    """Return the strategy's target weights, float64[n_times, n_instruments].

    Raises
    ------
    StrategyFault
        If the strategy raises, or what it returns are no targets for these series.
    """
    try:
        targets = np.asarray(strategy.targets(universe, params), dtype=np.float64)
    except InvalidParams:
        raise
    except Exception as error:  # a plugin may raise anything
        words = f"{strategy.label} raised {type(error).__name__}: {error}"
        raise StrategyFault(words) from error
    if targets.shape != universe.shape or np.isinf(targets).any():
        shape = " by ".join(map(str, universe.shape))
        raise StrategyFault(f"{strategy.label} returned no finite weights of {shape}")
    return targets


def run_portfolio(
    series: Mapping[str, Series],
    targets: npt.ArrayLike,
    *,
    cash: float,
    min_trade: float = 0.0,
    on_progress: Progress | None = None,
    **terms: Unpack[TermOptions],
) -> PortfolioResult:
    """Hold several instruments at target weights on one cash account.

    Parameters
    ----------
    series : mapping of str to Series
    targets : float64[n_times, n_instruments], fraction of equity
        Decided at each close of the merged calendar (`Calendar.of`); below 0 for a short
        position; NaN changes nothing. Filled at each instrument's next open, or at the same
        close, as the terms say; an instrument without a bar then waits for its next one.
    cash : float, account currency
    min_trade : float, fraction of equity
        Smaller changes are not traded, unless they close a position.
    on_progress : callable(fraction, bar, equity), optional
        Called about 50 times with the fraction done in (0, 1], the times done and their equity;
        returning False ends the run. The result does not depend on it.
    **terms
        Keywords of `Terms`: costs, margin, maintenance, fill, fractional, volume_limit.

    Raises
    ------
    ValueError
        If there is no instrument, targets have another shape or are infinite, or a term does
        not apply to a portfolio.
    Cancelled
        If `on_progress` returned False.
    """
    wanted = np.asarray(targets, dtype=np.float64)
    portfolio = _agreed(series, wanted, Terms(cash=cash, **terms), min_trade)
    portfolio.advance(on_progress)
    return result_of(portfolio, {})


def _agreed(
    series: Mapping[str, Series], targets: Float2D, agreed: Terms, min_trade: float
) -> PortfolioAccount:
    """Return the account before its first bar, if all that is asked can be done."""
    usual = Terms(cash=agreed.cash)
    for name in UNUSED:
        if getattr(agreed, name) != getattr(usual, name):
            raise ValueError(f"{name} does not apply to a portfolio of weights")
    if not series:
        raise ValueError("a portfolio needs at least one instrument")
    if not 0 <= min_trade < 1:
        raise ValueError(f"min_trade must be a fraction in [0, 1), not {min_trade}")
    portfolio = PortfolioAccount(series, targets, agreed, min_trade)
    if targets.shape != portfolio.units.shape or np.isinf(targets).any():
        raise ValueError(f"targets must be finite or NaN, float64{portfolio.units.shape}")
    return portfolio
