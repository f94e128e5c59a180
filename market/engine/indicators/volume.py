"""Volume: averages weighted by it, and the flows read from it."""

import numpy as np

from market.engine.bars import Float1D
from market.engine.indicators.blocks import (
    NAN,
    cells,
    mean,
    push_mean,
    share,
    state_of,
)
from market.engine.indicators.compiled import inner, kernel
from market.engine.indicators.core import FloatArray, Indicator, bar_count


@kernel
def _vwma(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    close, volume = columns
    traded, amount, plain = int(s[0]), int(s[1]), int(s[2])
    for i in range(close.size):
        value = push_mean(s, traded, close[i] * volume[i])
        average = push_mean(s, plain, close[i])
        out[0, i] = share(value, push_mean(s, amount, volume[i]), average)
        if np.isnan(average):
            out[0, i] = NAN


vwma = Indicator(
    name="vwma",
    label="Volume-weighted moving average",
    group="volume",
    inputs=("close", "volume"),
    parameters=(bar_count(default=20),),
    outputs=("vwma",),
    kernel=_vwma,
    start=lambda window: state_of(*[mean(window)] * 3),
    warm_up=lambda window: window - 1,
    overlay=True,
    source="Sum of price x volume / sum of volume; the plain mean where nothing traded",
)


@kernel
def _vwap(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close, volume, session = columns
    k = int(s[0])
    for i in range(close.size):
        if session[i] != s[k]:
            s[k], s[k + 1], s[k + 2] = session[i], 0.0, 0.0
        typical = (high[i] + low[i] + close[i]) / 3.0
        s[k + 1] += typical * volume[i]
        s[k + 2] += volume[i]
        out[0, i] = share(s[k + 1], s[k + 2], typical)


vwap = Indicator(
    name="vwap",
    label="Volume-weighted average price",
    group="volume",
    inputs=("high", "low", "close", "volume", "session"),
    parameters=(),
    outputs=("vwap",),
    kernel=_vwap,
    start=lambda: state_of(cells(NAN, 0.0, 0.0)),
    warm_up=lambda: 0,
    overlay=True,
    source="Typical price by volume since the session began (UTC day unless sessions are given)",
)


@kernel
def _mfi(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close, volume = columns
    last, inward, outward = int(s[0]), int(s[1]), int(s[2])
    for i in range(close.size):
        typical = (high[i] + low[i] + close[i]) / 3.0
        change, flow = typical - s[last], typical * volume[i]
        s[last] = typical
        if np.isnan(change):
            out[0, i] = change
            continue
        bought = push_mean(s, inward, flow if change > 0.0 else 0.0)
        sold = push_mean(s, outward, flow if change < 0.0 else 0.0)
        out[0, i] = 100.0 * share(bought, bought + sold, 0.5)


mfi = Indicator(
    name="mfi",
    label="Money flow index",
    group="volume",
    inputs=("high", "low", "close", "volume"),
    parameters=(bar_count(default=14),),
    outputs=("mfi",),
    kernel=_mfi,
    start=lambda window: state_of(cells(NAN), mean(window), mean(window)),
    warm_up=lambda window: window,
    bounds=(0.0, 100.0),
    source="Quong & Soudack (1989), Stocks & Commodities 7:3; 50 if no money flowed",
)


@kernel
def _obv(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    close, volume = columns
    k = int(s[0])
    for i in range(close.size):
        change = close[i] - s[k]
        s[k] = close[i]
        if np.isnan(change) or change > 0.0:
            s[k + 1] += volume[i]
        elif change < 0.0:
            s[k + 1] -= volume[i]
        out[0, i] = s[k + 1]


obv = Indicator(
    name="obv",
    label="On-balance volume",
    group="volume",
    inputs=("close", "volume"),
    parameters=(),
    outputs=("obv",),
    kernel=_obv,
    start=lambda: state_of(cells(NAN, 0.0)),
    warm_up=lambda: 0,
    source="Granville (1963); starts at the first bar's volume (TA-Lib)",
)


@inner
def money_flow(high: float, low: float, close: float, volume: float) -> float:
    """Return volume times the close's place in the bar, from -1 (low) to 1 (high)."""
    return volume * share((close - low) - (high - close), high - low, 0.0)


@kernel
def _ad_line(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close, volume = columns
    k = int(s[0])
    for i in range(close.size):
        s[k] += money_flow(high[i], low[i], close[i], volume[i])
        out[0, i] = s[k]


ad_line = Indicator(
    name="ad_line",
    label="Accumulation/distribution line",
    group="volume",
    inputs=("high", "low", "close", "volume"),
    parameters=(),
    outputs=("ad_line",),
    kernel=_ad_line,
    start=lambda: state_of(cells(0.0)),
    warm_up=lambda: 0,
    source="Chaikin; a bar without range adds nothing",
)


@kernel
def _chaikin(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close, volume = columns
    k = int(s[0])
    fast, slow = 2.0 / (s[k] + 1.0), 2.0 / (s[k + 1] + 1.0)
    for i in range(close.size):
        s[k + 2] += money_flow(high[i], low[i], close[i], volume[i])
        if s[k + 5] == 0.0:
            s[k + 3] = s[k + 4] = s[k + 2]
        s[k + 3] += fast * (s[k + 2] - s[k + 3])
        s[k + 4] += slow * (s[k + 2] - s[k + 4])
        s[k + 5] += 1.0
        out[0, i] = s[k + 3] - s[k + 4] if s[k + 5] >= s[k + 1] else NAN


chaikin = Indicator(
    name="chaikin",
    label="Chaikin oscillator",
    group="volume",
    inputs=("high", "low", "close", "volume"),
    parameters=(bar_count("fast", 3), bar_count("slow", 10, low=2)),
    outputs=("chaikin",),
    kernel=_chaikin,
    start=lambda fast, slow: state_of(cells(fast, slow, 0.0, 0.0, 0.0, 0.0)),
    warm_up=lambda _, slow: slow - 1,
    increasing=("fast", "slow"),
    source="EMA(fast) - EMA(slow) of the A/D line, both begun at its first value (TA-Lib)",
)


@kernel
def _cmf(s: Float1D, columns: tuple[Float1D, ...], out: FloatArray) -> None:
    high, low, close, volume = columns
    flow, amount = int(s[0]), int(s[1])
    for i in range(close.size):
        moved = push_mean(s, flow, money_flow(high[i], low[i], close[i], volume[i]))
        out[0, i] = share(moved, push_mean(s, amount, volume[i]), 0.0)


cmf = Indicator(
    name="cmf",
    label="Chaikin money flow",
    group="volume",
    inputs=("high", "low", "close", "volume"),
    parameters=(bar_count(default=20),),
    outputs=("cmf",),
    kernel=_cmf,
    start=lambda window: state_of(mean(window), mean(window)),
    warm_up=lambda window: window - 1,
    bounds=(-1.0, 1.0),
    source="Chaikin: sum of money flow volume / sum of volume; 0 where nothing traded",
)

VOLUME = (vwma, vwap, mfi, obv, ad_line, chaikin, cmf)
