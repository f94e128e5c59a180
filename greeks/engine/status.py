"""What happened to one element: the status beside each number, and the pair a solver returns."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Status(IntEnum):
    """Why an element has its value, or none; stored as int8.

    `EXPIRED` elements with exactly no time left keep their limits (the intrinsic value); with less
    than none, and for every other reason but `OK`, the value is NaN.
    """

    OK = 0
    AT_INTRINSIC = 1
    """The price is its lower bound to rounding: any small volatility fits."""
    BELOW_INTRINSIC = 2
    """The price breaks the lower arbitrage bound: no volatility fits."""
    ABOVE_MAX = 3
    """The price reaches the upper arbitrage bound: no volatility fits."""
    ZERO_PRICE = 4
    """A price of zero where the lower bound is zero: worthless, without a volatility."""
    EXPIRED = 5
    """No time left."""
    NAN_INPUT = 6
    """An input is missing."""
    BAD_INPUT = 7
    """An input is infinite, negative (spot, strike, volatility) or of an impossible size."""
    NOT_CONVERGED = 8
    """The solver gave up: a value is not known to the promised accuracy."""


class ImpliedVol(NamedTuple):
    """Implied volatilities and how each was found.

    `vol` : float64[...], per year (0.2 is 20 %), NaN unless the status is `OK`.
    `status` : int8[...], values of `Status`.
    """

    vol: npt.NDArray[np.float64]
    status: npt.NDArray[np.int8]
