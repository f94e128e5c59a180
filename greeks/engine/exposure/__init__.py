"""Dealer exposure of an option chain: gamma, delta, vanna, charm, their tables and levels."""

from greeks.engine.exposure.book import DEALER_SIGNS, SIGN_MODEL_WORDS, SignModel
from greeks.engine.exposure.measure import Exposure, ExposureRows, ExposureTotals, exposure
from greeks.engine.exposure.profile import (
    GammaProfile,
    Sticky,
    gamma_profile,
    nearest_root,
    zero_gamma,
)
from greeks.engine.exposure.tables import (
    ExpiryTable,
    Grid,
    ShortcutFlips,
    StrikeTable,
    shortcut_flips,
)

__all__ = [
    "DEALER_SIGNS",
    "SIGN_MODEL_WORDS",
    "ExpiryTable",
    "Exposure",
    "ExposureRows",
    "ExposureTotals",
    "GammaProfile",
    "Grid",
    "ShortcutFlips",
    "SignModel",
    "Sticky",
    "StrikeTable",
    "exposure",
    "gamma_profile",
    "nearest_root",
    "shortcut_flips",
    "zero_gamma",
]
