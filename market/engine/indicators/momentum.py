"""Momentum: how far and how fast the price moved."""

import numpy as np

from market.engine.bars import Float1D
from market.engine.indicators.blocks import (
    NAN,
    cells,
    exponential,
    extreme,
    mean,
    push_extreme,
    push_mean,
    push_ring,
    push_smoothing,
    ring,
    rise,
    share,
    state_of,
    true_range,
    wilder,
)
from market.engine.indicators.compiled import inner, kernel
from market.engine.indicators.core import FloatArray, Indicator, bar_count

PERCENT = (0.0, 100.0)


@inner
def _push_rsi(s: Float1D, at: tuple[int, int, int], close: float) -> float:
    last, gains, losses = at
    change = close - s[last]
    s[last] = close
    gain = push_smoothing(s, gains, rise(change))
    loss = push_smoothing(s, losses, rise(-change))
    return 100.0 * share(gain, gain + loss, 0.5)


@kernel
def _rsi(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    at = (int(s[0]), int(s[1]), int(s[2]))
    for i in range(columns[0].size):
        out[0, i] = _push_rsi(s, at, columns[0][i])


rsi = Indicator(
    name="rsi",
    label="Relative strength index",
    group="momentum",
    inputs=("close",),
    parameters=(bar_count(default=14),),
    outputs=("rsi",),
    kernel=_rsi,
    start=lambda window: state_of(cells(NAN), wilder(window), wilder(window)),
    warm_up=lambda window: window,
    bounds=PERCENT,
    source="Wilder (1978), New Concepts in Technical Trading Systems; 50 if no price changed",
)


@kernel
def _stoch_rsi(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    at = (int(s[0]), int(s[1]), int(s[2]))
    top, bottom, smooth_k, smooth_d = int(s[3]), int(s[4]), int(s[5]), int(s[6])
    for i in range(columns[0].size):
        value = _push_rsi(s, at, columns[0][i])
        low = push_extreme(s, bottom, value)
        span = push_extreme(s, top, value) - low
        out[0, i] = push_mean(s, smooth_k, 100.0 * share(value - low, span, 0.5))
        out[1, i] = push_mean(s, smooth_d, out[0, i])


stoch_rsi = Indicator(
    name="stoch_rsi",
    label="Stochastic RSI",
    group="momentum",
    inputs=("close",),
    parameters=(
        bar_count(default=14),
        bar_count("range_window", 14),
        bar_count("smooth_k", 3),
        bar_count("smooth_d", 3),
    ),
    outputs=("k", "d"),
    kernel=_stoch_rsi,
    start=lambda window, range_window, smooth_k, smooth_d: state_of(
        cells(NAN),
        wilder(window),
        wilder(window),
        extreme(range_window, 1.0),
        extreme(range_window, -1.0),
        mean(smooth_k),
        mean(smooth_d),
    ),
    warm_up=lambda window, range_window, smooth_k, smooth_d: (
        window + range_window + smooth_k + smooth_d - 3
    ),
    bounds=PERCENT,
    source="Chande & Kroll (1994), The New Technical Trader; 50 where the RSI stood still",
)


@kernel
def _macd(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    wait, fast, slow, signal = int(s[0]), int(s[1]), int(s[2]), int(s[3])
    for i in range(columns[0].size):
        value = columns[0][i]
        # The fast mean starts late, so that both are seeded by windows ending on one bar.
        s[wait] -= 1.0
        quick = push_smoothing(s, fast, value) if s[wait] < 0.0 else NAN
        out[0, i] = quick - push_smoothing(s, slow, value)
        out[1, i] = push_smoothing(s, signal, out[0, i])
        out[2, i] = out[0, i] - out[1, i]


macd = Indicator(
    name="macd",
    label="MACD",
    group="momentum",
    inputs=("close",),
    parameters=(bar_count("fast", 12), bar_count("slow", 26, low=2), bar_count("signal", 9)),
    outputs=("macd", "signal", "histogram"),
    kernel=_macd,
    start=lambda fast, slow, signal: state_of(
        cells(slow - fast), exponential(fast), exponential(slow), exponential(signal)
    ),
    warm_up=lambda _, slow, signal: slow + signal - 2,
    increasing=("fast", "slow"),
    source="Appel (1979); both means seeded on the same bar (TA-Lib)",
)


@kernel
def _ppo(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    fast, slow, signal = int(s[0]), int(s[1]), int(s[2])
    for i in range(columns[0].size):
        quick = push_smoothing(s, fast, columns[0][i])
        base = push_smoothing(s, slow, columns[0][i])
        out[0, i] = 100.0 * share(quick - base, base, 0.0)
        out[1, i] = push_smoothing(s, signal, out[0, i])
        out[2, i] = out[0, i] - out[1, i]


ppo = Indicator(
    name="ppo",
    label="Percentage price oscillator",
    group="momentum",
    inputs=("close",),
    parameters=macd.parameters,
    outputs=("ppo", "signal", "histogram"),
    kernel=_ppo,
    start=lambda fast, slow, signal: state_of(
        exponential(fast), exponential(slow), exponential(signal)
    ),
    warm_up=macd.warm_up,
    increasing=("fast", "slow"),
    source="MACD in percent of the slow mean (Appel); each mean seeded by its own window (TA-Lib)",
)


@kernel
def _mom(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    for i in range(columns[0].size):
        out[0, i] = columns[0][i] - push_ring(s, 1, columns[0][i])


mom = Indicator(
    name="mom",
    label="Momentum",
    group="momentum",
    inputs=("close",),
    parameters=(bar_count(default=10),),
    outputs=("mom",),
    kernel=_mom,
    start=lambda window: state_of(ring(window)),
    warm_up=lambda window: window,
    source="Price less the price `window` bars ago",
)


@kernel
def _roc(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    for i in range(columns[0].size):
        past = push_ring(s, 1, columns[0][i])
        out[0, i] = 100.0 * share(columns[0][i] - past, past, 0.0)


roc = Indicator(
    name="roc",
    label="Rate of change",
    group="momentum",
    inputs=("close",),
    parameters=(bar_count(default=10),),
    outputs=("roc",),
    kernel=_roc,
    start=mom.start,
    warm_up=mom.warm_up,
    source="Change over `window` bars in percent",
)


@kernel
def _cmo(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    last, gains, losses = int(s[0]), int(s[1]), int(s[2])
    for i in range(columns[0].size):
        change = columns[0][i] - s[last]
        s[last] = columns[0][i]
        gain = push_mean(s, gains, rise(change))
        loss = push_mean(s, losses, rise(-change))
        out[0, i] = 100.0 * share(gain - loss, gain + loss, 0.0)


cmo = Indicator(
    name="cmo",
    label="Chande momentum oscillator",
    group="momentum",
    inputs=("close",),
    parameters=(bar_count(default=14),),
    outputs=("cmo",),
    kernel=_cmo,
    start=lambda window: state_of(cells(NAN), mean(window), mean(window)),
    warm_up=lambda window: window,
    bounds=(-100.0, 100.0),
    source="Chande & Kroll (1994): plain sums, not Wilder's; 0 if no price changed",
)


@kernel
def _tsi(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    last, long, short = int(s[0]), int(s[1]), int(s[2])
    long_size, short_size, signal = int(s[3]), int(s[4]), int(s[5])
    for i in range(columns[0].size):
        change = columns[0][i] - s[last]
        s[last] = columns[0][i]
        moved = push_smoothing(s, short, push_smoothing(s, long, change))
        size = push_smoothing(s, short_size, push_smoothing(s, long_size, abs(change)))
        out[0, i] = 100.0 * share(moved, size, 0.0)
        out[1, i] = push_smoothing(s, signal, out[0, i])


tsi = Indicator(
    name="tsi",
    label="True strength index",
    group="momentum",
    inputs=("close",),
    parameters=(bar_count("long", 25), bar_count("short", 13), bar_count("signal", 7)),
    outputs=("tsi", "signal"),
    kernel=_tsi,
    start=lambda long, short, signal: state_of(
        cells(NAN), *[exponential(long), exponential(short)] * 2, exponential(signal)
    ),
    warm_up=lambda long, short, signal: long + short + signal - 2,
    bounds=(-100.0, 100.0),
    source="Blau (1991), Stocks & Commodities 9:11; 0 if no price changed",
)


@kernel
def _awesome(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    fast, slow = int(s[0]), int(s[1])
    for i in range(columns[0].size):
        middle = 0.5 * (columns[0][i] + columns[1][i])
        out[0, i] = push_mean(s, fast, middle) - push_mean(s, slow, middle)


awesome = Indicator(
    name="awesome",
    label="Awesome oscillator",
    group="momentum",
    inputs=("high", "low"),
    parameters=(bar_count("fast", 5), bar_count("slow", 34, low=2)),
    outputs=("awesome",),
    kernel=_awesome,
    start=lambda fast, slow: state_of(mean(fast), mean(slow)),
    warm_up=lambda _, slow: slow - 1,
    increasing=("fast", "slow"),
    source="Williams (1998), New Trading Dimensions: SMA(fast) - SMA(slow) of the bar's middle",
)


@kernel
def _ultimate(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    last = int(s[0])
    for i in range(close.size):
        span = true_range(high[i], low[i], s[last])
        pressure = close[i] - min(low[i], s[last]) if not np.isnan(span) else NAN
        s[last] = close[i]
        total = 0.0
        for j in range(3):
            bought = push_mean(s, int(s[1 + 2 * j]), pressure)
            total += (4.0, 2.0, 1.0)[j] * share(bought, push_mean(s, int(s[2 + 2 * j]), span), 0.5)
        out[0, i] = 100.0 * total / 7.0


ultimate = Indicator(
    name="ultimate",
    label="Ultimate oscillator",
    group="momentum",
    inputs=("high", "low", "close"),
    parameters=(bar_count("short", 7), bar_count("medium", 14), bar_count("long", 28)),
    outputs=("ultimate",),
    kernel=_ultimate,
    start=lambda short, medium, long: state_of(
        cells(NAN), *(mean(window) for window in (short, medium, long) for _ in range(2))
    ),
    warm_up=lambda *windows: windows[-1],
    bounds=PERCENT,
    increasing=("short", "medium", "long"),
    source="Williams (1985), Stocks & Commodities 3:4; a window without range counts 50",
)

MOMENTUM = (rsi, stoch_rsi, macd, ppo, roc, mom, cmo, tsi, awesome, ultimate)
