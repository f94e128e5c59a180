"""Reads of options: batches of numbers, one option, chains and dealer exposure."""

from greeks.selectors.batches import (
    MOST_ROWS,
    BadColumns,
    TooManyRows,
    implied_vol_batch,
    price_batch,
)
from greeks.selectors.calculator import OptionTerms, curve_chart, valuation
from greeks.selectors.chains import (
    chain_document,
    chain_view,
    expirations_of,
    expiry_summary,
    nearest_monthly,
    smile_chart,
    strike_rows,
    symbols_with_options,
)
from greeks.selectors.exposures import (
    expiry_chart,
    expiry_rows,
    exposure_document,
    exposure_view,
    levels_of,
    profile_chart,
    strike_chart,
)
from greeks.selectors.positions import matrix_chart, payoff_chart, position_view

__all__ = [
    "MOST_ROWS",
    "BadColumns",
    "OptionTerms",
    "TooManyRows",
    "chain_document",
    "chain_view",
    "curve_chart",
    "expirations_of",
    "expiry_chart",
    "expiry_rows",
    "expiry_summary",
    "exposure_document",
    "exposure_view",
    "implied_vol_batch",
    "levels_of",
    "matrix_chart",
    "nearest_monthly",
    "payoff_chart",
    "position_view",
    "price_batch",
    "profile_chart",
    "smile_chart",
    "strike_chart",
    "strike_rows",
    "symbols_with_options",
    "valuation",
]
