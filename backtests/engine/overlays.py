"""Which of a strategy's indicators can be drawn over the price."""

from dataclasses import replace

import numpy as np

from backtests.engine.lookahead import HasIndicators
from backtests.engine.strategy import Params, Strategy, StrategyFault
from market.engine import Bars
from market.engine.bars import PRICES, Float1D

SCALE = 2.0  # a power of two: prices and averages double without a rounding
NEAR = 2.0  # how many times above or below the price a line may usually lie
LEAD, MIN_BARS = 4, 300


def price_lines(strategy: Strategy, bars: Bars, params: Params) -> dict[str, Float1D]:
    """Return the indicators that share the scale of the price, by name, float64[n_bars] each.

    Parameters
    ----------
    strategy : Strategy
    bars : Bars
    params : mapping
        Complete, as `Strategy.resolve` returns them.

    Raises
    ------
    StrategyFault
        If the strategy raises.

    Notes
    -----
    An indicator is in units of price if it doubles when all prices double, and belongs over
    the price if it usually lies between half and twice the close: an average does, an RSI
    (unchanged by the doubling) and a MACD (near 0) do not. Tried on the latest bars only.
    """
    if not isinstance(strategy, HasIndicators):
        return {}
    n_tried = max(LEAD * strategy.warm_up(params), MIN_BARS)
    tried = bars.slice(max(len(bars) - n_tried, 0), len(bars))
    doubled = replace(tried, **{name: SCALE * getattr(tried, name) for name in PRICES})
    try:
        once = strategy.indicators(tried, params)
        twice = strategy.indicators(doubled, params)
        names = [name for name in once if _over_price(once[name], twice[name], tried.close)]
        lines = strategy.indicators(bars, params) if names else {}
    except Exception as error:  # a plugin may raise anything
        words = f"{strategy.label} raised {type(error).__name__}: {error}"
        raise StrategyFault(words) from error
    return {name: np.asarray(lines[name], dtype=np.float64) for name in names}


def _over_price(once: Float1D, twice: Float1D, close: Float1D) -> bool:
    known = np.isfinite(once)
    if not known.any() or not np.allclose(twice[known], SCALE * once[known], rtol=1e-9):
        return False
    ratio = float(np.median(once[known] / close[known]))
    return 1.0 / NEAR <= ratio <= NEAR
