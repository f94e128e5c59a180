"""Pages of the options app."""

from greeks.views.calculator import calculator, calculator_curve
from greeks.views.chains import chain, chain_export, chain_smile
from greeks.views.exposures import exposure, exposure_table
from greeks.views.history import history, history_export, history_table, history_take
from greeks.views.positions import (
    position_delete,
    position_detail,
    position_duplicate,
    position_save,
    positions,
)
from greeks.views.strategies import strategy, strategy_chart
from greeks.views.surfaces import surface, surface_chart
from greeks.views.uploads import (
    chain_upload_commit,
    chain_upload_create,
    chain_upload_delete,
    chain_upload_detail,
    chain_upload_restate,
    chain_uploads,
)

__all__ = [
    "calculator",
    "calculator_curve",
    "chain",
    "chain_export",
    "chain_smile",
    "chain_upload_commit",
    "chain_upload_create",
    "chain_upload_delete",
    "chain_upload_detail",
    "chain_upload_restate",
    "chain_uploads",
    "exposure",
    "exposure_table",
    "history",
    "history_export",
    "history_table",
    "history_take",
    "position_delete",
    "position_detail",
    "position_duplicate",
    "position_save",
    "positions",
    "strategy",
    "strategy_chart",
    "surface",
    "surface_chart",
]
