"""Net gamma exposure over spot, and the spots where it is zero."""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray, Kind
from greeks.engine.exposure.book import PERCENT, Book, make_book
from greeks.engine.exposure.early import early_gamma_at
from greeks.engine.normal import INVERSE_SQRT_2PI, SQRT_HALF

Sticky: TypeAlias = Literal["strike", "moneyness"]
Smiles: TypeAlias = list[tuple[npt.NDArray[np.intp], FloatArray, FloatArray]]

STICKY_RULES = ("strike", "moneyness")
MARGIN = 0.1
"""The search goes this fraction beyond the outermost strikes."""
N_SPOTS_LEAST, N_SPOTS_MOST = 201, 801
NEAR_PEAK = np.array([-3.0, -1.5, 0.0, 1.5, 3.0])
"""Places on a peak too narrow for the grid, in its widths from the strike."""
FADED = 1e-3
"""Where gross gamma is below this part of its peak, the book has faded: no level is there."""
CANCELLED = 1e-12
"""Net gamma below this part of the gross is rounding."""
EARLY_ROWS = 250_000
N_EARLY_LEAST, N_EARLY_MOST = 41, 101
"""Spots between which the difference of early exercise is interpolated, fewer for large books."""
EARLY_TOLERANCE = 1e-9
"""Of the spot: American gammas are exact to about 1e-6 of themselves."""
CELLS_AT_ONCE = 32_768
"""Contracts x spots worked on together: a quarter megabyte, which stays in a core's cache."""


class GammaProfile(NamedTuple):
    """`net` and `gross` dollars per 1 % move, float64[n_spots], if the underlying were at `spot`.

    `gross` is the same without dealer signs.
    """

    spot: FloatArray
    net: FloatArray
    gross: FloatArray


@np.errstate(all="ignore")  # rows out of range become NaN with a status, without a warning
def gamma_profile(  # noqa: PLR0913 -- a chain has this many columns
    kind: Kind,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    vol: npt.ArrayLike,
    open_interest: npt.ArrayLike,
    *,
    spot: float,
    rate: npt.ArrayLike = 0.0,
    dividend_yield: npt.ArrayLike = 0.0,
    multiplier: npt.ArrayLike = 100.0,
    sign_model: str | npt.ArrayLike = "calls_long_puts_short",
    sticky: Sticky = "strike",
    is_american: bool = False,
    spots: npt.ArrayLike | None = None,
) -> GammaProfile:
    """Return net gamma exposure, in dollars per 1 % move, with the underlying at each of `spots`.

    Parameters
    ----------
    kind, strike, years, vol, open_interest, spot, rate, dividend_yield, multiplier, sign_model
        As for `exposure`.
    sticky : "strike" or "moneyness"
        Whether a contract keeps its implied volatility when the spot moves, or takes that of its
        new moneyness strike / spot, linearly between the listed strikes of its kind and expiry and
        flat beyond them.
    is_american : bool
        As for `exposure`; 20 to 30 times slower, so choose the spots.
    spots : float64[n_spots], currency per share, optional
        Above 0. By default a fine grid over all strikes with open interest and 10 % beyond.

    Raises
    ------
    ValueError
        If shapes do not broadcast, a spot is not above 0, or a name is unknown.

    Notes
    -----
    Every gamma is repriced at each spot; time stands still. Contracts that do not count (see
    `exposure`) add nothing; no contract gives zeros.
    """
    columns = (strike, years, vol, open_interest, rate, dividend_yield, multiplier)
    book = _held_only(make_book(kind, columns, spot=spot, sign_model=sign_model))
    _check_sticky(sticky)
    at = _default_spots(book) if spots is None else np.asarray(spots, dtype=np.float64).reshape(-1)
    if not (np.isfinite(at) & (at > 0.0)).all():
        raise ValueError("spots must be finite and above 0")
    sums = _early_at(book, at, sticky) if is_american else _gamma_at(book, at, sticky)
    return GammaProfile(at, *sums)


