"""Moving averages: weighted, smoothed, fitted and adaptive ones, and the list of all."""

import math

import numpy as np

from market.engine.bars import Float1D
from market.engine.indicators.blocks import (
    NAN,
    cells,
    exponential,
    mean,
    push_mean,
    push_ring,
    push_smoothing,
    push_weighted,
    ring,
    state_of,
    weighted,
    wilder,
)
from market.engine.indicators.compiled import kernel
from market.engine.indicators.core import FloatArray, Indicator, bar_count
from market.engine.indicators.simple_average import sma


@kernel
def _ema(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    for i in range(columns[0].size):
        out[0, i] = push_smoothing(s, 1, columns[0][i])


ema = Indicator(
    name="ema",
    label="Exponential moving average",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=20),),
    outputs=("ema",),
    kernel=_ema,
    start=lambda window: state_of(exponential(window)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Weight 2 / (window + 1), seeded by the simple mean of the first window (TA-Lib)",
)


@kernel
def _dema(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    once, twice = int(s[0]), int(s[1])
    for i in range(columns[0].size):
        first = push_smoothing(s, once, columns[0][i])
        out[0, i] = 2.0 * first - push_smoothing(s, twice, first)


dema = Indicator(
    name="dema",
    label="Double exponential moving average",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=20),),
    outputs=("dema",),
    kernel=_dema,
    start=lambda window: state_of(exponential(window), exponential(window)),
    warm_up=lambda window: 2 * (window - 1),
    overlay=True,
    source="Mulloy (1994), Stocks & Commodities 12:1: 2 EMA - EMA of EMA",
)


@kernel
def _tema(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    once, twice, thrice = int(s[0]), int(s[1]), int(s[2])
    for i in range(columns[0].size):
        first = push_smoothing(s, once, columns[0][i])
        second = push_smoothing(s, twice, first)
        out[0, i] = 3.0 * (first - second) + push_smoothing(s, thrice, second)


tema = Indicator(
    name="tema",
    label="Triple exponential moving average",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=20),),
    outputs=("tema",),
    kernel=_tema,
    start=lambda window: state_of(*[exponential(window)] * 3),
    warm_up=lambda window: 3 * (window - 1),
    overlay=True,
    source="Mulloy (1994), Stocks & Commodities 12:2: 3 EMA - 3 EMA of EMA + EMA of EMA of EMA",
)

rma = Indicator(
    name="rma",
    label="Wilder's moving average",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=14),),
    outputs=("rma",),
    kernel=_ema,
    start=lambda window: state_of(wilder(window)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Wilder (1978), New Concepts in Technical Trading Systems: weight 1 / window",
)


@kernel
def _wma(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    for i in range(columns[0].size):
        out[0, i] = push_weighted(s, 1, columns[0][i])


wma = Indicator(
    name="wma",
    label="Weighted moving average",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=20),),
    outputs=("wma",),
    kernel=_wma,
    start=lambda window: state_of(weighted(window)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Weights 1, 2, ... window, the newest heaviest (TA-Lib)",
)


@kernel
def _hma(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    half, whole, root = int(s[0]), int(s[1]), int(s[2])
    for i in range(columns[0].size):
        value = columns[0][i]
        lead = 2.0 * push_weighted(s, half, value) - push_weighted(s, whole, value)
        out[0, i] = push_weighted(s, root, lead)


hma = Indicator(
    name="hma",
    label="Hull moving average",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=20, low=2),),
    outputs=("hma",),
    kernel=_hma,
    start=lambda window: state_of(
        weighted(window // 2), weighted(window), weighted(math.isqrt(window))
    ),
    warm_up=lambda window: window - 1 + math.isqrt(window) - 1,
    overlay=True,
    source="Hull (2005): WMA over sqrt(window) of 2 WMA(window / 2) - WMA(window), rounded down",
)


@kernel
def _trima(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    once, twice = int(s[0]), int(s[1])
    for i in range(columns[0].size):
        out[0, i] = push_mean(s, twice, push_mean(s, once, columns[0][i]))


trima = Indicator(
    name="trima",
    label="Triangular moving average",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=20),),
    outputs=("trima",),
    kernel=_trima,
    start=lambda window: state_of(mean((window + 1) // 2), mean(window // 2 + 1)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Mean of means over half the window each (TA-Lib)",
)


@kernel
def _linreg(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    plain, heavy = int(s[0]), int(s[1])
    for i in range(columns[0].size):
        middle = push_mean(s, plain, columns[0][i])
        recent = push_weighted(s, heavy, columns[0][i])
        out[0, i] = 3.0 * recent - 2.0 * middle


linreg = Indicator(
    name="linreg",
    label="Linear regression",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=20, low=2),),
    outputs=("linreg",),
    kernel=_linreg,
    start=lambda window: state_of(mean(window), weighted(window)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Least squares over the window: its end is 3 WMA - 2 SMA",
)


@kernel
def _slope(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    plain, heavy = int(s[0]), int(s[1])
    for i in range(columns[0].size):
        middle = push_mean(s, plain, columns[0][i])
        recent = push_weighted(s, heavy, columns[0][i])
        out[0, i] = 6.0 * (recent - middle) / (s[plain] - 1.0)


slope = Indicator(
    name="slope",
    label="Linear regression slope",
    group="averages",
    inputs=("close",),
    parameters=linreg.parameters,
    outputs=("slope",),
    kernel=_slope,
    start=linreg.start,
    warm_up=linreg.warm_up,
    source="Least squares over the window: 6 (WMA - SMA) / (window - 1), in price per bar",
)


@kernel
def _kama(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    k, path, past = int(s[0]), int(s[1]), int(s[2])
    fast, slow = 2.0 / (s[k + 2] + 1.0), 2.0 / (s[k + 3] + 1.0)
    for i in range(columns[0].size):
        value = columns[0][i]
        length = push_mean(s, path, abs(value - s[k])) * s[path]
        travel = abs(value - push_ring(s, past, value))
        if np.isnan(length):
            s[k + 1] = value
            out[0, i] = NAN
        else:
            efficiency = travel / length if travel < length else 1.0
            weight = (efficiency * (fast - slow) + slow) ** 2
            s[k + 1] += weight * (value - s[k + 1])
            out[0, i] = s[k + 1]
        s[k] = value


kama = Indicator(
    name="kama",
    label="Kaufman's adaptive moving average",
    group="averages",
    inputs=("close",),
    parameters=(bar_count(default=10, low=2), bar_count("fast", 2), bar_count("slow", 30)),
    outputs=("kama",),
    kernel=_kama,
    start=lambda window, fast, slow: state_of(
        cells(NAN, NAN, fast, slow), mean(window), ring(window)
    ),
    warm_up=lambda window, *_: window,
    overlay=True,
    increasing=("fast", "slow"),
    source="Kaufman (1995), Smarter Trading; starts from the close before its first value (TA-Lib)",
)

AVERAGES = (sma, ema, wma, dema, tema, trima, hma, kama, rma, linreg, slope)
