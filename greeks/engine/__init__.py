"""Option numerics: arrays in, arrays out, no Django."""

from greeks.engine.american import american_greeks, american_price
from greeks.engine.american_implied import american_implied_vol
from greeks.engine.backend import warm_up
from greeks.engine.european import greeks, price
from greeks.engine.exposure import exposure, zero_gamma
from greeks.engine.iv import implied_vol
from greeks.engine.status import ImpliedVol, Status

__all__ = [
    "ImpliedVol",
    "Status",
    "american_greeks",
    "american_implied_vol",
    "american_price",
    "exposure",
    "greeks",
    "implied_vol",
    "price",
    "warm_up",
    "zero_gamma",
]
