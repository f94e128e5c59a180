"""Trend: its strength, and stops that trail it."""

import numpy as np

from market.engine.bars import Float1D
from market.engine.indicators.blocks import (
    NAN,
    cells,
    extreme,
    push_extreme,
    push_ring,
    push_smoothing,
    ring,
    share,
    state_of,
    true_range,
    wilder,
)
from market.engine.indicators.compiled import inner, kernel
from market.engine.indicators.core import FloatArray, Indicator, Parameter, bar_count, factor
from market.engine.indicators.volatility import push_atr


@inner
def _push_sum(s: Float1D, k: int, x: float) -> float:
    """Return Wilder's running sum; cells are window, count, sum."""
    window = s[k]
    s[k + 1] += 1.0
    if s[k + 1] < window:
        s[k + 2] += x
        return NAN
    s[k + 2] += x - s[k + 2] / window
    return s[k + 2]


@kernel
def _adx(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    k, upward, downward, ranges, smooth = int(s[0]), int(s[1]), int(s[2]), int(s[3]), int(s[4])
    for i in range(close.size):
        up, down, span = high[i] - s[k], s[k + 1] - low[i], true_range(high[i], low[i], s[k + 2])
        s[k], s[k + 1], s[k + 2] = high[i], low[i], close[i]
        if np.isnan(up):
            out[:, i] = NAN
            continue
        rising = _push_sum(s, upward, up if up > down and up > 0.0 else 0.0)
        falling = _push_sum(s, downward, down if down > up and down > 0.0 else 0.0)
        total = _push_sum(s, ranges, span)
        plus, minus = 100.0 * share(rising, total, 0.0), 100.0 * share(falling, total, 0.0)
        apart = 100.0 * share(abs(plus - minus), plus + minus, 0.0)
        settled = s[smooth + 1] >= s[smooth]
        # Without any movement the trend's strength is left as it was, as in TA-Lib.
        skip = settled and plus + minus == 0.0
        out[0, i] = s[smooth + 3] if skip else push_smoothing(s, smooth, apart)
        out[1, i], out[2, i] = plus, minus


adx = Indicator(
    name="adx",
    label="Average directional index",
    group="trend",
    inputs=("high", "low", "close"),
    parameters=(bar_count(default=14, low=2),),
    outputs=("adx", "plus_di", "minus_di"),
    kernel=_adx,
    start=lambda window: state_of(
        cells(NAN, NAN, NAN), *[cells(window, 0.0, 0.0)] * 3, wilder(window)
    ),
    warm_up=lambda window: 2 * window - 1,
    bounds=(0.0, 100.0),
    source="Wilder (1978): +DI and -DI beside their smoothed distance",
)


@kernel
def _ichimoku(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low = columns
    ahead_a, ahead_b = int(s[6]), int(s[7])
    for i in range(high.size):
        conversion = 0.5 * (
            push_extreme(s, int(s[0]), high[i]) + push_extreme(s, int(s[1]), low[i])
        )
        base = 0.5 * (push_extreme(s, int(s[2]), high[i]) + push_extreme(s, int(s[3]), low[i]))
        wide = 0.5 * (push_extreme(s, int(s[4]), high[i]) + push_extreme(s, int(s[5]), low[i]))
        out[0, i], out[1, i] = conversion, base
        out[2, i] = push_ring(s, ahead_a, 0.5 * (conversion + base))
        out[3, i] = push_ring(s, ahead_b, wide)


ichimoku = Indicator(
    name="ichimoku",
    label="Ichimoku cloud",
    group="trend",
    inputs=("high", "low"),
    parameters=(
        bar_count("conversion", 9),
        bar_count("base", 26),
        bar_count("span", 52),
        bar_count("displacement", 26),
    ),
    outputs=("conversion", "base", "span_a", "span_b"),
    kernel=_ichimoku,
    start=lambda conversion, base, span, displacement: state_of(
        *(extreme(window, sign) for window in (conversion, base, span) for sign in (1.0, -1.0)),
        ring(displacement),
        ring(displacement),
    ),
    warm_up=lambda conversion, base, span, displacement: (
        max(conversion, base, span) - 1 + displacement
    ),
    overlay=True,
    source="Hosoda (1969), causal: the cloud over a bar is the one computed `displacement` bars "
    "before it; the lagging span is left out because it draws a close into the past",
)


@kernel
def _supertrend(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close = columns
    k, at = int(s[0]), (int(s[1]), int(s[2]))  # multiplier, upper, lower, side, previous close
    for i in range(close.size):
        reach = s[k] * push_atr(s, at, high[i], low[i], close[i])
        if np.isnan(reach):
            out[:, i] = NAN
            continue
        middle = 0.5 * (high[i] + low[i])
        upper, lower, last = s[k + 1], s[k + 2], s[k + 4]
        s[k + 1] = min(middle + reach, upper) if last <= upper else middle + reach
        s[k + 2] = max(middle - reach, lower) if last >= lower else middle - reach
        if close[i] > s[k + 1]:
            s[k + 3] = 1.0
        elif close[i] < s[k + 2]:
            s[k + 3] = -1.0
        s[k + 4] = close[i]
        out[0, i] = s[k + 2] if s[k + 3] > 0.0 else s[k + 1]
        out[1, i] = s[k + 3]


supertrend = Indicator(
    name="supertrend",
    label="Supertrend",
    group="trend",
    inputs=("high", "low", "close"),
    parameters=(bar_count(default=10), factor("multiplier", 3.0, 0.1)),
    outputs=("supertrend", "side"),
    kernel=_supertrend,
    start=lambda window, multiplier: state_of(
        cells(multiplier, NAN, NAN, 1.0, NAN), cells(NAN), wilder(window)
    ),
    warm_up=lambda window, _: window,
    overlay=True,
    source="Seban: bands of the bar's middle +- a multiple of ATR that only move with the trend; "
    "side is 1 above, -1 below",
)


@kernel
def _psar(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low = columns
    # Prices are seen from the side of the trend: multiplied by 1 (long) or -1 (short).
    k = int(s[0])  # step, maximum, side, stop, extreme, speed, previous high, previous low
    step, maximum = s[k], s[k + 1]
    for i in range(high.size):
        if s[k + 2] == 0.0:
            _start_psar(s, k, high[i], low[i])
            if s[k + 2] == 0.0:
                out[0, i] = NAN
                continue
        side = s[k + 2]
        stop, best = side * s[k + 3], side * s[k + 4]
        near, far = (low[i], high[i]) if side > 0.0 else (-high[i], -low[i])
        last_near, last_far = (s[k + 7], s[k + 6]) if side > 0.0 else (-s[k + 6], -s[k + 7])
        if near <= stop:
            stop = max(best, last_far, far)
            out[0, i] = side * stop
            best, s[k + 5] = near, step
            stop = max(stop + s[k + 5] * (best - stop), last_far, far)
            s[k + 2] = -side
        else:
            out[0, i] = side * stop
            if far > best:
                best, s[k + 5] = far, min(s[k + 5] + step, maximum)
            stop = min(stop + s[k + 5] * (best - stop), last_near, near)
        s[k + 3], s[k + 4] = side * stop, side * best
        s[k + 6], s[k + 7] = high[i], low[i]


@inner
def _start_psar(s: Float1D, k: int, high: float, low: float) -> None:
    """Remember the first bar; on the second, choose the side and the first stop."""
    last_high, last_low = s[k + 6], s[k + 7]
    s[k + 6], s[k + 7] = high, low
    if np.isnan(last_high):
        return
    down, up = last_low - low, high - last_high
    is_short = down > 0.0 and down > up
    s[k + 2] = -1.0 if is_short else 1.0
    s[k + 3], s[k + 4] = (last_high, low) if is_short else (last_low, high)


psar = Indicator(
    name="psar",
    label="Parabolic SAR",
    group="trend",
    inputs=("high", "low"),
    parameters=(factor("step", 0.02, 0.001, 1.0), factor("maximum", 0.2, 0.001, 1.0)),
    outputs=("psar",),
    kernel=_psar,
    start=lambda step, maximum: state_of(
        cells(step, maximum, 0.0, NAN, NAN, min(step, maximum), NAN, NAN)
    ),
    warm_up=lambda *_: 1,
    overlay=True,
    source="Wilder (1978); the first side is that of the larger move of the second bar (TA-Lib)",
)


@kernel
def _heikin_ashi(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    opens, high, low, close = columns
    k = int(s[0])  # the open of this bar, known from the bar before
    for i in range(close.size):
        first = 0.5 * (opens[i] + close[i]) if np.isnan(s[k]) else s[k]
        latest = 0.25 * (opens[i] + high[i] + low[i] + close[i])
        out[0, i], out[3, i] = first, latest
        out[1, i], out[2, i] = max(high[i], first, latest), min(low[i], first, latest)
        s[k] = 0.5 * (first + latest)


heikin_ashi = Indicator(
    name="heikin_ashi",
    label="Heikin-Ashi bars",
    group="trend",
    inputs=("open", "high", "low", "close"),
    parameters=(),
    outputs=("open", "high", "low", "close"),
    kernel=_heikin_ashi,
    start=lambda: state_of(cells(NAN)),
    warm_up=lambda: 0,
    overlay=True,
    source="Valcu (2004), Stocks & Commodities 22:2; prices to look at, never to trade at",
)


@kernel
def _ut_bot(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    opens, high, low, close = columns
    k, at = int(s[0]), (int(s[1]), int(s[2]))  # key, Heikin-Ashi, stop, previous source, side
    for i in range(close.size):
        source = close[i]
        if s[k + 1] > 0.0:
            source = 0.25 * (opens[i] + high[i] + low[i] + close[i])
        reach = s[k] * push_atr(s, at, high[i], low[i], close[i])
        last, stop = s[k + 3], s[k + 2]
        s[k + 3] = source
        if np.isnan(reach):
            out[:, i] = NAN
            continue
        if source > stop and last > stop:
            stop = max(stop, source - reach)
        elif source < stop and last < stop:
            stop = min(stop, source + reach)
        else:
            stop = source + reach if source <= stop else source - reach
        if source != stop:
            s[k + 4] = 1.0 if source > stop else -1.0
        s[k + 2] = stop
        out[0, i], out[1, i] = stop, s[k + 4]


ut_bot = Indicator(
    name="ut_bot",
    label="UT Bot trailing stop",
    group="trend",
    inputs=("open", "high", "low", "close"),
    parameters=(
        factor("key_value", 1.0, 0.1),
        bar_count(default=10),
        Parameter("use_heikin_ashi", 0, 0, 1, "1 = Heikin-Ashi close"),
    ),
    outputs=("stop", "side"),
    kernel=_ut_bot,
    start=lambda key_value, window, use_heikin_ashi: state_of(
        cells(key_value, use_heikin_ashi, NAN, NAN, 1.0), cells(NAN), wilder(window)
    ),
    warm_up=lambda _, window, *__: window,
    overlay=True,
    source="Public UT Bot Alerts script (Yo_adriiiiaan, HPotter): a stop `key_value` ATRs behind "
    "the close (or the Heikin-Ashi close) that only moves with it; side is 1 above, -1 below",
)

TREND = (adx, ichimoku, supertrend, psar, heikin_ashi, ut_bot)
