"""A position as the API and the command tell it."""

from typing import Any

import numpy as np

from greeks.engine.positions import LegGreeks
from greeks.selectors.batches import with_nulls
from greeks.selectors.positions import PositionView, level_rows, payoff_chart
from pulse.common.numbers import finite_or_none

POSITION_UNITS = {
    "premium": "currency per share",
    "vol": "per year, 0.2 is 20 %",
    "cost": "dollars; below 0 a credit",
    "profit": "dollars",
    "delta_shares": "shares",
    "delta_usd": "dollars of the underlying",
    "gamma_shares_per_1usd": "shares per 1.00 of the underlying",
    "gamma_usd_per_1pct": "dollars of delta per 1 % of the underlying",
    "theta_usd_per_day": "dollars per calendar day",
    "vega_usd_per_1volpt": "dollars per point of volatility",
    "rho_usd_per_1pct": "dollars per 1 % of interest",
    "probability": "risk-neutral, 0 to 1, at the first expiry",
}


def position_document(view: PositionView) -> dict[str, Any]:
    """Return legs, outcome, odds, Greeks and profit curves of a position, with units."""
    chain, result, greeks = view.source.chain, view.result, view.greeks
    chart = payoff_chart(view)
    return {
        "symbol": chain.symbol,
        "source": chain.source,
        "source_id": view.source.origin.source,
        "as_of": chain.as_of,
        "spot": chain.spot,
        "multiplier": chain.multiplier,
        "exercise": view.source.exercise,
        "model": f"{view.source.model}; rate and yield of the first expiry",
        "clock": view.source.clock,
        "units": POSITION_UNITS,
        "first_expiration": view.expiration,
        "scenario": view.scenario._asdict(),
        "scenario_profit": finite_or_none(view.scenario_profit),
        "legs": [_leg(view, i) for i in range(len(view.rows))],
        "cost": view.legs.cost,
        "max_profit": finite_or_none(result.max_profit),
        "is_profit_unbounded": result.is_profit_unbounded,
        "max_loss": finite_or_none(result.max_loss),
        "is_loss_unbounded": result.is_loss_unbounded,
        "break_evens": result.break_evens.tolist(),
        "is_exact": result.is_exact,
        "atm_vol": finite_or_none(view.vol),
        "odds": {
            "flat": {key: finite_or_none(value) for key, value in view.flat._asdict().items()},
            "smile": {key: finite_or_none(value) for key, value in view.smile._asdict().items()},
        },
        "levels": level_rows(view),
        "greeks": {name: finite_or_none(getattr(greeks, name)) for name in LegGreeks._fields},
        "curve": {
            "spot": chart["x"],
            "at_first_expiry": chart["series"][0]["values"],
            "now": chart["series"][2]["values"],
        },
    }


def _leg(view: PositionView, i: int) -> dict[str, Any]:
    greeks = view.greeks.legs
    columns = {name: with_nulls(np.asarray(getattr(greeks, name)))[i] for name in LegGreeks._fields}
    return {**view.rows[i], "quantity": int(view.rows[i]["quantity"]), "greeks": columns}
