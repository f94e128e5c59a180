"""Reads of the market app; each is told who asks."""

from market.selectors.bars import bar_page, chart_of, folder_of, gap_rows, load_bars
from market.selectors.catalogue import (
    coverage_rows,
    library_totals,
    series_visible_to,
    uploads_visible_to,
)
from market.selectors.chains import chain_path, chains_visible_to, stored_chains_of

__all__ = [
    "bar_page",
    "chain_path",
    "chains_visible_to",
    "chart_of",
    "coverage_rows",
    "folder_of",
    "gap_rows",
    "library_totals",
    "load_bars",
    "series_visible_to",
    "stored_chains_of",
    "uploads_visible_to",
]
