"""Made-up prices: the same seed gives the same bars, whatever range is asked for."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from market.engine.bars import Bars, Float1D, Int1D
from market.engine.timeframes import DAY_NS, SECOND_NS

MINUTE_NS = 60 * SECOND_NS
TREND_ORIGIN_DAY = 18_263  # 2020-01-02, where the trend passes through the base price
DAYS_PER_YEAR = 365.25
# numbers of a day's draws: minutes count from 0, the others start where no minute can be
OVERNIGHT = 1_000_001
SESSION = 1_000_002
WICKS = 4_000_000


class PathParams(NamedTuple):
    """What one instrument's made-up path looks like.

    Parameters
    ----------
    seed : int
        Non-negative; other seed, other path.
    base_price : float, price
        Level of the trend on 2020-01-02.
    drift : float, 1/year
        Slope of the log trend.
    vol : float, 1/sqrt(year)
        Long-run volatility.
    gap_share : float
        Share of a day's variance that happens while the market is closed, in [0, 1).
    sessions_per_year : float
        252 for shares, 365 for markets that never close.
    minute_volume : float, units
        Usual volume of a minute.
    ticks_per_unit : float, 1/price
        Prices are multiples of its inverse.
    """

    seed: int
    base_price: float
    drift: float
    vol: float
    gap_share: float
    sessions_per_year: float
    minute_volume: float
    ticks_per_unit: float


def simulate_minutes(opens_ns: Int1D, closes_ns: Int1D, first: int, params: PathParams) -> Bars:
    """Return minute bars of the sessions from number `first` on.

    Parameters
    ----------
    opens_ns, closes_ns : int64[n_sessions], nanoseconds UTC
        All sessions from the start of the path; a session's minutes depend on the ones before it
        only through their closing levels.
    first : int
        First session to return.
    params : PathParams
        The path.

    Returns
    -------
    Bars[n_minutes]
        One bar a minute, stamped by its close.

    Raises
    ------
    ValueError
        If there is no session from `first` on, or a parameter is out of range.

    Notes
    -----
    Daily variance follows GARCH(1,1), so that calm and wild days cluster; the level returns to an
    exponential trend. Within a day a bridge joins open and close, with more variance and volume
    at both ends. Source: Bollerslev (1986), J. Econometrics 31; Wood, McInish & Ord (1985),
    J. Finance 40 (the intraday smile).
    """
    if not 0 <= first < opens_ns.size:
        raise ValueError("no session in this range")
    if params.base_price <= 0 or params.vol <= 0 or not 0 <= params.gap_share < 1:
        raise ValueError("base price and vol must be above 0, gap share in [0, 1)")
    counts = (closes_ns[first:] - opens_ns[first:]) // MINUTE_NS
    levels = _session_levels(opens_ns // DAY_NS, params)
    at_open, at_close, day_vol = (level[first:] for level in levels)
    columns = _minutes(opens_ns[first:], counts, at_open, at_close, day_vol, params)
    for column in columns:
        column.flags.writeable = False  # Bars would copy what others might change
    return Bars(*columns, _checked=True)


@njit(cache=True, nogil=True)
def _bits(seed: int, day: int, draw: int) -> np.uint64:
    """SplitMix64 of a counter: a random number that needs no earlier one."""
    z = (
        np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
        + np.uint64(day) * np.uint64(0xD1B54A32D192ED03)
        + np.uint64(draw) * np.uint64(0x8CB92BA72F3D8DD7)
    )
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def _uniform(seed: int, day: int, draw: int) -> float:
    return (float(_bits(seed, day, draw) >> np.uint64(11)) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _normal(seed: int, day: int, draw: int) -> float:
    radius = math.sqrt(-2.0 * math.log(_uniform(seed, day, 2 * draw)))
    return radius * math.cos(2.0 * math.pi * _uniform(seed, day, 2 * draw + 1))


@njit(cache=True, nogil=True)
def _two_shares(seed: int, day: int, draw: int) -> tuple[float, float]:
    """Return two numbers in [0, 1), small ones more often, from the halves of one draw."""
    bits = _bits(seed, day, draw)
    first = float(bits >> np.uint64(32)) / 4294967296.0
    second = float(bits & np.uint64(0xFFFFFFFF)) / 4294967296.0
    return first * first, second * second


@njit(cache=True, nogil=True)
def _session_levels(days: Int1D, params: PathParams) -> tuple[Float1D, Float1D, Float1D]:
    """Log price at open and close of each session, and the session's volatility."""
    n = days.shape[0]
    at_open, at_close, day_vol = np.empty(n), np.empty(n), np.empty(n)
    usual = params.vol * params.vol / params.sessions_per_year
    variance, distance = usual, 0.0
    pull = math.exp(-0.5 / params.sessions_per_year)
    for i in range(n):
        trend = (
            math.log(params.base_price)
            + params.drift * (days[i] - TREND_ORIGIN_DAY) / DAYS_PER_YEAR
        )
        distance *= pull
        gap = math.sqrt(variance * params.gap_share) * _normal(params.seed, days[i], OVERNIGHT)
        session = math.sqrt(variance * (1.0 - params.gap_share))
        move = session * _normal(params.seed, days[i], SESSION)
        at_open[i] = trend + distance + gap
        distance += gap + move
        at_close[i] = trend + distance
        day_vol[i] = session
        variance = 0.05 * usual + 0.10 * (gap + move) ** 2 + 0.85 * variance
    return at_open, at_close, day_vol


