"""Cash dividends: the schedule, what is certain under it, and European prices with it.

The spot-jump model: between dividends the spot is lognormal, and at each ex-dividend instant it
falls by the cash, to 0 at worst.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from greeks.engine.american_schemes import Accuracy
from greeks.engine.arrays import FloatArray, Kind, broadcast_columns, input_status
from greeks.engine.european_plain import Mask, Options, is_regular
from greeks.engine.status import Status

Dividends: TypeAlias = Sequence[tuple[float, float]] | npt.NDArray[np.float64] | None


class Schedule(NamedTuple):
    """Dividends in the order of time: float64[d] years from now, and cash per share."""

    years: FloatArray
    cash: FloatArray

    def counts_for(self, options: Options) -> Mask:
        """Tell which options live to see one of the dividends."""
        if not self.years.size:
            return np.zeros(options.years.size, dtype=np.bool_)
        first = self.years[self.years > 0.0].min(initial=np.inf)
        return options.years >= first


class Certainty(NamedTuple):
    """What an option is worth when the spot cannot but follow its forward."""

    value: FloatArray  # present value, at least 0
    delta: FloatArray
    waits: FloatArray  # years to the best exercise


def as_schedule(dividends: Dividends) -> Schedule:
    """Return the dividends in order; those of no cash are left out.

    Parameters
    ----------
    dividends : sequence of (years, cash) or None
        Years from now to the ex-dividend instant, cash >= 0 in the currency of spot. Instants in
        (0, years of the option] count, others do not matter.

    Raises
    ------
    ValueError
        If the pairs are not pairs, not finite, or a cash is negative.
    """
    pairs = np.asarray([] if dividends is None else dividends, dtype=np.float64)
    pairs = pairs.reshape(0, 2) if pairs.size == 0 else pairs
    if pairs.ndim != 2 or pairs.shape[1] != 2:  # noqa: PLR2004 -- pairs
        raise ValueError("dividends must be pairs of years and cash")
    if not np.isfinite(pairs).all() or (pairs[:, 1] < 0.0).any():
        raise ValueError("dividends must be finite, and their cash not negative")
    pairs = pairs[pairs[:, 1] > 0.0]
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    return Schedule(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]))


def certain(options: Options, schedule: Schedule, *, is_american: bool) -> Certainty:
    """Return the limit of no volatility: exercise at the best moment of the forward path.

    Notes
    -----
    Between dividends the present value of exercise, kind (S0 exp(-q t) - K exp(-r t)), turns at
    most once, where q S0 exp(-q t) = r K exp(-r t); so its best moment is an end of a stretch or
    that turn. A European option waits for expiry.
    """
    n = options.years.size
    best = Certainty(np.full(n, -np.inf), np.zeros(n), np.zeros(n))
    spot, start, is_gone = options.spot, np.zeros(n), np.zeros(n, dtype=np.bool_)
    stops = [*zip(schedule.years, schedule.cash, strict=True), (np.inf, 0.0)]
    for ex_years, cash in stops:
        end = np.minimum(ex_years, options.years)
        moments = (start, _turn(options, spot), end) if is_american else (options.years,)
        if is_american or np.isinf(ex_years):
            for moment in moments:
                best = _better(best, options, spot, np.clip(moment, start, end), is_gone)
        falls = (ex_years > 0.0) & (ex_years <= options.years)
        with np.errstate(over="ignore", invalid="ignore"):
            present_cash = cash * np.exp((options.dividend_yield - options.rate) * end)
        # the dividend as a cut in today's spot that leaves the forward path where it falls to
        left = spot - _zero_where_nan(present_cash)
        is_gone = is_gone | (falls & (left <= 0.0))
        spot = np.where(falls, np.maximum(left, 0.0), spot)
        start = np.where(falls, end, start)
    return best


def _turn(options: Options, spot: FloatArray) -> FloatArray:
    """Return where the present value of exercise turns, or 0."""
    with np.errstate(all="ignore"):
        ratio = options.dividend_yield * spot / (options.rate * options.strike)
        turn = np.log(ratio) / (options.dividend_yield - options.rate)
    return _zero_where_nan(turn)


def _zero_where_nan(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, 0.0)


def _better(
    best: Certainty, options: Options, spot: FloatArray, moment: FloatArray, is_gone: Mask
) -> Certainty:
    """Return the better of `best` and exercise at `moment`, where the spot may be gone for good."""
    growth = np.exp(-options.dividend_yield * moment)
    discount = np.exp(-options.rate * moment)
    worth = options.kind * (spot * growth - options.strike * discount)
    value = np.maximum(worth, 0.0)
    delta = np.where((worth > 0.0) & ~is_gone, options.kind * growth, 0.0)
    wins = value > best.value
    return Certainty(
        np.where(wins, value, best.value),
        np.where(wins, delta, best.delta),
        np.where(wins, moment, best.waits),
    )


def price_with_dividends(
    kind: Kind,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    dividends: Dividends,
    accuracy: Accuracy = "fast",
) -> FloatArray:
    """Return European option prices under cash dividends, in the currency of spot.

    Parameters
    ----------
    kind, spot, strike, years, rate, dividend_yield, vol
        As `greeks.engine.price`; the yield comes on top of the cash.
    dividends : sequence of (years, cash)
        As `as_schedule`.
    accuracy : "fast", "accurate" or "high"
        Size of the grid.

    Raises
    ------
    ValueError
        If a kind, the accuracy or the dividends are impossible, or the shapes do not broadcast.

    Notes
    -----
    NaN where an input is missing or impossible, and where years < 0. **Source**: Haug, Haug and
    Lewis (2003), Wilmott Magazine, for the model.
    """
    from greeks.engine.american_grid import grid_values  # noqa: PLC0415 -- numba is slow to import

    shape, columns = broadcast_columns(kind, spot, strike, years, rate, dividend_yield, vol)
    options, schedule = Options(*columns), as_schedule(dividends)
    status = input_status(*options[1:])
    usable = (status == Status.OK) | ((status == Status.EXPIRED) & (options.years == 0.0))
    value = np.full(status.size, np.nan)
    value[usable] = certain(options.rows(usable), schedule, is_american=False).value
    spread = usable & (options.years > 0.0) & is_regular(options)
    if spread.any():
        value[spread] = grid_values(
            options.rows(spread), schedule, is_american=False, accuracy=accuracy
        )[0]
    return value.reshape(shape)
