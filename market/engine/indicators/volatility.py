"""Volatility: ranges, deviations and the channels made of them."""

from market.engine.bars import Float1D
from market.engine.indicators.blocks import (
    NAN,
    cells,
    exponential,
    extreme,
    mean,
    push_extreme,
    push_mean,
    push_smoothing,
    push_spread,
    share,
    spread,
    state_of,
    true_range,
    wilder,
)
from market.engine.indicators.compiled import inner, kernel
from market.engine.indicators.core import FloatArray, Indicator, bar_count, factor


@kernel
def _tr(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    last = int(s[0])
    for i in range(close.size):
        out[0, i] = true_range(high[i], low[i], s[last])
        s[last] = close[i]


tr = Indicator(
    name="tr",
    label="True range",
    group="volatility",
    inputs=("high", "low", "close"),
    parameters=(),
    outputs=("tr",),
    kernel=_tr,
    start=lambda: state_of(cells(NAN)),
    warm_up=lambda: 1,
    source="Wilder (1978); needs the previous close, so the first bar has none",
)


@inner
def push_atr(s: Float1D, at: tuple[int, int], high: float, low: float, close: float) -> float:
    """Return Wilder's average true range; `at` holds the previous close and the smoothing."""
    last, average = at
    span = true_range(high, low, s[last])
    s[last] = close
    return push_smoothing(s, average, span)


@kernel
def _atr(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    at = (int(s[0]), int(s[1]))
    for i in range(close.size):
        out[0, i] = push_atr(s, at, high[i], low[i], close[i])


atr = Indicator(
    name="atr",
    label="Average true range",
    group="volatility",
    inputs=("high", "low", "close"),
    parameters=(bar_count(default=14),),
    outputs=("atr",),
    kernel=_atr,
    start=lambda window: state_of(cells(NAN), wilder(window)),
    warm_up=lambda window: window,
    source="Wilder (1978); seeded by the mean of the first `window` true ranges",
)


@kernel
def _natr(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    at = (int(s[0]), int(s[1]))
    for i in range(close.size):
        out[0, i] = 100.0 * push_atr(s, at, high[i], low[i], close[i]) / close[i]


natr = Indicator(
    name="natr",
    label="Normalised average true range",
    group="volatility",
    inputs=("high", "low", "close"),
    parameters=(bar_count(default=14),),
    outputs=("natr",),
    kernel=_natr,
    start=atr.start,
    warm_up=atr.warm_up,
    source="ATR in percent of the close (Forman 2006)",
)


@kernel
def _stddev(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    for i in range(columns[0].size):
        out[0, i] = push_spread(s, 1, columns[0][i])


stddev = Indicator(
    name="stddev",
    label="Standard deviation",
    group="volatility",
    inputs=("close",),
    parameters=(bar_count(default=20),),
    outputs=("stddev",),
    kernel=_stddev,
    start=lambda window: state_of(spread(window)),
    warm_up=lambda window: window - 1,
    source="Population form (divided by window), as Bollinger uses it",
)


@kernel
def _zscore(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    middle, width = int(s[0]), int(s[1])
    for i in range(columns[0].size):
        gap = columns[0][i] - push_mean(s, middle, columns[0][i])
        out[0, i] = share(gap, push_spread(s, width, columns[0][i]), 0.0)


zscore = Indicator(
    name="zscore",
    label="Z-score",
    group="volatility",
    inputs=("close",),
    parameters=(bar_count(default=20, low=2),),
    outputs=("zscore",),
    kernel=_zscore,
    start=lambda window: state_of(mean(window), spread(window)),
    warm_up=stddev.warm_up,
    source="(Price - mean) / population standard deviation of the window; 0 if it is flat",
)


@kernel
def _bollinger(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    k, centre, width = int(s[0]), int(s[1]), int(s[2])
    for i in range(columns[0].size):
        average = push_mean(s, centre, columns[0][i])
        reach = s[k] * push_spread(s, width, columns[0][i])
        out[0, i], out[1, i], out[2, i] = average + reach, average, average - reach


bollinger = Indicator(
    name="bollinger",
    label="Bollinger bands",
    group="volatility",
    inputs=("close",),
    parameters=(bar_count(default=20, low=2), factor("deviations", 2.0, low=0.1, high=10.0)),
    outputs=("upper", "middle", "lower"),
    kernel=_bollinger,
    start=lambda window, deviations: state_of(cells(deviations), mean(window), spread(window)),
    warm_up=lambda window, _: window - 1,
    overlay=True,
    source="Bollinger (2001), Bollinger on Bollinger Bands",
)


@kernel
def _percent_b(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    k, centre, width = int(s[0]), int(s[1]), int(s[2])
    for i in range(columns[0].size):
        average = push_mean(s, centre, columns[0][i])
        reach = s[k] * push_spread(s, width, columns[0][i])
        out[0, i] = share(columns[0][i] - average + reach, 2.0 * reach, 0.5)


percent_b = Indicator(
    name="percent_b",
    label="Bollinger %B",
    group="volatility",
    inputs=("close",),
    parameters=bollinger.parameters,
    outputs=("percent_b",),
    kernel=_percent_b,
    start=bollinger.start,
    warm_up=bollinger.warm_up,
    source="Bollinger (2001): 0 at the lower band, 1 at the upper; 0.5 if they meet",
)


@kernel
def _bandwidth(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    k, centre, width = int(s[0]), int(s[1]), int(s[2])
    for i in range(columns[0].size):
        average = push_mean(s, centre, columns[0][i])
        reach = s[k] * push_spread(s, width, columns[0][i])
        out[0, i] = share(2.0 * reach, average, 0.0)


bandwidth = Indicator(
    name="bandwidth",
    label="Bollinger bandwidth",
    group="volatility",
    inputs=("close",),
    parameters=bollinger.parameters,
    outputs=("bandwidth",),
    kernel=_bandwidth,
    start=bollinger.start,
    warm_up=bollinger.warm_up,
    source="Bollinger (2001): (upper - lower) / middle, a fraction",
)


@kernel
def _keltner(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    k, centre, at = int(s[0]), int(s[1]), (int(s[2]), int(s[3]))
    for i in range(close.size):
        middle = push_smoothing(s, centre, (high[i] + low[i] + close[i]) / 3.0)
        reach = s[k] * push_atr(s, at, high[i], low[i], close[i])
        out[0, i], out[1, i], out[2, i] = middle + reach, middle, middle - reach


keltner = Indicator(
    name="keltner",
    label="Keltner channels",
    group="volatility",
    inputs=("high", "low", "close"),
    parameters=(bar_count(default=20), bar_count("atr_window", 10), factor("multiplier", 2.0, 0.1)),
    outputs=("upper", "middle", "lower"),
    kernel=_keltner,
    start=lambda window, atr_window, multiplier: state_of(
        cells(multiplier), exponential(window), cells(NAN), wilder(atr_window)
    ),
    warm_up=lambda window, atr_window, _: max(window - 1, atr_window),
    overlay=True,
    source="Keltner (1960) with Raschke's ATR: EMA of the typical price +- a multiple of ATR",
)


@kernel
def _donchian(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low = columns
    top, bottom = int(s[0]), int(s[1])
    for i in range(high.size):
        out[0, i] = push_extreme(s, top, high[i])
        out[2, i] = push_extreme(s, bottom, low[i])
        out[1, i] = 0.5 * (out[0, i] + out[2, i])


donchian = Indicator(
    name="donchian",
    label="Donchian channels",
    group="volatility",
    inputs=("high", "low"),
    parameters=(bar_count(default=20),),
    outputs=("upper", "middle", "lower"),
    kernel=_donchian,
    start=lambda window: state_of(extreme(window, 1.0), extreme(window, -1.0)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Donchian (1960): extremes of the window, this bar included (a breakout lags it by 1)",
)


@kernel
def _extreme(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    for i in range(columns[0].size):
        out[0, i] = push_extreme(s, 1, columns[0][i])


highest = Indicator(
    name="highest",
    label="Highest",
    group="volatility",
    inputs=("close",),
    parameters=(bar_count(default=20),),
    outputs=("highest",),
    kernel=_extreme,
    start=lambda window: state_of(extreme(window, 1.0)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Largest value of the window, this bar included",
)

lowest = Indicator(
    name="lowest",
    label="Lowest",
    group="volatility",
    inputs=("close",),
    parameters=(bar_count(default=20),),
    outputs=("lowest",),
    kernel=_extreme,
    start=lambda window: state_of(extreme(window, -1.0)),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Smallest value of the window, this bar included",
)

VOLATILITY = (
    tr,
    atr,
    natr,
    stddev,
    zscore,
    bollinger,
    percent_b,
    bandwidth,
    keltner,
    donchian,
    highest,
    lowest,
)
