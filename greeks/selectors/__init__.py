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
    exercises_of,
    expirations_of,
    expiry_summary,
    nearest_monthly,
    smile_chart,
    strike_rows,
)
from greeks.selectors.exposure_charts import (
    expiry_chart,
    expiry_table,
    headline_figures,
    heat_map,
    profile_chart,
    strike_chart,
)
from greeks.selectors.exposures import exposure_document, exposure_view, levels_of
from greeks.selectors.history import (
    exposure_history,
    gex_history_chart,
    history_rows,
    levels_history_chart,
    snapshots_visible_to,
)
from greeks.selectors.positions import (
    level_rows,
    matrix_chart,
    payoff_chart,
    position_of,
    position_view,
    vol_matrix_chart,
)
from greeks.selectors.sources import (
    option_source,
    source_of_upload,
    symbols_with_options,
    uploaded_choices,
)

__all__ = [
    "MOST_ROWS",
    "BadColumns",
    "OptionTerms",
    "TooManyRows",
    "chain_document",
    "chain_view",
    "curve_chart",
    "exercises_of",
    "expirations_of",
    "expiry_chart",
    "expiry_summary",
    "expiry_table",
    "exposure_document",
    "exposure_history",
    "exposure_view",
    "gex_history_chart",
    "headline_figures",
    "heat_map",
    "history_rows",
    "implied_vol_batch",
    "level_rows",
    "levels_history_chart",
    "levels_of",
    "matrix_chart",
    "nearest_monthly",
    "option_source",
    "payoff_chart",
    "position_of",
    "position_view",
    "price_batch",
    "profile_chart",
    "smile_chart",
    "snapshots_visible_to",
    "source_of_upload",
    "strike_chart",
    "strike_rows",
    "symbols_with_options",
    "uploaded_choices",
    "valuation",
    "vol_matrix_chart",
]
