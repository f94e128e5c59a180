"""Dealer exposure as the page draws it, in the unit that the reader chose."""

import math
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from greeks.engine.exposure import gamma_profile
from greeks.selectors.batches import with_nulls
from greeks.selectors.exposures import (
    ExposureView,
    UnknownAssumption,
    arguments_of,
    expiry_rows,
)
from greeks.selectors.words import short_day

PROFILE_REACH = 0.15
N_PROFILE_SPOTS, N_EARLY_PROFILE_SPOTS = 241, 61
"""Fewer for American gammas, which take longer."""
LABEL_ROOM = 0.02
"""Closer to the spot, as a fraction of it, the two names would lie on each other."""
STRIKES_SHOWN_WITHIN = 0.12
HEAT_ROWS_AROUND = 14
N_SHADES = 5
PERCENT = 0.01
MILLION, THOUSAND = 1e6, 1e3
DEFAULT_UNIT = "usd_per_1pct"


class GammaUnit(NamedTuple):
    """A unit of gamma exposure; `one` is what one of it is in dollars per 1 % move at a spot."""

    name: str
    words: str
    one: Callable[[Any], Any]

    def of(self, usd_per_1pct: Any, spot: Any) -> Any:
        """Return dollars per 1 % move at `spot` in this unit."""
        return usd_per_1pct / self.one(spot)


GAMMA_UNITS = {
    DEFAULT_UNIT: GammaUnit(
        "Dollars per 1 % move", "millions of dollars per 1 % move", lambda _: MILLION
    ),
    "usd_per_1usd": GammaUnit(
        "Dollars per 1.00 move",
        "millions of dollars per 1.00 move",
        lambda spot: MILLION * PERCENT * spot,
    ),
    "shares_per_1usd": GammaUnit(
        "Shares per 1.00 move",
        "thousands of shares per 1.00 move",
        lambda spot: THOUSAND * PERCENT * spot * spot,
    ),
}


def gamma_unit(name: str) -> GammaUnit:
    """Return a unit of `GAMMA_UNITS`.

    Raises
    ------
    UnknownAssumption
        If there is no such unit.
    """
    if name not in GAMMA_UNITS:
        raise UnknownAssumption({"unit": f"Choose from {', '.join(GAMMA_UNITS)}."})
    return GAMMA_UNITS[name]


class Shown(NamedTuple):
    """A figure and the decimals that it deserves."""

    value: float
    places: int


def shown(value: float) -> Shown:
    """Return a figure with the decimals that leave it three digits or more."""
    return Shown(value, places_of(value))


def places_of(largest: float) -> int:
    """Return the decimals that tell figures up to the size of `largest` apart."""
    return next((n for limit, n in ((1000.0, 0), (10.0, 1), (1.0, 2)) if abs(largest) >= limit), 3)


def headline_figures(view: ExposureView, unit: str = DEFAULT_UNIT) -> dict[str, Shown]:
    """Return net gamma exposure in a unit, and delta, vanna and charm in millions of dollars."""
    totals, spot = view.measured.totals, view.source.chain.spot
    return {
        "gamma": shown(gamma_unit(unit).of(totals.gex_usd_per_1pct, spot)),
        "delta": shown(totals.dex_usd / MILLION),
        "vanna": shown(totals.vex_usd_per_1volpt / MILLION),
        "charm": shown(totals.chex_usd_per_day / MILLION),
    }


class ExpiryRow(NamedTuple):
    """Gamma exposure of one expiry in the chosen unit."""

    day: date
    days: float
    call: float
    put: float
    net: float


def expiry_table(view: ExposureView, unit: str = DEFAULT_UNIT) -> list[ExpiryRow]:
    """Return gamma exposure by expiry in a unit."""
    chosen, spot = gamma_unit(unit), view.source.chain.spot
    return [
        ExpiryRow(day, days, *(chosen.of(one, spot) for one in figures))
        for day, days, *figures in expiry_rows(view)
    ]


class HeatCell(NamedTuple):
    """Net gamma exposure of a strike and expiry, and the class of its colour."""

    value: float | None
    tone: str


class HeatMap(NamedTuple):
    """Net gamma exposure by strike (rows, highest first) and expiry.

    `rows` are strike, whether it is nearest to the spot, cells and the sum over all expiries;
    `totals` the sums of each expiry over all its strikes, shown or not; `n_strikes` those there
    are; `places` the decimals that tell its cells apart.
    """

    columns: list[str]
    rows: list[tuple[float, bool, list[HeatCell], HeatCell]]
    totals: list[HeatCell]
    total: float
    n_strikes: int
    places: int


