"""Positions of several legs: profit over spot, time and volatility, outcomes and Greeks."""

from greeks.engine.positions.catalogue import CATALOGUE, LegPlan, Outlook, StrategyPlan
from greeks.engine.positions.legs import Legs, make_legs
from greeks.engine.positions.odds import Odds, lognormal_odds, smile_odds
from greeks.engine.positions.outcome import Outcome, outcome
from greeks.engine.positions.placing import PlacedLegs, place_strategy
from greeks.engine.positions.profit import (
    LegGreeks,
    PositionGreeks,
    position_greeks,
    profit,
    profit_at_first_expiry,
    profit_matrix,
)

__all__ = [
    "CATALOGUE",
    "LegGreeks",
    "LegPlan",
    "Legs",
    "Odds",
    "Outcome",
    "Outlook",
    "PlacedLegs",
    "PositionGreeks",
    "StrategyPlan",
    "lognormal_odds",
    "make_legs",
    "outcome",
    "place_strategy",
    "position_greeks",
    "profit",
    "profit_at_first_expiry",
    "profit_matrix",
    "smile_odds",
]
