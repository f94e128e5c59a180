"""Sources of market data, one module each; all speak the language of `base`."""

from market.vendors.base import BarsVendor, Listing, UnknownSymbol
from market.vendors.simulated import SimulatedVendor

__all__ = ["BarsVendor", "Listing", "SimulatedVendor", "UnknownSymbol"]
