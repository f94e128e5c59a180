"""Earlier values of a series."""

import numpy as np

from market.engine.bars import Float1D


def lag(values: Float1D, bars: int = 1) -> Float1D:
    """Return the series as it was `bars` bars earlier, float64[n_bars], NaN at the start.

    Raises
    ------
    ValueError
        If `bars` is negative: that would be the future.
    """
    if bars < 0:
        raise ValueError("a lag looks back: it must be 0 or more bars")
    out = np.full(values.size, np.nan)
    out[bars:] = values[: max(values.size - bars, 0)]
    return out
