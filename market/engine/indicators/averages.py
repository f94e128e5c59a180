"""Moving averages."""

import numpy as np
from numba import njit

from market.engine.bars import Float1D
from market.engine.indicators.blocks import (
    EXACT,
    NAN,
    exponential,
    grid_scale,
    mean,
    push_mean,
    push_smoothing,
    state_of,
)
from market.engine.indicators.core import FloatArray, Indicator, Parameter

SAMPLE = 64  # values looked at before the whole series is tried on one grid


def window(default: int, *, low: int = 1, name: str = "window") -> Parameter:
    """Return the parameter that counts bars."""
    return Parameter(name, default, low, 5000, "Bars in the average")


@njit(cache=True, error_model="numpy")
def _sum_ticks(values: Float1D, window: int, scale: float, out: Float1D) -> bool:
    """Fill `out` with means of whole ticks; return False if a value is off the grid."""
    total, is_on_grid, divisor = 0, True, window * scale
    limit = EXACT / divisor
    for i in range(values.size):
        tick = np.rint(values[i] * scale)
        is_on_grid &= (tick / scale == values[i]) & (abs(values[i]) < limit)
        total += int(tick)
        if i >= window:
            total -= int(np.rint(values[i - window] * scale))
        out[i] = total / divisor
    return is_on_grid


@njit(cache=True)
def _sma_on_grid(s: Float1D, values: Float1D, out: Float1D) -> bool:
    """Compute a fresh series in one quick pass if it lies on one grid; keep the state true."""
    window, n_bars = int(s[1]), values.size
    scale = 1.0
    for i in range(min(SAMPLE, n_bars)):
        scale = grid_scale(values[i], scale)
        if scale == 0.0:
            return False
    if not _sum_ticks(values, window, scale, out):
        for i in range(n_bars):
            scale = grid_scale(values[i], scale)
            if scale == 0.0:
                return False
        if not _sum_ticks(values, window, scale, out):
            return False
    out[: window - 1] = NAN
    for i in range(max(0, n_bars - window), n_bars):
        push_mean(s, 1, values[i])
    return True


@njit(cache=True)
def _sma(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    values = columns[0]
    if s[2] == 0.0 and values.size > SAMPLE and _sma_on_grid(s, values, out[0]):
        return
    for i in range(values.size):
        out[0, i] = push_mean(s, 1, values[i])


sma = Indicator(
    name="sma",
    label="Simple moving average",
    group="averages",
    inputs=("close",),
    parameters=(window(20),),
    outputs=("sma",),
    kernel=_sma,
    start=lambda window: state_of(mean(window)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Mean of the latest window; summed in whole ticks where prices lie on a decimal grid",
)


@njit(cache=True)
def _ema(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    for i in range(columns[0].size):
        out[0, i] = push_smoothing(s, 1, columns[0][i])


ema = Indicator(
    name="ema",
    label="Exponential moving average",
    group="averages",
    inputs=("close",),
    parameters=(window(20),),
    outputs=("ema",),
    kernel=_ema,
    start=lambda window: state_of(exponential(window)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Weight 2 / (window + 1), seeded by the simple mean of the first window (TA-Lib)",
)

AVERAGES = (sma, ema)
