"""Positions on a chain, named or built by hand: outcome, odds, Greeks, curves and tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from greeks.engine.arrays import FloatArray
from greeks.engine.chain import Smile, probability_above, probability_of_touch
from greeks.engine.positions import (
    CATALOGUE,
    Legs,
    Odds,
    Outcome,
    PlacedLegs,
    PositionGreeks,
    StrategyPlan,
    lognormal_odds,
    outcome,
    place_strategy,
    position_greeks,
    profit,
    profit_at_first_expiry,
    profit_matrix,
    smile_odds,
)
from greeks.engine.surface import Svi, fit_surface
from greeks.engine.units import DAYS_PER_YEAR, POINTS
from greeks.selectors.batches import with_nulls
from greeks.selectors.chains import (
    EUROPEAN,
    ChainView,
    chain_view,
    main_expiry,
    nearest_monthly,
)
from greeks.selectors.legs import LegTerms, legs_on_chain, terms_of_placed
from greeks.selectors.sources import OptionSource
from market.vendors.options import OptionChain, UnknownExpiration
from pulse.common.errors import DomainError
from pulse.common.numbers import finite_or_none

DEFAULT_STRATEGY = "iron-condor"
LARGEST_WIDTH = 20
N_CURVE_SPOTS = 161
CURVE_DEVIATIONS = 3.0
MATRIX_DEVIATIONS = 2.0
REACH_WITHOUT_VOL = 1.25
N_MATRIX_SPOTS, N_MATRIX_DAYS = 9, 6
VOL_SHIFTS = (-20.0, -10.0, -5.0, 0.0, 5.0, 10.0, 20.0)
LARGEST_VOL_SHIFT = 50.0
MINUS = "\N{MINUS SIGN}"
UNITS = {"money": "Dollars", "risk": "Per cent of the largest loss"}


class UnknownStrategyName(DomainError):
    """The catalogue has no strategy of this name."""

    default_code = "unknown_strategy"
    http_status = 422


class NotListed(DomainError):
    """The chain has no strikes or expiries for the legs."""

    default_code = "not_listed"
    http_status = 422


class Scenario(NamedTuple):
    """What is supposed: the underlying's price (None: as it is), days from now, points of vol."""

    spot: float | None = None
    days: float = 0.0
    vol_points: float = 0.0


NOW_AS_IT_IS = Scenario()


@dataclass(frozen=True, slots=True)
class PositionView:
    """A position on a chain.

    `rows` describe the legs for the page; `vol` is that at the money of the first expiry, per
    year, and `years` the time to it. `greeks` and `scenario_profit` are those of the scenario, all
    else is of now. `plan` is None for a position built by hand.
    """

    source: ChainView
    plan: StrategyPlan | None
    terms: tuple[LegTerms, ...]
    expiration: date
    legs: Legs
    rows: list[dict[str, Any]]
    result: Outcome
    greeks: PositionGreeks
    rate: float
    dividend_yield: float
    forward: float
    vol: float
    years: float
    flat: Odds
    smile: Odds
    scenario: Scenario = NOW_AS_IT_IS
    scenario_profit: float = field(default=np.nan)

    @property
    def rates(self) -> dict[str, float]:
        """Rate and yield of the first expiry, as the engine takes them."""
        return {"rate": self.rate, "dividend_yield": self.dividend_yield}

    @property
    def is_loss_by_dividends(self) -> bool:
        """Whether the loss is without limit only since later calls miss dividends until then."""
        rising = float(self.legs.shares[self.legs.kind >= 0.0].sum())
        return self.result.is_loss_unbounded and rising == 0.0

    @property
    def scenario_spot(self) -> float:
        """The supposed price of the underlying."""
        chosen = self.scenario.spot
        return self.source.chain.spot if chosen is None else chosen


