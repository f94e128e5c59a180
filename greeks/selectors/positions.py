"""A named strategy set on a chain: its legs, outcome, Greeks, curves and matrix."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from greeks.engine.arrays import FloatArray
from greeks.engine.positions import (
    CATALOGUE,
    Legs,
    Outcome,
    PlacedLegs,
    PositionGreeks,
    StrategyPlan,
    make_legs,
    outcome,
    place_strategy,
    position_greeks,
    profit,
    profit_at_first_expiry,
    profit_matrix,
)
from greeks.engine.units import DAYS_PER_YEAR, POINTS
from greeks.selectors.batches import with_nulls
from greeks.selectors.chains import ChainView, chain_view, main_expiry, nearest_monthly, number
from greeks.selectors.sources import OptionSource
from market.vendors.options import OptionChain, UnknownExpiration
from pulse.common.errors import DomainError

DEFAULT_STRATEGY = "iron-condor"
LARGEST_WIDTH = 20
N_CURVE_SPOTS = 161
CURVE_DEVIATIONS = 3.0
MATRIX_DEVIATIONS = 2.0
N_MATRIX_SPOTS, N_MATRIX_DAYS = 9, 6


class UnknownStrategyName(DomainError):
    """The catalogue has no strategy of this name."""

    default_code = "unknown_strategy"
    http_status = 422


class NotListed(DomainError):
    """The chain has no strikes or expiries for the legs."""

    default_code = "not_listed"
    http_status = 422


@dataclass(frozen=True, slots=True)
class PositionView:
    """A strategy on the listed strikes, bought at the ask and sold at the bid.

    `rows` describe the legs for the page; `vol` is that at the money of the first expiry, per
    year, and `years` the time to it.
    """

    source: ChainView
    plan: StrategyPlan
    expiration: date
    legs: Legs
    rows: list[dict[str, Any]]
    result: Outcome
    greeks: PositionGreeks
    rate: float
    dividend_yield: float
    vol: float
    years: float

    @property
    def rates(self) -> dict[str, float]:
        """Rate and yield of the first expiry, as the engine takes them."""
        return {"rate": self.rate, "dividend_yield": self.dividend_yield}


def position_view(
    origin: OptionSource | str,
    *,
    now: datetime,
    strategy: str = DEFAULT_STRATEGY,
    expiration: date | None = None,
    width: int = 2,
) -> PositionView:
    """Return a named strategy around the money of a chain.

    Parameters
    ----------
    origin : OptionSource or str
        As `option_source` says; a mere symbol is simulated.
    expiration : date, optional
        The first expiry; three weeks away when not said.
    width : int, from 1 to 20
        Listed strikes in one step of the strategy.

    Raises
    ------
    NoOptions, UnknownExpiration
        As `chain_view`.
    UnknownStrategyName, NotListed
        If the strategy, or a strike or expiry that it needs, is not there.
    """
    if strategy not in CATALOGUE:
        raise UnknownStrategyName({"strategy": f"There is no strategy called {strategy}."})
    source = chain_view(origin, None, now=now)
    chain = source.chain
    first = expiration or nearest_monthly(chain.expirations, chain.as_of.date())
    if first not in chain.expirations:
        raise UnknownExpiration({"expiration": f"No option on {chain.symbol} expires on {first}."})
    place = chain.expirations.index(first)
    placed = _placed(CATALOGUE[strategy], chain, place, width)
    places = _contracts(chain, placed, place)
    legs = _legs(source, placed, places)
    i = main_expiry(source, first)
    forwards = source.analysis.forwards
    rate, dividend_yield = float(forwards.rate[i]), float(forwards.dividend_yield[i])
    vol, years = float(source.analysis.atm_vol[i]), float(forwards.years[i])
    rates = {"rate": rate, "dividend_yield": dividend_yield}
    return PositionView(
        source=source,
        plan=CATALOGUE[strategy],
        expiration=first,
        legs=legs,
        rows=_rows(chain, placed, place, legs),
        result=outcome(legs, spot=chain.spot, vol=vol, **rates),
        greeks=position_greeks(legs, spot=chain.spot, **rates),
        rate=rate,
        dividend_yield=dividend_yield,
        vol=vol,
        years=years,
    )


def _placed(plan: StrategyPlan, chain: OptionChain, place: int, width: int) -> PlacedLegs:
    last = place + max(leg.expiry for leg in plan.legs)
    strikes = [
        np.unique(chain.strike[chain.expiry == one])
        for one in range(place, min(last + 1, len(chain.expirations)))
    ]
    if not 1 <= width <= LARGEST_WIDTH:
        raise NotListed({"width": f"The width is from 1 to {LARGEST_WIDTH} strikes."})
    try:
        return place_strategy(plan, spot=chain.spot, strikes=strikes, width=width)
    except ValueError as error:
        raise NotListed({"width": f"{plan.name}: {error}."}) from error


def _contracts(chain: OptionChain, placed: PlacedLegs, place: int) -> list[int | None]:
    """Return the row of each leg in the chain; None for stock."""
    rows: list[int | None] = []
    for kind, strike, expiry in zip(placed.kind, placed.strike, placed.expiry, strict=True):
        if kind == "stock":
            rows.append(None)
            continue
        is_it = (chain.expiry == place + expiry) & (chain.strike == strike)
        is_it &= chain.kind == (1.0 if kind == "call" else -1.0)
        rows.append(int(np.flatnonzero(is_it)[0]))
    return rows


def _legs(source: ChainView, placed: PlacedLegs, rows: list[int | None]) -> Legs:
    chain = source.chain

    def column(values: FloatArray, of_stock: float) -> list[float]:
        return [of_stock if row is None else float(values[row]) for row in rows]

    paid = np.where(
        placed.quantity > 0, column(chain.ask, chain.spot), column(chain.bid, chain.spot)
    )
    return make_legs(
        placed.kind,
        np.nan_to_num(placed.strike),
        column(source.years, 0.0),
        column(source.analysis.vol, 0.0),
        quantity=placed.quantity,
        premium=paid,
        multiplier=chain.multiplier,
    )


def _rows(chain: OptionChain, placed: PlacedLegs, place: int, legs: Legs) -> list[dict[str, Any]]:
    return [
        {
            "quantity": float(placed.quantity[i]),
            "kind": str(placed.kind[i]),
            "strike": number(placed.strike[i]),
            "expiration": None
            if placed.kind[i] == "stock"
            else chain.expirations[place + placed.expiry[i]],
            "premium": float(legs.premium[i]),
            "vol": None if legs.is_stock[i] else number(legs.vol[i]),
            "cost": float(legs.shares[i] * legs.premium[i]),
        }
        for i in range(legs.kind.size)
    ]


def payoff_chart(view: PositionView) -> dict[str, Any]:
    """Return profit against the underlying: now, halfway to the first expiry, and at it."""
    strikes = view.legs.strike[~view.legs.is_stock]  # the corners of the line
    spots = np.union1d(_spots(view, CURVE_DEVIATIONS, N_CURVE_SPOTS), strikes)
    half = 0.5 * view.years * DAYS_PER_YEAR
    curves = {
        "At first expiry": profit_at_first_expiry(view.legs, spots, **view.rates),
        "Halfway": profit(view.legs, spots, days=half, **view.rates),
        "Now": profit(view.legs, spots, **view.rates),
    }
    roots = [x for x in view.result.break_evens.tolist() if spots[0] < x < spots[-1]]
    return {
        "x": spots.tolist(),
        "x_format": "price",
        "series": [{"name": name, "values": with_nulls(ys)} for name, ys in curves.items()],
        "marks": [{"x": view.source.chain.spot, "text": "spot"}, *({"x": x} for x in roots)],
        "lines": [{"y": 0}],
    }


def matrix_chart(view: PositionView, *, vol_points: float = 0.0) -> dict[str, Any]:
    """Return profit by day and spot, with volatility `vol_points` higher."""
    spots = _spots(view, MATRIX_DEVIATIONS, N_MATRIX_SPOTS)
    days = np.linspace(0.0, view.years * DAYS_PER_YEAR, N_MATRIX_DAYS)
    cells = profit_matrix(view.legs, spots, [vol_points / POINTS], days, **view.rates)[:, 0]
    return {
        "rows": [f"{day:.1f} days" for day in days],
        "columns": [f"{spot:.2f}" for spot in spots],
        "values": [with_nulls(row) for row in cells],
        "places": 0,
    }


def _spots(view: PositionView, deviations: float, n_spots: int) -> FloatArray:
    """Return spots around the money, as far as every strike of the position."""
    spot = view.source.chain.spot
    strikes = view.legs.strike[~view.legs.is_stock]
    reach = float(np.exp(deviations * view.vol * np.sqrt(view.years)))
    low = min(spot / reach, 0.98 * float(strikes.min(initial=spot)))
    high = max(spot * reach, 1.02 * float(strikes.max(initial=spot)))
    return np.linspace(low, high, n_spots)