@njit(cache=True, nogil=True)
def _minutes(
    opens_ns: Int1D,
    counts: Int1D,
    at_open: Float1D,
    at_close: Float1D,
    day_vol: Float1D,
    params: PathParams,
) -> tuple[Int1D, Float1D, Float1D, Float1D, Float1D, Float1D]:
    n = counts.sum()
    ts_ns = np.empty(n, np.int64)
    open_, high, low, close, volume = (
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
    )
    walk = np.empty(counts.max() + 1)
    row = 0
    for session in range(counts.shape[0]):
        length = counts[session]
        day = opens_ns[session] // DAY_NS
        usual = day_vol[session] / math.sqrt(length)
        walk[0] = 0.0
        for i in range(length):
            walk[i + 1] = walk[i] + usual * _smile(i, length) * _normal(params.seed, day, i)
        miss = at_close[session] - at_open[session] - walk[length]
        before = math.exp(at_open[session])
        for i in range(length):
            after = math.exp(at_open[session] + walk[i + 1] + miss * (i + 1) / length)
            reach = 0.9 * usual * _smile(i, length)
            above, below = _two_shares(params.seed, day, WICKS + i)
            ts_ns[row] = opens_ns[session] + (i + 1) * MINUTE_NS
            open_[row] = _on_tick(before, params.ticks_per_unit)
            close[row] = _on_tick(after, params.ticks_per_unit)
            high[row] = _on_tick(max(before, after) * (1.0 + reach * above), params.ticks_per_unit)
            low[row] = _on_tick(min(before, after) / (1.0 + reach * below), params.ticks_per_unit)
            surprise = 0.5 + abs(after - before) / (usual * before)
            volume[row] = math.ceil(params.minute_volume * _smile(i, length) * surprise)
            before = after
            row += 1
    return ts_ns, open_, high, low, close, volume


@njit(cache=True, nogil=True)
def _smile(i: int, length: int) -> float:
    """Weight of a minute: high at open and close, mean square near 1."""
    place = 2.0 * (i + 0.5) / length - 1.0
    return 0.75 + 0.7 * place * place


@njit(cache=True, nogil=True)
def _on_tick(price: float, ticks_per_unit: float) -> float:
    return max(1.0, np.rint(price * ticks_per_unit)) / ticks_per_unit
