"""Lengths of bars: their codes, their nanoseconds, and how to read one off timestamps."""

import numpy as np

from market.engine.bars import Int1D

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
TIMEFRAMES: dict[str, int] = {
    "1s": SECOND_NS,
    "1m": 60 * SECOND_NS,
    "2m": 120 * SECOND_NS,
    "3m": 180 * SECOND_NS,
    "5m": 300 * SECOND_NS,
    "10m": 600 * SECOND_NS,
    "15m": 900 * SECOND_NS,
    "30m": 1800 * SECOND_NS,
    "1h": 3600 * SECOND_NS,
    "2h": 7200 * SECOND_NS,
    "4h": 14_400 * SECOND_NS,
    "1d": DAY_NS,
    "1w": 7 * DAY_NS,
    "1mo": 30 * DAY_NS,
}


def timeframe_ns(timeframe: str) -> int:
    """Return the length of a bar in nanoseconds; a month counts 30 days.

    Raises
    ------
    ValueError
        If the code is not one of `TIMEFRAMES`.
    """
    if timeframe not in TIMEFRAMES:
        raise ValueError(f"timeframe must be one of {', '.join(TIMEFRAMES)}, not {timeframe!r}")
    return TIMEFRAMES[timeframe]


def infer_timeframe(ts_ns: Int1D) -> str:
    """Return the code of the bar length that the timestamps show.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
        Strictly increasing.

    Notes
    -----
    The lower quartile of the distances decides, rounded to the nearest code on a logarithmic
    scale: nights, weekends and gaps only lengthen distances, and months differ in length. A
    single bar is called daily.
    """
    if ts_ns.size < 2:  # noqa: PLR2004 -- a distance needs two
        return "1d"
    step = float(np.quantile(np.diff(ts_ns), 0.25))
    return min(TIMEFRAMES, key=lambda code: abs(np.log(step / TIMEFRAMES[code])))
