"""Option numerics: arrays in, arrays out, no Django."""

from greeks.engine.european import greeks, price
from greeks.engine.iv import implied_vol
from greeks.engine.status import ImpliedVol, Status

__all__ = ["ImpliedVol", "Status", "greeks", "implied_vol", "price"]
