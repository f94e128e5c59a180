"""Sensitivities of options that may be exercised early, for a book of dealers."""

import numpy as np

from greeks.engine.american_solver import Solution, solve
from greeks.engine.arrays import FloatArray
from greeks.engine.dividends import as_schedule
from greeks.engine.european_plain import Options
from greeks.engine.exposure.book import PERCENT, Book, Sensitivities

BUMP = 1e-3
"""Share of the volatility, and of the time left, that the central differences step."""
ROWS_AT_ONCE = 131_072
"""Contracts x spots solved together."""


@np.errstate(all="ignore")  # rows that cannot count hold harmless numbers
def early_sensitivities(book: Book) -> Sensitivities:
    """Return American delta, gamma, vanna and charm of each contract at the book's spot.

    Notes
    -----
    Delta and gamma come from the price integral; vanna and charm are central differences of delta
    and 0 where the option is better exercised now.
    """
    options = _options(book, np.full(book.strike.size, book.spot), book.vol)
    held = _solved(options)
    vol, years = BUMP * book.vol, BUMP * book.years
    vanna = _slope(options, "vol", vol)
    charm = -_slope(options, "years", years)
    waits = ~held.is_exercised
    return Sensitivities(held.delta, held.gamma, vanna * waits, charm * waits)


@np.errstate(all="ignore")
def early_gamma_at(
    book: Book, spots: FloatArray, vols: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return net and gross dollars per 1 % move at each spot, by American gammas: float64[n_spots].

    Parameters
    ----------
    vols : float64[n_spots, n_contracts], per year, or None
        Volatilities at each spot; None: those of the book.
    """
    n_contracts = book.held.size
    sums = np.zeros((2, spots.size))
    together = max(1, ROWS_AT_ONCE // max(1, n_contracts))
    for start in range(0, spots.size if n_contracts else 0, together):
        piece = slice(start, start + together)
        n_spots = spots[piece].size
        vol = np.tile(book.vol, n_spots) if vols is None else vols[piece].reshape(-1)
        rows = Options(
            *(np.tile(column, n_spots) for column in _options(book, book.strike, book.vol))
        )
        rows = rows._replace(spot=np.repeat(spots[piece], n_contracts), vol=vol)
        gamma = _solved(rows).gamma
        gamma = np.nan_to_num(gamma).reshape(n_spots, n_contracts)
        sums[:, piece] = gamma @ book.held, gamma @ np.abs(book.held)
    net, gross = sums * PERCENT * spots * spots
    return net, gross


def _options(book: Book, spot: FloatArray, vol: FloatArray) -> Options:
    return Options(book.kind, spot, book.strike, book.years, book.rate, book.dividend_yield, vol)


def _solved(options: Options, frame: Options | None = None) -> Solution:
    return solve(options, as_schedule(None), "fast", frame=frame)


def _slope(options: Options, field: str, step: FloatArray) -> FloatArray:
    """Return the change of delta in one input, by a difference that keeps each row's route."""
    centre: FloatArray = getattr(options, field)
    high, low = (
        _solved(options._replace(**{field: column}), frame=options).delta
        for column in (centre + step, centre - step)
    )
    return (high - low) / (2.0 * step)
