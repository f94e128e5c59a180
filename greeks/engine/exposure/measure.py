"""Dealer exposure of a chain: gamma, delta, vanna and charm in dollars, its tables and levels."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray, Kind, StatusArray
from greeks.engine.exposure.book import (
    PERCENT,
    SIGN_MODEL_WORDS,
    Book,
    Sensitivities,
    make_book,
)
from greeks.engine.exposure.book import sensitivities as sensitivities_of
from greeks.engine.exposure.early import early_sensitivities
from greeks.engine.exposure.tables import (
    Dollars,
    ExpiryTable,
    Grid,
    StrikeTable,
    expiry_table,
    grid_of,
    strike_table,
)
from greeks.engine.status import Status
from greeks.engine.units import DAYS_PER_YEAR


class ExposureRows(NamedTuple):
    """Exposure of each contract: float64[n_contracts], NaN where `status` is not `OK`."""

    sign: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vanna: FloatArray
    charm: FloatArray
    gex_shares_per_1usd: FloatArray
    gex_usd_per_1usd: FloatArray
    gex_usd_per_1pct: FloatArray
    dex_usd: FloatArray
    holder_dex_usd: FloatArray
    vex_usd_per_1volpt: FloatArray
    chex_usd_per_day: FloatArray
    status: StatusArray


class ExposureTotals(NamedTuple):
    """Sums over the contracts that count; NaN if none does."""

    gex_shares_per_1usd: float
    gex_usd_per_1usd: float
    gex_usd_per_1pct: float
    dex_usd: float
    holder_dex_usd: float
    vex_usd_per_1volpt: float
    chex_usd_per_day: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """What dealers, if the sign model is right, hold in a chain.

    Units: `gex_usd_per_1pct` dollars of the underlying to trade per 1 % move (a positive figure
    means dealers sell into a rally), `gex_usd_per_1usd` and `gex_shares_per_1usd` the same per one
    point of the underlying, `dex_usd` dollars of delta, `vex_usd_per_1volpt` dollars of delta per
    volatility point, `chex_usd_per_day` dollars of delta per calendar day that passes.
    `holder_dex_usd` is the delta of those who own the options, without a dealer sign.
    `call_wall` and `put_wall` are the strikes with the most gamma exposure in calls and in puts;
    `oi_call_wall` and `oi_put_wall` those with the most open interest: another thing.
    A level nobody's contracts make is NaN.
    """

    rows: ExposureRows
    totals: ExposureTotals
    call_gex: float
    put_gex: float
    by_strike: StrikeTable
    by_expiry_days: ExpiryTable
    call_wall: float
    put_wall: float
    absolute_gamma_strike: float
    oi_call_wall: float
    oi_put_wall: float
    n_used: int
    assumption: str
    book: Book

    @property
    def by_strike_and_expiry(self) -> Grid:
        """Net dollars per 1 % move for each strike and expiry.

        Raises
        ------
        ValueError
            If the table would have more than a million cells: then it is no chain.
        """
        return grid_of(self.book, self.rows.gex_usd_per_1pct)

    @property
    def gex_shares_per_1usd(self) -> float:
        """Shares to trade per point of the underlying."""
        return self.totals.gex_shares_per_1usd

    @property
    def gex_usd_per_1usd(self) -> float:
        """Dollars to trade per point of the underlying."""
        return self.totals.gex_usd_per_1usd

    @property
    def gex_usd_per_1pct(self) -> float:
        """Dollars to trade per 1 % move of the underlying."""
        return self.totals.gex_usd_per_1pct

    @property
    def dex_usd(self) -> float:
        """Dollars of delta held."""
        return self.totals.dex_usd

    @property
    def holder_dex_usd(self) -> float:
        """Dollars of delta of the options' owners."""
        return self.totals.holder_dex_usd

    @property
    def vex_usd_per_1volpt(self) -> float:
        """Dollars of delta per volatility point."""
        return self.totals.vex_usd_per_1volpt

    @property
    def chex_usd_per_day(self) -> float:
        """Dollars of delta per calendar day."""
        return self.totals.chex_usd_per_day


