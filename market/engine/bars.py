"""Bars: the price series every engine reads."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]

PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, eq=False)
class Bars:
    """A price series as a struct of arrays, validated once when it is made.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
        Time at which each bar closed; strictly increasing.
    open, high, low, close : float64[n_bars], price
        Finite and above 0; ``low <= min(open, close)`` and ``high >= max(open, close)``.
    volume : float64[n_bars], units traded
        Finite and not negative.

    Raises
    ------
    ValueError
        If a column has another length, a value breaks its rule (the first bad bar is named),
        or there is no bar at all.

    Notes
    -----
    Arrays are C-contiguous and read-only, so that a fingerprint stays true.
    """

    ts_ns: Int1D
    open: Float1D
    high: Float1D
    low: Float1D
    close: Float1D
    volume: Float1D
    _checked: bool = field(default=False, repr=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ts_ns", _frozen(self.ts_ns, np.int64))
        for name in (*PRICES, "volume"):
            object.__setattr__(self, name, _frozen(getattr(self, name), np.float64))
        if not self._checked:
            _check(self)

    def __len__(self) -> int:
        return int(self.ts_ns.size)

    def slice(self, start: int, stop: int) -> Self:
        """Return bars ``start:stop`` without checking them again."""
        columns = (getattr(self, name)[start:stop] for name in ("ts_ns", *PRICES, "volume"))
        return type(self)(*columns, _checked=True)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all columns, in hexadecimal: same bars, same text."""
        digest = hashlib.sha256()
        for name in ("ts_ns", *PRICES, "volume"):
            digest.update(np.ascontiguousarray(getattr(self, name)).data)
        return digest.hexdigest()


def _frozen(values: npt.ArrayLike, dtype: type) -> npt.NDArray[np.generic]:
    array: npt.NDArray[np.generic] = np.ascontiguousarray(values, dtype=dtype)
    if array.ndim != 1:
        raise ValueError("each column of bars must have one dimension")
    if array.flags.writeable:
        array = array.view() if array is not values else array.copy()
        array.flags.writeable = False
    return array


def _check(bars: Bars) -> None:
    size = bars.ts_ns.size
    if size == 0:
        raise ValueError("no bars: a series needs at least one bar")
    for name in (*PRICES, "volume"):
        if getattr(bars, name).size != size:
            raise ValueError(f"{name} has {getattr(bars, name).size} values for {size} timestamps")
    _first_bad(np.diff(bars.ts_ns) <= 0, "timestamps must increase", offset=1)
    for name in PRICES:
        prices = getattr(bars, name)
        _first_bad(~(np.isfinite(prices) & (prices > 0)), f"{name} must be finite and above 0")
    _first_bad(
        ~(np.isfinite(bars.volume) & (bars.volume >= 0)), "volume must be finite and not negative"
    )
    _first_bad(bars.high < np.maximum(bars.open, bars.close), "high is below open or close")
    _first_bad(bars.low > np.minimum(bars.open, bars.close), "low is above open or close")


def _first_bad(bad: npt.NDArray[np.bool_], reason: str, offset: int = 0) -> None:
    if bad.any():
        raise ValueError(f"bar {int(bad.argmax()) + offset}: {reason}")
