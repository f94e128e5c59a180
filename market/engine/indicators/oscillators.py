"""Oscillators: where the price stands in its own recent range."""

import numpy as np

from market.engine.bars import Float1D
from market.engine.indicators.blocks import (
    bars_since_extreme,
    dated_extreme,
    extreme,
    mean,
    mean_deviation,
    push_dated_extreme,
    push_extreme,
    push_mean,
    share,
    state_of,
)
from market.engine.indicators.compiled import kernel
from market.engine.indicators.core import FloatArray, Indicator, bar_count

PERCENT = (0.0, 100.0)


@kernel
def _williams(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    top, bottom = int(s[0]), int(s[1])
    for i in range(close.size):
        highest = push_extreme(s, top, high[i])
        lowest = push_extreme(s, bottom, low[i])
        out[0, i] = -100.0 * share(highest - close[i], highest - lowest, 0.5)


williams = Indicator(
    name="williams",
    label="Williams %R",
    group="momentum",
    inputs=("high", "low", "close"),
    parameters=(bar_count(default=14),),
    outputs=("williams",),
    kernel=_williams,
    start=lambda window: state_of(extreme(window, 1.0), extreme(window, -1.0)),
    warm_up=lambda window: window - 1,
    bounds=(-100.0, 0.0),
    source="Williams (1973); -50 where the window has no range",
)


@kernel
def _stochastic(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    top, bottom, smooth_k, smooth_d = int(s[0]), int(s[1]), int(s[2]), int(s[3])
    for i in range(close.size):
        lowest = push_extreme(s, bottom, low[i])
        span = push_extreme(s, top, high[i]) - lowest
        out[0, i] = push_mean(s, smooth_k, 100.0 * share(close[i] - lowest, span, 0.5))
        out[1, i] = push_mean(s, smooth_d, out[0, i])


stochastic = Indicator(
    name="stochastic",
    label="Stochastic oscillator",
    group="momentum",
    inputs=("high", "low", "close"),
    parameters=(bar_count(default=14), bar_count("smooth_k", 3), bar_count("smooth_d", 3)),
    outputs=("k", "d"),
    kernel=_stochastic,
    start=lambda window, smooth_k, smooth_d: state_of(
        extreme(window, 1.0), extreme(window, -1.0), mean(smooth_k), mean(smooth_d)
    ),
    warm_up=lambda window, smooth_k, smooth_d: window + smooth_k + smooth_d - 3,
    bounds=PERCENT,
    source="Lane (1984), Stocks & Commodities 2:3, slow form; 50 where the window has no range",
)


@kernel
def _cci(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    for i in range(close.size):
        typical = (high[i] + low[i] + close[i]) / 3.0
        average = push_mean(s, 1, typical)
        if np.isnan(average):
            out[0, i] = average
        else:
            out[0, i] = share(typical - average, 0.015 * mean_deviation(s, 1), 0.0)


cci = Indicator(
    name="cci",
    label="Commodity channel index",
    group="momentum",
    inputs=("high", "low", "close"),
    parameters=(bar_count(default=20, low=2, high=500),),  # each bar looks at the whole window
    outputs=("cci",),
    kernel=_cci,
    start=lambda window: state_of(mean(window)),
    warm_up=lambda window: window - 1,
    source="Lambert (1980), Commodities 9:10; 0 where the typical price stood still",
)


@kernel
def _aroon(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low = columns
    top, bottom = int(s[0]), int(s[1])
    for i in range(high.size):
        seen = push_dated_extreme(s, top, high[i])
        push_dated_extreme(s, bottom, low[i])
        if np.isnan(seen):
            out[:, i] = seen
        else:
            out[0, i] = 100.0 * (1.0 - bars_since_extreme(s, top) / (s[top] - 1.0))
            out[1, i] = 100.0 * (1.0 - bars_since_extreme(s, bottom) / (s[bottom] - 1.0))
            out[2, i] = out[0, i] - out[1, i]


aroon = Indicator(
    name="aroon",
    label="Aroon",
    group="trend",
    inputs=("high", "low"),
    parameters=(bar_count(default=25),),
    outputs=("up", "down", "oscillator"),
    kernel=_aroon,
    start=lambda window: state_of(dated_extreme(window + 1, 1.0), dated_extreme(window + 1, -1.0)),
    warm_up=lambda window: window,
    bounds=(-100.0, 100.0),
    source="Chande (1995), Stocks & Commodities 13:9; of equal extremes the later counts",
)

OSCILLATORS = (williams, stochastic, cci, aroon)
