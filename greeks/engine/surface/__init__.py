"""Volatility surfaces: SVI and SSVI fits of a chain's smiles, and their arbitrage."""

from greeks.engine.surface.arbitrage import Curve, butterfly, density
from greeks.engine.surface.ssvi import Ssvi, fit_ssvi
from greeks.engine.surface.surface import Slice, SliceStatus, Surface, fit_surface
from greeks.engine.surface.svi import Svi, fit_svi

__all__ = [
    "Curve",
    "Slice",
    "SliceStatus",
    "Ssvi",
    "Surface",
    "Svi",
    "butterfly",
    "density",
    "fit_ssvi",
    "fit_surface",
    "fit_svi",
]
