"""What an indicator is: a resumable kernel with named inputs, parameters and outputs."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from market.engine.bars import Bars, Float1D

FloatArray = npt.NDArray[np.float64]
Kernel = Callable[[Float1D, tuple[Float1D, ...], FloatArray], None]

MAX_WINDOW = 5000  # bars; keeps a stream's memory small and a rule's cost bounded
DAY_NS = 86_400_000_000_000
COLUMNS = ("open", "high", "low", "close", "volume", "session")


@dataclass(frozen=True)
class Parameter:
    """One number an indicator is tuned by, and the range in which it makes sense."""

    name: str
    default: float
    low: float
    high: float
    help: str = ""

    @property
    def is_integer(self) -> bool:
        """Whether only whole numbers are allowed: told by the default."""
        return isinstance(self.default, int)

    def check(self, value: float) -> float:
        """Return `value` as int or float, or raise ValueError naming the parameter."""
        kind = "a whole number" if self.is_integer else "a number"
        refused = isinstance(value, bool) or not isinstance(value, int | float | np.number)
        if (
            refused
            or not self.low <= value <= self.high
            or (self.is_integer and value != int(value))
        ):
            raise ValueError(
                f"{self.name} must be {kind} from {self.low} to {self.high}, not {value!r}"
            )
        return int(value) if self.is_integer else float(value)


def bar_count(
    name: str = "window", default: int = 14, low: int = 1, high: int = MAX_WINDOW
) -> Parameter:
    """Return a parameter that counts bars."""
    return Parameter(name, default, low, high, "bars")


def factor(name: str, default: float, low: float = 0.0, high: float = 100.0) -> Parameter:
    """Return a parameter that multiplies or weighs."""
    return Parameter(name, default, low, high)


@dataclass(frozen=True, eq=False)
class Indicator:
    """A figure per bar, from the bars up to and including that one.

    Calling it computes a whole series; `stream` gives the same figures bar by bar, and both go
    through the same kernel with the same state, so they agree bit for bit.

    Parameters
    ----------
    name, label : str
        Key in the registry, and what a screen shows.
    group : str
        One of averages, momentum, volatility, volume, trend.
    inputs : tuple of str
        Columns of bars it reads, in order; a lone "close" stands for any series.
    parameters : tuple of Parameter
        In the order in which a call takes them after the columns.
    outputs : tuple of str
        Names of the series that come out.
    kernel : callable(state, columns, out)
        Numba function; continues from `state` over all bars of `columns` into
        ``out[n_outputs, n_bars]``.
    start : callable(*parameters) -> float64[...]
        The state before the first bar.
    warm_up : callable(*parameters) -> int
        Number of leading bars on which an output is NaN.
    overlay : bool
        True if it is drawn on the price, False if it needs a pane of its own.
    bounds : (float, float) or None
        Range the outputs cannot leave.
    increasing : tuple of str
        Parameters each of which must be above the one before.
    source : str
        Where the formula is published.

    Notes
    -----
    NaN policy: outputs are NaN on the first `warm_up` bars and finite after; a NaN or infinite
    input raises ValueError. A bar is known at its close: output i uses bars 0..i only.
    """

    name: str
    label: str
    group: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[str, ...]
    kernel: Kernel
    start: Callable[..., Float1D]
    warm_up: Callable[..., int]
    source: str
    overlay: bool = False
    bounds: tuple[float, float] | None = None
    increasing: tuple[str, ...] = ()

    def values_of(self, *values: float, **named: float) -> tuple[float, ...]:
        """Return every parameter in order, checked; those not given take their defaults.

        Raises
        ------
        ValueError
            If a parameter is unknown, given twice or out of its range; the text names it.
        """
        names = [parameter.name for parameter in self.parameters]
        if len(values) > len(names):
            raise ValueError(f"{self.name} takes {len(names)} parameters, not {len(values)}")
        given = dict(zip(names, values, strict=False))
        for name in named:
            if name not in names or name in given:
                raise ValueError(f"{self.name} has no free parameter called {name!r}")
        given.update(named)
        checked = {p.name: p.check(given.get(p.name, p.default)) for p in self.parameters}
        for lower, upper in pairwise(self.increasing):
            if checked[lower] >= checked[upper]:
                raise ValueError(f"{lower} must be below {upper} in {self.name}")
        return tuple(checked.values())

    def __call__(self, *columns_then_parameters: Any, **named: float) -> FloatArray:
        """Return the whole series: float64[n_bars], or float64[n_outputs, n_bars] if several.

        Parameters
        ----------
        *columns_then_parameters : float64[n_bars] for each input, then parameters
            Finite arrays of one length; price or volume units.
        **named : float
            Parameters by name.

        Raises
        ------
        ValueError
            If a column is missing, not finite or of another length, or a parameter is refused.
        """
        n_inputs = len(self.inputs)
        given = zip(columns_then_parameters, self.inputs, strict=False)
        columns = tuple(_column(values, name) for values, name in given)
        if len({column.size for column in columns}) > 1 or len(columns) < n_inputs:
            raise ValueError(f"{self.name} needs {', '.join(self.inputs)} of one length")
        return self._run(columns, self.values_of(*columns_then_parameters[n_inputs:], **named))

    def on(self, bars: Bars, **named: float) -> FloatArray:
        """Return the whole series over `bars`, which were checked when they were made."""
        columns = tuple(column_of(bars, name) for name in self.inputs)
        return self._run(columns, self.values_of(**named))

    def stream(self, *values: float, **named: float) -> "Stream":
        """Return the indicator before its first bar, to be updated bar by bar."""
        return Stream(self, self.values_of(*values, **named))

    def bars_before_first(self, *values: float, **named: float) -> int:
        """Return the number of leading bars without a value under these parameters."""
        return self.warm_up(*self.values_of(*values, **named))

    def _run(self, columns: tuple[Float1D, ...], values: tuple[float, ...]) -> FloatArray:
        out = np.empty((len(self.outputs), columns[0].size))
        self.kernel(self.start(*values), tuple(map(_read_only, columns)), out)
        return out[0] if len(self.outputs) == 1 else out


class Stream:
    """An indicator that is fed one bar at a time and remembers what it needs."""

    def __init__(self, indicator: Indicator, values: tuple[float, ...]) -> None:
        self.indicator = indicator
        self._state = indicator.start(*values)
        self._inputs = tuple(np.empty((len(indicator.inputs), 1)))
        self._columns = tuple(map(_read_only, self._inputs))
        self._out = np.empty((len(indicator.outputs), 1))

    def update(self, *bar: float) -> float | tuple[float, ...]:
        """Take the next bar's inputs in order; return its value, or a tuple if several.

        Raises
        ------
        ValueError
            If there are more or fewer values than inputs, or one is not finite.
        """
        if len(bar) != len(self.indicator.inputs):
            raise ValueError(f"{self.indicator.name} needs {', '.join(self.indicator.inputs)}")
        if not all(map(math.isfinite, bar)):
            raise ValueError(f"{self.indicator.name} refuses a value that is not finite")
        for column, value in zip(self._inputs, bar, strict=True):
            column[0] = value
        self.indicator.kernel(self._state, self._columns, self._out)
        values = tuple(self._out[:, 0].tolist())
        return values[0] if len(values) == 1 else values


def column_of(bars: Bars, name: str) -> Float1D:
    """Return a column of `bars` by name; "session" is the UTC day in which the bar closed."""
    return session_days(bars.ts_ns) if name == "session" else getattr(bars, name)


def session_days(ts_ns: npt.NDArray[np.int64]) -> Float1D:
    """Return the number of the UTC day each bar belongs to, float64[n_bars].

    Notes
    -----
    A bar is stamped by its close, so one that closes at midnight belongs to the day before.
    """
    return ((ts_ns - 1) // DAY_NS).astype(np.float64)


def _column(values: npt.ArrayLike, name: str) -> Float1D:
    column = np.ascontiguousarray(values, dtype=np.float64)
    if column.ndim != 1 or not column.size or not np.isfinite(column).all():
        raise ValueError(f"{name} must be a series of one or more finite numbers")
    return column


def _read_only(column: Float1D) -> Float1D:
    # One array type for bars (read-only) and scratch arrays: one compilation per kernel.
    view = column.view()
    view.flags.writeable = False
    return view
