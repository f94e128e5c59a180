"""What a European option becomes when its formula divides by zero.

No time left, no volatility, a spot or a strike of zero: nothing is uncertain, and the option is
either a position in the forward or nothing.
"""

import numpy as np

from greeks.engine.arrays import FloatArray
from greeks.engine.european_plain import Options, intrinsic_of
from greeks.engine.normal import INVERSE_SQRT_2PI

SECOND_ORDER = ("vanna", "vomma", "veta", "speed", "zomma", "color", "ultima")
"""Greeks of 0 off the strike and without a limit on it, as the two gammas."""


def limit_price(options: Options) -> FloatArray:
    """Return the intrinsic value today, at least 0."""
    return np.maximum(intrinsic_of(options), 0.0)


def limit_greeks(options: Options) -> dict[str, FloatArray]:
    """Return the limits of the price and every Greek; raw units, see `european.greeks`.

    Notes
    -----
    Exactly on the strike the first derivatives are halves, and the second do not exist: NaN. With
    no time left what an option earns by waiting (theta, rho, epsilon, vega) is 0.
    Source: Wilmott (2006), Paul Wilmott on Quantitative Finance, ch. 8, with vol or time to 0.
    """
    kind, spot, strike, years, rate, dividend_yield, _ = options
    intrinsic = intrinsic_of(options)
    on_strike = (intrinsic == 0.0) & (strike > 0.0)
    held = np.where(on_strike, 0.5, (intrinsic > 0.0) | ((strike == 0.0) & (kind > 0.0)))
    value = np.maximum(intrinsic, 0.0)
    delta = kind * held * np.exp(-dividend_yield * years)
    dual_delta = -kind * held * np.exp(-rate * years)
    kink = np.where(on_strike, np.nan, 0.0)
    has_time = years > 0.0
    vega = np.sqrt(years) * np.abs(delta) * spot * 2.0 * INVERSE_SQRT_2PI
    with np.errstate(divide="ignore", invalid="ignore"):
        elasticity = np.where(value > 0.0, delta * spot / value, np.nan)
    return {
        "price": value,
        "delta": delta,
        "gamma": kink,
        "vega": np.where(on_strike, vega, 0.0),
        "theta": np.where(
            has_time, dividend_yield * spot * delta + rate * strike * dual_delta, 0.0
        ),
        "rho": -years * strike * dual_delta,
        "epsilon": -years * spot * delta,
        "lambda": elasticity,
        "charm": np.where(has_time, dividend_yield * delta, 0.0) + kink,
        "dual_delta": dual_delta,
        "dual_gamma": kink,
        "prob_itm": held + 0.0,
        **dict.fromkeys(SECOND_ORDER, kink),
    }
