"""Curves for the eye: few points that keep every peak and trough."""

import numpy as np

from market.engine.bars import Float1D, Int1D

PER_BUCKET = 4


def thin(values: Float1D, max_points: int) -> Int1D:
    """Return the rows to draw so that no peak, trough or end of `values` is lost.

    Parameters
    ----------
    values : float64[n]
        The curve that decides; finite.
    max_points : int, >= 4
        Upper bound of the number of rows returned.

    Returns
    -------
    int64[m], m <= max(max_points, n if n <= max_points)
        Increasing row numbers: first, lowest, highest and last of each bucket.

    Raises
    ------
    ValueError
        If `max_points` is below 4.

    Notes
    -----
    The four-point aggregation M4 (Jugel et al., 2014, VLDB 7(10)): drawn at one bucket a pixel
    column it gives the picture of the full curve.
    """
    if max_points < PER_BUCKET:
        raise ValueError(f"max_points must be at least {PER_BUCKET}")
    n = values.size
    if n <= max_points:
        return np.arange(n)
    n_buckets = max_points // PER_BUCKET
    edges = np.linspace(0, n, n_buckets + 1).astype(np.int64)
    starts, stops = edges[:-1], edges[1:]
    lowest = np.array([a + values[a:b].argmin() for a, b in zip(starts, stops, strict=True)])
    highest = np.array([a + values[a:b].argmax() for a, b in zip(starts, stops, strict=True)])
    return np.unique(np.concatenate([starts, lowest, highest, stops - 1]))


def held_curve(
    closes: Float1D, first_bar: int, cash: float, first_close: float | None = None
) -> Float1D:
    """Return what `cash` is worth in the instrument, bought at the close of `first_bar`.

    Parameters
    ----------
    closes : float64[n_bars], price
    first_bar : int
        Where the strategy could first decide; before it the cash is kept.
    cash : float, account currency
    first_close : float, price, optional
        The close of `first_bar`, where `closes` is a part that begins after it.

    Returns
    -------
    float64[n_bars], account currency
        Ends at ``cash * (1 + buy_hold_return)``.
    """
    worth: Float1D = cash * closes / (closes[first_bar] if first_close is None else first_close)
    worth[:first_bar] = cash
    return worth


def drawdown(equity: Float1D) -> Float1D:
    """Return the fall from the running peak at each bar, as a fraction in [-1, 0]."""
    peak = np.maximum.accumulate(equity)
    return np.divide(equity, peak, out=np.ones_like(equity), where=peak > 0) - 1.0
