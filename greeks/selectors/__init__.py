"""Reads of options: batches of numbers, and the figures and curves of one option."""

from greeks.selectors.batches import (
    MOST_ROWS,
    BadColumns,
    TooManyRows,
    implied_vol_batch,
    price_batch,
)
from greeks.selectors.calculator import OptionTerms, curve_chart, valuation

__all__ = [
    "MOST_ROWS",
    "BadColumns",
    "OptionTerms",
    "TooManyRows",
    "curve_chart",
    "implied_vol_batch",
    "price_batch",
    "valuation",
]