def position_view(
    origin: OptionSource | str,
    *,
    now: datetime,
    strategy: str = DEFAULT_STRATEGY,
    expiration: date | None = None,
    width: int = 2,
    scenario: Scenario = NOW_AS_IT_IS,
    basis: str = "mid",
    exercise: str = EUROPEAN,
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
    scenario, basis, exercise
        As `position_of`.

    Raises
    ------
    NoOptions, UnknownExpiration
        As `chain_view`.
    UnknownStrategyName, NotListed
        If the strategy, or a strike or expiry that it needs, is not there.
    """
    if strategy not in CATALOGUE:
        raise UnknownStrategyName({"strategy": f"There is no strategy called {strategy}."})
    source = chain_view(origin, None, now=now, exercise=exercise)
    chain = source.chain
    first = expiration or nearest_monthly(chain.expirations, chain.as_of.date())
    if first not in chain.expirations:
        raise UnknownExpiration({"expiration": f"No option on {chain.symbol} expires on {first}."})
    place = chain.expirations.index(first)
    placed = _placed(CATALOGUE[strategy], chain, place, width)
    terms = terms_of_placed(placed, chain.expirations, place)
    return _view(source, terms, scenario, basis=basis, plan=CATALOGUE[strategy], first=first)


def position_of(
    origin: OptionSource | str,
    terms: Sequence[LegTerms],
    *,
    now: datetime,
    scenario: Scenario = NOW_AS_IT_IS,
    basis: str = "mid",
    exercise: str = EUROPEAN,
) -> PositionView:
    """Return a position of any legs on a chain.

    Parameters
    ----------
    origin : OptionSource or str
        As `option_source` says; a mere symbol is simulated.
    terms : sequence of LegTerms
        From one to 12.
    scenario : Scenario
        Where the Greeks and the profit of the scenario are taken.
    basis : "mid" or "natural"
        What a leg without a price of its own costs.
    exercise : "european" or "american"
        As `chain_view`: how options are worth something before they expire.

    Raises
    ------
    NoOptions, BadLegs, ExerciseNotOffered
        As `chain_view` and `check_legs`.
    """
    source = chain_view(origin, None, now=now, exercise=exercise)
    return _view(source, tuple(terms), scenario, basis=basis)


def _view(
    source: ChainView,
    terms: tuple[LegTerms, ...],
    scenario: Scenario,
    *,
    basis: str,
    plan: StrategyPlan | None = None,
    first: date | None = None,
) -> PositionView:
    chain = source.chain
    legs, rows = legs_on_chain(source, terms, basis=basis)
    days = [leg.expiration for leg in terms if leg.expiration is not None]
    first = min(days) if days else first or nearest_monthly(chain.expirations, chain.as_of.date())
    i = main_expiry(source, first)
    forwards = source.analysis.forwards
    rates = {"rate": float(forwards.rate[i]), "dividend_yield": float(forwards.dividend_yield[i])}
    vol, years, forward = (
        float(column[i]) for column in (source.analysis.atm_vol, forwards.years, forwards.forward)
    )
    curve = _curve_of(source.origin, chain.as_of, years, source.exercise)
    spot = chain.spot if scenario.spot is None else scenario.spot
    supposed = legs._replace(
        years=np.maximum(legs.years - scenario.days / DAYS_PER_YEAR, 0.0),
        vol=np.maximum(legs.vol + scenario.vol_points / POINTS, 0.0),
    )
    then = profit(legs, [spot], days=scenario.days, vol_shift=scenario.vol_points / POINTS, **rates)
    return PositionView(
        source=source,
        plan=plan,
        terms=terms,
        expiration=first,
        legs=legs,
        rows=rows,
        result=outcome(legs, spot=chain.spot, vol=vol, **rates),
        greeks=position_greeks(supposed, spot=spot, **rates),
        forward=forward,
        vol=vol,
        years=years,
        flat=lognormal_odds(legs, spot=chain.spot, vol=vol, **rates),
        smile=Odds(np.nan, np.nan)
        if curve is None
        else smile_odds(legs, curve, forward=forward, **rates),
        scenario=scenario,
        scenario_profit=float(then[0]),
        **rates,
    )


@lru_cache(maxsize=64)
def _curve_of(origin: OptionSource, as_of: datetime, years: float, exercise: str) -> Svi | None:
    """Return the curve through one expiry's smile; None if it has too few points."""
    smile = chain_view(origin, None, now=as_of, exercise=exercise).analysis.smile
    only = Smile(*(column[smile.years == years] for column in smile))
    slices = fit_surface(only).slices
    return slices[0].params if slices else None


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


def level_rows(view: PositionView) -> list[dict[str, Any]]:
    """Return the chance to end above, and to touch, each break-even and strike by first expiry."""
    roots = [("Break-even", x) for x in view.result.break_evens.tolist()]
    strikes = np.unique(view.legs.strike[~view.legs.is_stock]).tolist()
    market = (view.source.chain.spot, view.years, view.rate, view.dividend_yield, view.vol)
    return [
        {
            "name": name,
            "level": level,
            "above": finite_or_none(probability_above(level, *market)),
            "touch": finite_or_none(probability_of_touch(level, *market)),
        }
        for name, level in sorted(roots + [("Strike", x) for x in strikes], key=lambda row: row[1])
    ]


def payoff_chart(view: PositionView) -> dict[str, Any]:
    """Return profit against the underlying: at the first expiry, on the chosen day, and now.

    Notes
    -----
    Without a chosen day the middle curve is halfway to the first expiry.
    """
    strikes = view.legs.strike[~view.legs.is_stock]  # the corners of the line
    spots = np.union1d(_spots(view, CURVE_DEVIATIONS, N_CURVE_SPOTS), strikes)
    chosen = view.scenario.days
    days = chosen or 0.5 * view.years * DAYS_PER_YEAR
    shift = view.scenario.vol_points
    middle = f"In {days:.0f} days" if chosen else "Halfway"
    later = profit(view.legs, spots, days=days, vol_shift=shift / POINTS, **view.rates)
    curves = {
        "At first expiry": profit_at_first_expiry(view.legs, spots, **view.rates),
        f"{middle}, volatility {_signed(shift)} points" if shift else middle: later,
        "Now": profit(view.legs, spots, **view.rates),
    }
    roots = [x for x in view.result.break_evens.tolist() if spots[0] < x < spots[-1]]
    supposed = [{"x": view.scenario_spot, "text": "chosen"}] if view.scenario.spot else []
    return {
        "x": spots.tolist(),
        "x_format": "price",
        "series": [{"name": name, "values": with_nulls(ys)} for name, ys in curves.items()],
        "marks": [
            {"x": view.source.chain.spot, "text": "spot"},
            *supposed,
            *({"x": x} for x in roots),
        ],
        "lines": [{"y": 0}],
    }


def matrix_chart(view: PositionView, *, unit: str = "money") -> dict[str, Any]:
    """Return profit by day and spot, at the scenario's volatility.

    Parameters
    ----------
    unit : "money" or "risk"
        Dollars, or per cent of the largest loss where that has a limit.
    """
    spots = _spots(view, MATRIX_DEVIATIONS, N_MATRIX_SPOTS)
    days = np.linspace(0.0, view.years * DAYS_PER_YEAR, N_MATRIX_DAYS)
    shift = view.scenario.vol_points / POINTS
    cells = profit_matrix(view.legs, spots, [shift], days, **view.rates)[:, 0]
    return _heat(view, [f"{day:.1f} days" for day in days], spots, cells, unit)


def vol_matrix_chart(view: PositionView, *, unit: str = "money") -> dict[str, Any]:
    """Return profit by change of volatility and spot, on the scenario's day."""
    spots = _spots(view, MATRIX_DEVIATIONS, N_MATRIX_SPOTS)
    shifts = np.array(VOL_SHIFTS)
    days = [view.scenario.days]
    cells = profit_matrix(view.legs, spots, shifts / POINTS, days, **view.rates)[0]
    return _heat(view, [f"{_signed(shift)} points" for shift in shifts], spots, cells, unit)


def _signed(points: float) -> str:
    """Write a change with a real minus; none has no sign."""
    return f"{points:+.0f}".replace("-", MINUS) if points else "0"


def _heat(
    view: PositionView, rows: list[str], spots: FloatArray, cells: FloatArray, unit: str
) -> dict[str, Any]:
    places = 0
    if unit == "risk" and view.result.max_loss < 0.0 and not view.result.is_loss_unbounded:
        cells, places = cells / -view.result.max_loss * POINTS, 1
    elif unit == "risk":
        return {"empty": "The largest loss has no limit, so there is no share of it to tell."}
    return {
        "rows": rows,
        "columns": [f"{spot:.2f}" for spot in spots],
        "values": [with_nulls(row) for row in cells],
        "places": places,
    }


def _spots(view: PositionView, deviations: float, n_spots: int) -> FloatArray:
    """Return spots around the money, as far as every strike of the position."""
    spot = view.source.chain.spot
    strikes = view.legs.strike[~view.legs.is_stock]
    deviation = view.vol * np.sqrt(view.years)
    reach = float(np.exp(deviations * deviation)) if np.isfinite(deviation) else REACH_WITHOUT_VOL
    low = min(spot / reach, 0.98 * float(strikes.min(initial=spot)))
    high = max(spot * reach, 1.02 * float(strikes.max(initial=spot)))
    return np.linspace(low, high, n_spots)
