"""Every named strategy, as data."""

from greeks.engine.positions.catalogue.combinations import SEVERAL_EXPIRIES, TWO_SIDED, WINGED
from greeks.engine.positions.catalogue.plans import LegPlan, Outlook, StrategyPlan
from greeks.engine.positions.catalogue.stock_and_spreads import SINGLE, VERTICAL, WITH_STOCK

__all__ = ["CATALOGUE", "LegPlan", "Outlook", "StrategyPlan"]

CATALOGUE: dict[str, StrategyPlan] = {
    plan.slug: plan
    for family in (SINGLE, WITH_STOCK, VERTICAL, TWO_SIDED, WINGED, SEVERAL_EXPIRIES)
    for plan in family
}
"""Every named strategy by its slug."""