@np.errstate(all="ignore")
def zero_gamma(  # noqa: PLR0913 -- a chain has this many columns
    kind: Kind,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    vol: npt.ArrayLike,
    open_interest: npt.ArrayLike,
    *,
    spot: float,
    rate: npt.ArrayLike = 0.0,
    dividend_yield: npt.ArrayLike = 0.0,
    multiplier: npt.ArrayLike = 100.0,
    sign_model: str | npt.ArrayLike = "calls_long_puts_short",
    sticky: Sticky = "strike",
    is_american: bool = False,
) -> FloatArray:
    """Return every spot where net gamma exposure is zero, ascending: float64[n_roots].

    Parameters
    ----------
    kind, strike, years, vol, open_interest, spot, rate, dividend_yield, multiplier, sign_model
        As for `exposure`.
    sticky : "strike" or "moneyness"
        As for `gamma_profile`.
    is_american : bool
        As for `exposure`.

    Raises
    ------
    ValueError
        If shapes do not broadcast, or a kind, the sign model or `sticky` is unknown.

    Notes
    -----
    Searched from 10 % below the lowest to 10 % above the highest strike with open interest (and
    the spot), in steps of half the narrowest gamma peak, or on each peak that is too narrow for
    800 steps; each change of sign is solved to 1e-12 of the spot. Crossings where gross gamma has
    faded below 1e-3 of its peak are no levels. No root, no open interest and one-sided sign models
    give an empty array. With American gammas the search follows the European sum plus its
    difference to the American one, interpolated between 41 to 101 spots, and each root is solved
    itself; a pair of roots closer than those spots, as far puts reach exercise, can go unseen.
    """
    columns = (strike, years, vol, open_interest, rate, dividend_yield, multiplier)
    book = _held_only(make_book(kind, columns, spot=spot, sign_model=sign_model))
    _check_sticky(sticky)
    at = _default_spots(book)
    net, gross = _gamma_at(book, at, sticky)
    if is_american:
        net, gross = _early_estimate(book, at, sticky, (net, gross))
    is_alive = gross > FADED * gross.max(initial=0.0)
    net = np.where(is_alive, _without_cancelled(net, gross), np.nan)
    roots = _early_roots if is_american else _roots
    return np.sort(np.concatenate([roots(book, at, net, sticky), at[net == 0.0]]))


def _without_cancelled(net: FloatArray, gross: FloatArray) -> FloatArray:
    """Return `net` with its rounding removed: 0 at a lone spot, NaN where neighbours cancel, too.

    Calls and puts held alike cancel everywhere; what rounding leaves has signs, but no meaning.
    """
    flat = np.abs(net) <= CANCELLED * gross
    beside = np.zeros_like(flat)
    beside[1:] |= flat[:-1]
    beside[:-1] |= flat[1:]
    return np.where(flat, np.where(beside, np.nan, 0.0), net)


def nearest_root(roots: FloatArray, spot: float) -> float:
    """Return the root nearest to `spot`, NaN if there is none: the flip a page shows first."""
    if not roots.size:
        return np.nan
    return float(roots[np.abs(roots - spot).argmin()])


def _check_sticky(sticky: str) -> None:
    if sticky not in STICKY_RULES:
        raise ValueError("sticky must be 'strike' or 'moneyness'")


def _held_only(book: Book) -> Book:
    """Drop contracts without an exposure; they would only cost time."""
    is_held = book.held != 0.0
    columns = {name: getattr(book, name)[is_held] for name in Book._fields[:-1]}
    return Book(**columns, spot=book.spot)


def _default_spots(book: Book) -> FloatArray:
    """Return a grid, even in logarithm, too fine for a gamma peak to slip through."""
    if not book.held.size:
        return np.full(1, book.spot) if book.spot > 0.0 else np.ones(1)
    lowest = min(book.strike.min(), book.spot) * (1.0 - MARGIN)
    highest = max(book.strike.max(), book.spot) * (1.0 + MARGIN)
    widths = book.vol * np.sqrt(book.years)
    n_wanted = np.log(highest / lowest) / (0.5 * widths.min())
    n_spots = int(np.clip(n_wanted, N_SPOTS_LEAST, N_SPOTS_MOST))
    grid = np.geomspace(lowest, highest, n_spots)
    is_narrow = widths < 1.9 * np.log(highest / lowest) / n_spots
    peaks = np.unique(np.stack([book.strike[is_narrow], widths[is_narrow]]), axis=1)
    near = peaks[0] * np.exp(np.multiply.outer(NEAR_PEAK, peaks[1]))
    return np.unique(np.concatenate([grid, near.reshape(-1)]))


def _roots(book: Book, at: FloatArray, net: FloatArray, sticky: Sticky) -> FloatArray:
    """Solve each change of sign between neighbours of the grid `at`, all at once."""
    left = np.flatnonzero(net[:-1] * net[1:] < 0.0)
    if not left.size:
        return np.zeros(0)
    from scipy.optimize.elementwise import find_root  # noqa: PLC0415 -- slow import (0.3 s)

    tolerances = {"xatol": 1e-12 * book.spot, "xrtol": 1e-14, "fatol": 0.0, "frtol": 0.0}
    found = find_root(
        lambda spots: _gamma_at(book, spots, sticky)[0],
        (at[left], at[left + 1]),
        tolerances=tolerances,
    )
    return np.asarray(found.x, dtype=np.float64)