def heat_map(
    view: ExposureView, unit: str = DEFAULT_UNIT, *, around: int = HEAT_ROWS_AROUND
) -> HeatMap | None:
    """Return the strikes around the spot against the expiries; None if none counts, or too many.

    Parameters
    ----------
    unit : str
        One of `GAMMA_UNITS`.
    around : int
        Strikes with open interest to either side of the spot.
    """
    try:
        grid = view.measured.by_strike_and_expiry
    except ValueError:  # more cells than any listed chain has
        return None
    if not grid.strike.size:
        return None
    spot, today = view.source.chain.spot, view.source.chain.as_of.date()
    net = gamma_unit(unit).of(grid.net, spot)
    nearest = int(np.abs(grid.strike - spot).argmin())
    rows = range(max(nearest - around, 0), min(nearest + around + 1, grid.strike.size))
    sums, totals = net.sum(axis=1), net.sum(axis=0)
    largest = float(np.abs(net[rows.start : rows.stop]).max())
    largest_sum = float(np.abs(sums[rows.start : rows.stop]).max())
    return HeatMap(
        columns=[short_day(row[0], today) for row in expiry_rows(view)],
        rows=[
            (
                float(grid.strike[i]),
                i == nearest,
                [_heat_cell(float(value), largest) for value in net[i]],
                _heat_cell(float(sums[i]), largest_sum),
            )
            for i in reversed(rows)
        ],
        totals=[_heat_cell(float(one), float(np.abs(totals).max())) for one in totals],
        total=float(totals.sum()),
        n_strikes=int(grid.strike.size),
        places=places_of(largest),
    )


def _heat_cell(value: float, largest: float) -> HeatCell:
    """Return a cell in one of five shades; the square root keeps the small ones apart."""
    if value == 0.0 or largest == 0.0:
        return HeatCell(None, "")
    shade = math.ceil(N_SHADES * math.sqrt(min(abs(value) / largest, 1.0)))
    return HeatCell(value, f"{'u' if value > 0 else 'd'}{shade}")


def strike_chart(view: ExposureView, unit: str = DEFAULT_UNIT) -> dict[str, Any]:
    """Return gamma exposure by strike around the spot, calls and puts apart."""
    table, spot = view.measured.by_strike, view.source.chain.spot
    chosen = gamma_unit(unit)
    near = np.abs(table.strike / spot - 1.0) < STRIKES_SHOWN_WITHIN
    if not near.any():
        return {"empty": "No contract near the spot has open interest."}
    call, put = (chosen.of(one[near], spot) for one in (table.call, table.put))
    return _bars(
        [f"{strike:g}" for strike in table.strike[near]], with_nulls(call), with_nulls(put)
    )


def expiry_chart(view: ExposureView, unit: str = DEFAULT_UNIT) -> dict[str, Any]:
    """Return gamma exposure by expiry, calls and puts apart."""
    rows = expiry_table(view, unit)
    if not rows:
        return {"empty": "No contract has open interest."}
    today = view.source.chain.as_of.date()
    days = [short_day(row.day, today) for row in rows]
    return _bars(days, [row.call for row in rows], [row.put for row in rows])


def _bars(categories: list[str], calls: list[Any], puts: list[Any]) -> dict[str, Any]:
    return {
        "categories": categories,
        "series": [
            {"name": "Calls", "values": calls, "color": "up"},
            {"name": "Puts", "values": puts, "color": "down"},
        ],
        "lines": [{"y": 0}],
    }


def profile_chart(view: ExposureView, unit: str = DEFAULT_UNIT) -> dict[str, Any]:
    """Return net gamma exposure were the underlying elsewhere, repriced there."""
    spot = view.source.chain.spot
    columns, rest = arguments_of(view.source, view.sign_model)
    n_spots = N_EARLY_PROFILE_SPOTS if rest["is_american"] else N_PROFILE_SPOTS
    at = np.linspace((1 - PROFILE_REACH) * spot, (1 + PROFILE_REACH) * spot, n_spots)
    sticky: Any = view.sticky
    profile = gamma_profile(*columns, **rest, sticky=sticky, spots=at)
    flips = [
        {"x": root, "text": "flip" if abs(root / spot - 1.0) > LABEL_ROOM else ""}
        for root in view.roots.tolist()
        if at[0] < root < at[-1]
    ]
    values = with_nulls(gamma_unit(unit).of(profile.net, at))
    return {
        "x": at.tolist(),
        "x_format": "price",
        "series": [{"name": "Net gamma exposure", "values": values}],
        "marks": [{"x": spot, "text": "spot"}, *flips],
        "lines": [{"y": 0}],
    }
