"""The times of several instruments, and when a portfolio is brought back to its targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from market.engine import Bars
from market.engine.bars import Float1D, Int1D

Float2D = npt.NDArray[np.float64]
Int2D = npt.NDArray[np.int64]

EVERY = ("day", "week", "month", "quarter", "year")
THURSDAY = 3  # 1970-01-01, counted from Monday
NO_BAR = -1


@dataclass(frozen=True, eq=False)
class Calendar:
    """All times at which one of several series has a bar.

    Attributes
    ----------
    ts_ns : int64[n_times], nanoseconds UTC
    rows : int64[n_times, n_instruments]
        Number of the bar that closes then; -1 where an instrument has none.
    """

    ts_ns: Int1D
    rows: Int2D

    @classmethod
    def of(cls, bars: Sequence[Bars]) -> Self:
        """Return the merged calendar of several series."""
        first = bars[0].ts_ns
        if all(np.array_equal(b.ts_ns, first) for b in bars):
            return cls(first, np.repeat(np.arange(first.size)[:, None], len(bars), axis=1))
        ts_ns = np.unique(np.concatenate([b.ts_ns for b in bars]))
        rows = np.full((ts_ns.size, len(bars)), NO_BAR)
        for column, b in enumerate(bars):
            rows[np.searchsorted(ts_ns, b.ts_ns), column] = np.arange(len(b))
        return cls(ts_ns, rows)

    def latest(self, values: Sequence[Float1D]) -> Float2D:
        """Return each instrument's latest known value at every time; NaN before its first bar."""
        out = np.full(self.rows.shape, np.nan)
        for column, known in enumerate(values):
            row = np.maximum.accumulate(self.rows[:, column])
            out[row >= 0, column] = known[row[row >= 0]]
        return out

    def period_ends(self, every: str) -> npt.NDArray[np.bool_]:
        """Return where the latest time of each period is, except at the end of the calendar.

        Notes
        -----
        The last time of the calendar does not count: nobody knows yet that its period ends.
        """
        numbers = self._numbers(every)
        return np.append(numbers[1:] != numbers[:-1], False)

    def period_starts(self, every: str) -> npt.NDArray[np.bool_]:
        """Return where the first time of each period is, but for that of the calendar itself.

        Notes
        -----
        What a strategy can know without a look ahead: the day before may have been the last of
        its month, the first close of a month is one for sure.
        """
        numbers = self._numbers(every)
        return np.insert(numbers[1:] != numbers[:-1], 0, False)

    def _numbers(self, every: str) -> Int1D:
        """Return the number of each period; weeks begin on Monday, midnight ends the day before."""
        if every not in EVERY:
            raise ValueError(f"every must be one of {', '.join(EVERY)}, not {every!r}")
        stamps = (self.ts_ns - 1).astype("datetime64[ns]")
        if every in {"day", "week"}:
            days = stamps.astype("datetime64[D]").astype(np.int64)
            return days if every == "day" else (days + THURSDAY) // 7
        months = stamps.astype("datetime64[M]").astype(np.int64)
        length: int = {"month": 1, "quarter": 3, "year": 12}[every]
        return months // length


def fixed_targets(calendar: Calendar, weights: Sequence[float], every: str = "month") -> Float2D:
    """Return targets of a portfolio brought back to fixed weights at the end of each period.

    Parameters
    ----------
    calendar : Calendar
    weights : sequence of float[n_instruments], fraction of equity
    every : {"day", "week", "month", "quarter", "year"}

    Returns
    -------
    float64[n_times, n_instruments]
        The weights in the first row in which every instrument has had a bar and at the end of
        each period after it; NaN, which changes nothing, elsewhere.
    """
    wanted = np.asarray(weights, dtype=np.float64)
    if wanted.shape != (calendar.rows.shape[1],):
        raise ValueError(f"weights must be one for each of {calendar.rows.shape[1]} instruments")
    targets = np.full(calendar.rows.shape, np.nan)
    begun = (np.maximum.accumulate(calendar.rows, axis=0) >= 0).all(axis=1)
    if begun.any():
        targets[int(begun.argmax())] = wanted
        targets[begun & calendar.period_ends(every)] = wanted
    return targets