def _early_estimate(
    book: Book, at: FloatArray, sticky: Sticky, european: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return net and gross with the difference that early exercise makes, from fewer spots."""
    n_few = int(np.clip(EARLY_ROWS // max(book.held.size, 1), N_EARLY_LEAST, N_EARLY_MOST))
    few = at if at.size <= n_few else np.geomspace(at[0], at[-1], n_few)
    known, early = _gamma_at(book, few, sticky), _early_at(book, few, sticky)
    net, gross = (
        whole + np.interp(at, few, late - plain)
        for whole, late, plain in zip(european, early, known, strict=True)
    )
    return net, gross


def _early_roots(book: Book, at: FloatArray, net: FloatArray, sticky: Sticky) -> FloatArray:
    """Solve each change of sign of an estimate, a step of the grid wider to either side."""
    left = np.flatnonzero(net[:-1] * net[1:] < 0.0)
    if not left.size:
        return np.zeros(0)
    from scipy.optimize.elementwise import find_root  # noqa: PLC0415 -- slow import (0.3 s)

    low, high = at[np.maximum(left - 1, 0)], at[np.minimum(left + 2, at.size - 1)]
    found = find_root(
        lambda spots: _early_at(book, spots, sticky)[0],
        (low, high),
        tolerances={"xatol": EARLY_TOLERANCE * book.spot, "fatol": 0.0, "frtol": 0.0},
    )
    return np.unique(np.asarray(found.x, dtype=np.float64)[found.success])


def _early_at(book: Book, spots: FloatArray, sticky: Sticky) -> tuple[FloatArray, FloatArray]:
    """Return net and gross dollars per 1 % move at each spot, by American gammas."""
    flat = np.ascontiguousarray(spots.reshape(-1))
    vols = None if sticky == "strike" else _moved_vols(book, _smiles(book), flat)
    net, gross = early_gamma_at(book, flat, vols)
    return net.reshape(spots.shape), gross.reshape(spots.shape)


def _gamma_at(book: Book, spots: FloatArray, sticky: Sticky) -> tuple[FloatArray, FloatArray]:
    """Return net and gross dollars per 1 % move at each spot."""
    flat = np.ascontiguousarray(spots.reshape(-1))
    sums = np.empty((flat.size, 2))
    n_together = max(1, CELLS_AT_ONCE // max(1, book.held.size))
    sum_at = _sums_sticky_strike(book) if sticky == "strike" else _sums_sticky_moneyness(book)
    for start in range(0, flat.size, n_together):
        piece = slice(start, start + n_together)
        sums[piece] = sum_at(flat[piece])
    sums *= flat[:, None]
    return sums[:, 0].reshape(spots.shape), sums[:, 1].reshape(spots.shape)


def _sums_sticky_strike(book: Book) -> Callable[[FloatArray], FloatArray]:
    """Return the function from spots to net and gross gamma x S / 100, each volatility fixed."""
    spread = book.vol * np.sqrt(book.years)
    slope = SQRT_HALF / spread
    centre = slope * ((book.rate - book.dividend_yield) * book.years - np.log(book.strike))
    centre += SQRT_HALF * 0.5 * spread
    weights = _weights(book)[:, None] * np.stack([book.held, np.abs(book.held)], axis=1)
    weights /= spread[:, None]

    def sums(spots: FloatArray) -> FloatArray:
        z = np.multiply.outer(np.log(spots), slope)
        z += centre
        return _bell(z) @ weights

    return sums


def _sums_sticky_moneyness(book: Book) -> Callable[[FloatArray], FloatArray]:
    """Return the function from spots to net and gross gamma x S / 100 on a moving smile."""
    drift = (book.rate - book.dividend_yield) * book.years - np.log(book.strike)
    weights = _weights(book)[:, None] * np.stack([book.held, np.abs(book.held)], axis=1)
    smiles = _smiles(book)

    def sums(spots: FloatArray) -> FloatArray:
        spread = _moved_vols(book, smiles, spots)
        spread *= np.sqrt(book.years)
        z = (np.log(spots)[:, None] + drift) / spread + 0.5 * spread
        z *= SQRT_HALF
        return (_bell(z) / spread) @ weights

    return sums


def _moved_vols(book: Book, smiles: Smiles, spots: FloatArray) -> FloatArray:
    """Return the volatility of each contract's new moneyness: float64[n_spots, n_contracts]."""
    moved = np.empty((spots.size, book.vol.size))
    for members, strikes, vols in smiles:
        at = np.multiply.outer(book.spot / spots, book.strike[members])
        moved[:, members] = np.interp(at, strikes, vols)
    return moved


def _weights(book: Book) -> FloatArray:
    return PERCENT * INVERSE_SQRT_2PI * np.exp(-book.dividend_yield * book.years)


def _bell(z: FloatArray) -> FloatArray:
    """Return exp(-z^2), in place."""
    z *= z
    np.negative(z, out=z)
    return np.exp(z, out=z)


def _smiles(book: Book) -> Smiles:
    """Return, for each expiry and kind, its contracts, strikes and volatilities."""
    if not book.held.size:
        return []
    order = np.lexsort((book.strike, book.kind, book.years))
    years, kind = book.years[order], book.kind[order]
    starts = np.flatnonzero((np.diff(years) != 0.0) | (np.diff(kind) != 0.0)) + 1
    smiles = []
    for members in np.split(order, starts):
        strikes, first = np.unique(book.strike[members], return_index=True)
        smiles.append((members, strikes, book.vol[members][first]))
    return smiles
