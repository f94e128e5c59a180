"""Implied volatilities of a chain, and the smile taken from its out-of-the-money side."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray, StatusArray
from greeks.engine.chain.parity import Forwards
from greeks.engine.chain.quotes import Quotes
from greeks.engine.iv import implied_vol
from greeks.engine.status import Status


class Terms(NamedTuple):
    """Forward, rate and yield of each contract's expiry: float64[n_contracts]."""

    forward: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray


class ContractVols(NamedTuple):
    """Implied volatility of each contract's own bid, mid and ask, per year; `status` of the mid."""

    bid: FloatArray
    mid: FloatArray
    ask: FloatArray
    status: StatusArray


class Smile(NamedTuple):
    """One volatility per strike and expiry, ascending by both; float64[n_points].

    `kind` (+1 or -1) is the side it came from; `log_moneyness` is ln(strike / forward).
    `vol_bid` and `vol_ask` are NaN where that side of the quote has no volatility.
    """

    years: FloatArray
    strike: FloatArray
    forward: FloatArray
    log_moneyness: FloatArray
    vol: FloatArray
    vol_bid: FloatArray
    vol_ask: FloatArray
    kind: FloatArray


def terms_of(quotes: Quotes, forwards: Forwards) -> Terms:
    """Return each contract's forward, rate and yield; NaN for expiries without one."""
    known = forwards.years.size
    place = np.searchsorted(forwards.years, quotes.years)
    found = place < known
    place = np.where(found, place, 0)
    if not known:
        return Terms(*(np.full(quotes.years.size, np.nan) for _ in Terms._fields))
    found &= forwards.years[place] == quotes.years
    columns = (forwards.forward, forwards.rate, forwards.dividend_yield)
    return Terms(*(np.where(found, column[place], np.nan) for column in columns))


def contract_vols(quotes: Quotes, terms: Terms, usable: npt.NDArray[np.bool_]) -> ContractVols:
    """Return the implied volatilities of usable quotes on the forward of their expiry (Black-76).

    Notes
    -----
    Rows that are not usable are NaN; their status says why if their numbers do, else `BAD_INPUT`.
    """
    prices = np.stack([quotes.bid, quotes.mid, quotes.ask])
    found = implied_vol(
        quotes.kind, prices, terms.forward, quotes.strike, quotes.years, terms.rate, terms.rate
    )
    vols = np.where(usable, found.vol, np.nan)
    status = found.status[1].copy()
    status[~usable & (status == Status.OK)] = Status.BAD_INPUT
    return ContractVols(vols[0], vols[1], vols[2], status)


def smile_of(quotes: Quotes, terms: Terms, vols: ContractVols) -> Smile:
    """Return one volatility per strike and expiry, from the option that is out of the money.

    Notes
    -----
    The put below the forward and the call from it upwards; the other side only where that one has
    no volatility and this one's bid has. In-the-money quotes are mostly intrinsic value: with a
    bid that is nothing else, the volatility of the mid is half the spread and no more.
    """
    is_out = (quotes.kind > 0.0) == (quotes.strike >= terms.forward)
    known = np.flatnonzero(np.isfinite(vols.mid) & (is_out | np.isfinite(vols.bid)))
    order = known[np.lexsort((~is_out[known], quotes.strike[known], quotes.years[known]))]
    is_first = np.ones(order.size, dtype=np.bool_)
    is_first[1:] = (np.diff(quotes.strike[order]) != 0.0) | (np.diff(quotes.years[order]) != 0.0)
    rows = order[is_first]
    return Smile(
        years=quotes.years[rows],
        strike=quotes.strike[rows],
        forward=terms.forward[rows],
        log_moneyness=np.log(quotes.strike[rows] / terms.forward[rows]),
        vol=vols.mid[rows],
        vol_bid=vols.bid[rows],
        vol_ask=vols.ask[rows],
        kind=quotes.kind[rows],
    )


def smile_vol_of_contracts(quotes: Quotes, smile: Smile) -> FloatArray:
    """Return the smile's volatility at each contract: float64[n_contracts], NaN where none is.

    Notes
    -----
    Call and put of a strike get one volatility, so their Greeks agree with parity.
    """
    vol = np.full(quotes.strike.size, np.nan)
    if not smile.vol.size:
        return vol
    keys = smile.years + 1j * smile.strike
    wanted = quotes.years + 1j * quotes.strike
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    found = keys[place] == wanted
    vol[found] = smile.vol[place[found]]
    return vol


def atm_vols(smile: Smile, years: FloatArray) -> FloatArray:
    """Return the volatility at the forward of each expiry: float64[n_expiries], NaN without one.

    Notes
    -----
    Total variance is interpolated linearly in log-moneyness between the two nearest strikes; with
    strikes on one side only, the nearest.
    """
    result = np.full(years.size, np.nan)
    starts = np.searchsorted(smile.years, years, side="left")
    stops = np.searchsorted(smile.years, years, side="right")
    for i, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        if start < stop:
            points = slice(start, stop)
            variance = np.interp(0.0, smile.log_moneyness[points], smile.vol[points] ** 2)
            result[i] = np.sqrt(variance)
    return result