@np.errstate(all="ignore")  # rows out of range become NaN with a status, without a warning
def exposure(  # noqa: PLR0913 -- a chain has this many columns
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
    is_american: bool = False,
) -> Exposure:
    """Return dealer gamma, delta, vanna and charm exposure of a chain in dollars.

    Parameters
    ----------
    kind : int8[n_contracts] or str
        +1 or "call", -1 or "put".
    strike : float64[n_contracts], currency per share
        Above 0.
    years : float64[n_contracts], years
        Time to expiry; contracts without any left do not count.
    vol : float64[n_contracts], per year
        Implied volatility of each contract, above 0.
    open_interest : float64[n_contracts], contracts
        0 or more.
    spot : float, currency per share
        Above 0.
    rate, dividend_yield : float64[n_contracts] or float, per year
        Continuously compounded, of either sign.
    multiplier : float64[n_contracts] or float, shares per contract
        Above 0.
    sign_model : str or float64[n_contracts]
        A name of `DEALER_SIGNS`, or one's own signs in [-1, 1].
    is_american : bool
        Whether the options may be exercised early: then so are the Greeks.

    Raises
    ------
    ValueError
        If shapes do not broadcast, or a kind or the sign model is unknown.

    Notes
    -----
    A contract with a NaN or impossible input is NaN in `rows`, has a status, and adds nothing.
    With w = sign x open interest x multiplier: GEX per 1 % is w gamma S^2 / 100, DEX w delta S,
    VEX w vanna S / 100, CHEX w charm S / 365. Dealers hedge with minus the change of their delta.
    Source: Barbon & Buraschi (2021), Gamma Fragility (dollar gamma of dealers per 1 % move).
    """
    columns = (strike, years, vol, open_interest, rate, dividend_yield, multiplier)
    book = make_book(kind, columns, spot=spot, sign_model=sign_model)
    rows = _rows(book, early_sensitivities(book) if is_american else sensitivities_of(book))
    measures = (
        rows.gex_usd_per_1pct, rows.dex_usd, rows.vex_usd_per_1volpt, rows.chex_usd_per_day,
    )  # fmt: skip
    dollars = Dollars(*(np.where(book.status == Status.OK, one, 0.0) for one in measures))
    gex, by_strike = dollars.gex, strike_table(book, dollars)
    is_call = book.kind > 0.0
    n_used = int(np.count_nonzero(book.status == Status.OK))
    return Exposure(
        rows=rows,
        totals=_totals(rows, n_used=n_used),
        call_gex=float(gex[is_call].sum()),
        put_gex=float(gex[~is_call].sum()),
        by_strike=by_strike,
        by_expiry_days=expiry_table(book, dollars),
        call_wall=_wall(by_strike.strike, np.abs(by_strike.call)),
        put_wall=_wall(by_strike.strike, np.abs(by_strike.put)),
        absolute_gamma_strike=_wall(by_strike.strike, by_strike.abs),
        oi_call_wall=_wall(by_strike.strike, by_strike.call_open_interest),
        oi_put_wall=_wall(by_strike.strike, by_strike.put_open_interest),
        n_used=n_used,
        assumption=_assumption(sign_model),
        book=book,
    )


def _rows(book: Book, greek: Sensitivities) -> ExposureRows:
    spot = book.spot
    columns: tuple[FloatArray, ...] = (
        book.sign,
        greek.delta,
        greek.gamma,
        greek.vanna,
        greek.charm,
        book.held * greek.gamma,
        book.held * greek.gamma * spot,
        book.held * greek.gamma * spot * spot * PERCENT,
        book.held * greek.delta * spot,
        book.open_interest * book.multiplier * greek.delta * spot,
        book.held * greek.vanna * spot * PERCENT,
        book.held * greek.charm * spot / DAYS_PER_YEAR,
    )
    is_used = book.status == Status.OK
    shown = (np.where(is_used, column, np.nan) for column in columns)
    return ExposureRows._make((*shown, book.status))


def _totals(rows: ExposureRows, *, n_used: int) -> ExposureTotals:
    if not n_used:
        return ExposureTotals(*(np.nan for _ in ExposureTotals._fields))
    return ExposureTotals(*(float(np.nansum(getattr(rows, n))) for n in ExposureTotals._fields))


def _wall(strikes: FloatArray, size: FloatArray) -> float:
    """Return the strike of the largest `size`; NaN if nothing has any."""
    if not size.size or size.max() <= 0.0:
        return np.nan
    return float(strikes[size.argmax()])


def _assumption(sign_model: str | npt.ArrayLike) -> str:
    if isinstance(sign_model, str):
        return SIGN_MODEL_WORDS[sign_model]
    return "Dealer signs were given contract by contract."
