"""The simple moving average, summed exactly: in whole ticks where prices lie on a decimal grid."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from market.engine.bars import Bars, Float1D
from market.engine.indicators.blocks import EXACT, NAN, grid_scale, mean, push_mean, state_of
from market.engine.indicators.compiled import inner, kernel
from market.engine.indicators.core import FloatArray, Indicator, bar_count

SAMPLE = 64  # values looked at before the whole series is tried on one grid


@inner
def _sum_ticks(values: Float1D, window: int, scale: float, out: Float1D) -> bool:
    """Fill `out` with means of whole ticks; return False if a value is off the grid."""
    total, is_on_grid, divisor = 0.0, True, window * scale
    limit = EXACT / divisor  # below it sums of ticks are exact, also in floats
    for i in range(values.size):
        tick = np.rint(values[i] * scale)
        is_on_grid &= (tick / scale == values[i]) & (abs(values[i]) < limit)
        old = np.rint(values[i - window] * scale) if i >= window else 0.0
        total += tick - old
        out[i] = total / divisor
    return is_on_grid


@inner
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


@kernel
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
    parameters=(bar_count(default=20),),
    outputs=("sma",),
    kernel=_sma,
    start=lambda window: state_of(mean(window)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Mean of the latest window; summed in whole ticks where prices lie on a decimal grid",
)


@kernel
def _sum_all_ticks(values: Float1D, out: Float1D) -> tuple[float, float]:
    """Fill `out` with sums of the first 0, 1, ... values in ticks.

    Returns ticks a unit and the largest value; 0 ticks where there is no grid, or a sum is not
    exact.
    """
    scale, largest = 1.0, 0.0
    for i in range(values.size):
        scale = grid_scale(values[i], scale)
        if scale == 0.0:
            return 0.0, 0.0
    total = out[0] = 0.0
    for i in range(values.size):
        total += np.rint(values[i] * scale)
        largest = max(largest, values[i])
        out[i + 1] = total
    return (scale if total < EXACT else 0.0), largest


@kernel
def _difference_means(sums: Float1D, window: int, scale: float, out: Float1D) -> None:
    out[: window - 1] = NAN
    if window > out.size:
        return
    # views of one length from 0 on: otherwise the loop is not vectorised
    later, earlier, means = sums[window:], sums[: sums.size - window], out[window - 1 :]
    divisor = window * scale
    for i in range(means.size):
        means[i] = (later[i] - earlier[i]) / divisor


class TickSums(NamedTuple):
    """Sums of the first 0, 1, ... closes in ticks, float64[n_bars + 1]; `scale` ticks a unit.

    Where closes lie on no grid of decimals, or a sum is not exact, `scale` is 0.
    """

    scale: float
    largest: float
    values: Float1D


# the sums outlive no bars: they do not refer to them
_SUMS: WeakKeyDictionary[Bars, TickSums] = WeakKeyDictionary()


def tick_sums(bars: Bars) -> TickSums:
    """Return the sums of the closes in ticks; made once for each `bars`."""
    known = _SUMS.get(bars)
    if known is None:
        values = np.empty(len(bars) + 1)
        scale, largest = _sum_all_ticks(bars.close, values)
        known = _SUMS[bars] = TickSums(scale, largest, values if scale else np.empty(0))
    return known


def close_mean(bars: Bars, window: int) -> Float1D:
    """Return ``sma.on(bars, window=window)``, bit for bit, and quicker for many windows.

    Parameters
    ----------
    bars : Bars
    window : int, bars

    Returns
    -------
    float64[n_bars], price
        NaN on the first ``window - 1`` bars.

    Raises
    ------
    ValueError
        If `window` is out of range.

    Notes
    -----
    Closes on a decimal grid are summed as whole ticks, once for each `bars`; a mean is then the
    difference of two exact sums, divided once.
    """
    (window,) = (int(value) for value in sma.values_of(window=window))
    sums = tick_sums(bars)
    if sums.scale == 0.0 or sums.largest * sums.scale * window >= EXACT:
        return sma.on(bars, window=window)
    out = np.empty(len(bars))
    _difference_means(sums.values, window, sums.scale, out)
    return out
