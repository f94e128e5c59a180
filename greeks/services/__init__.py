"""Writes of the options app: one use-case, one function."""

from greeks.services.exposures import NothingMeasured, store_chain, take_snapshot
from greeks.services.positions import (
    InvalidPositionName,
    PositionNameTaken,
    TooManyPositions,
    change_position,
    delete_position,
    duplicate_position,
    save_position,
)

__all__ = [
    "InvalidPositionName",
    "NothingMeasured",
    "PositionNameTaken",
    "TooManyPositions",
    "change_position",
    "delete_position",
    "duplicate_position",
    "save_position",
    "store_chain",
    "take_snapshot",
]
