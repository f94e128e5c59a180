"""Crosses of two series, with the policy for ties written down."""

import numpy as np
import numpy.typing as npt

from market.engine.bars import Float1D
from market.engine.indicators.compiled import kernel

Bool1D = npt.NDArray[np.bool_]


@kernel
def _crosses(first: Float1D, second: Float1D, direction: float, out: Bool1D) -> None:
    side = 0.0
    for i in range(first.size):
        gap = direction * (first[i] - second[i])
        out[i] = gap > 0.0 and side < 0.0
        if np.isnan(gap):
            side = 0.0
        elif gap != 0.0:
            side = gap


def cross_above(first: npt.ArrayLike, second: npt.ArrayLike) -> Bool1D:
    """Return bool[n_bars]: True where `first` comes to lie above `second`.

    Parameters
    ----------
    first, second : float64[n_bars] or a number
        At least one is a series.

    Raises
    ------
    ValueError
        If neither is a series or their lengths differ.

    Notes
    -----
    Tie policy: a tie is not a side. The cross is where the sign of ``first - second`` differs
    from the latest sign that was not zero; touching and turning back is no cross. NaN (warm-up)
    has no side, so the first side after it is no cross either.
    """
    return _cross(first, second, 1.0)


def cross_below(first: npt.ArrayLike, second: npt.ArrayLike) -> Bool1D:
    """Return bool[n_bars]: True where `first` comes to lie below `second`.

    See Also
    --------
    cross_above : The same with the sides changed, and the policy for ties.
    """
    return _cross(first, second, -1.0)


def _cross(first: npt.ArrayLike, second: npt.ArrayLike, direction: float) -> Bool1D:
    pair = np.broadcast_arrays(
        np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    )
    if pair[0].ndim != 1:
        raise ValueError("a cross needs two series, or a series and a number")
    out = np.empty(pair[0].size, dtype=np.bool_)
    _crosses(np.ascontiguousarray(pair[0]), np.ascontiguousarray(pair[1]), direction, out)
    return out
