"""Write hard_grid.npz: prices and Greeks of 6,656 European options, 40 digits, rounded once.

Run by hand: python tests/reference/greeks/make_hard_grid.py
Source: Black, Scholes and Merton with a yield, evaluated here by mpmath. The same formulas give
every value of european_50digit_all_greeks.json, which was checked against numeric derivatives.
"""

from itertools import product
from pathlib import Path

import mpmath as mp
import numpy as np

STRIKES = (20.0, 50.0, 70.0, 90.0, 97.0, 99.5, 100.0, 100.5, 103.0, 110.0, 150.0, 200.0, 500.0)
YEARS = (1 / 8760, 1 / 365, 7 / 365, 30 / 365, 0.25, 1.0, 2.0, 5.0)
VOLS = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0)
RATES = ((0.0, 0.0), (0.05, 0.0), (0.03, 0.06), (-0.01, 0.02))
SPOT = 100.0
COLUMNS = ("kind", "spot", "strike", "years", "rate", "dividend_yield", "vol")
DIGITS = 40


def exact_greeks(kind, spot, strike, years, rate, dividend_yield, vol):
    """Return the price and all Greeks of one option as mpmath numbers."""
    c, s, k, t, r, q, v = map(mp.mpf, (kind, spot, strike, years, rate, dividend_yield, vol))
    root = mp.sqrt(t)
    sd = v * root
    d1 = (mp.log(s / k) + (r - q) * t) / sd + sd / 2
    d2 = d1 - sd
    growth, discount = mp.exp(-q * t), mp.exp(-r * t)
    n1, n2 = mp.erfc(-c * d1 / mp.sqrt(2)) / 2, mp.erfc(-c * d2 / mp.sqrt(2)) / 2
    density = mp.exp(-d1 * d1 / 2) / mp.sqrt(2 * mp.pi)
    value = c * (s * growth * n1 - k * discount * n2)
    delta = c * growth * n1
    gamma = growth * density / (s * sd)
    vega = s * growth * density * root
    drift = (r - q) / sd - d2 / (2 * t)
    return {
        "price": value,
        "delta": delta,
        "gamma": gamma,
        "vega": vega,
        "theta": -vega * v / (2 * t) + c * (q * s * growth * n1 - r * k * discount * n2),
        "rho": c * t * k * discount * n2,
        "epsilon": -c * t * s * growth * n1,
        "lambda": delta * s / value,
        "vanna": -growth * density * d2 / v,
        "charm": q * delta - growth * density * drift,
        "vomma": vega * d1 * d2 / v,
        "veta": vega * (q + d1 * drift - 1 / (2 * t)),
        "speed": -gamma / s * (d1 / sd + 1),
        "zomma": gamma * (d1 * d2 - 1) / v,
        "color": gamma * (q + d1 * drift + 1 / (2 * t)),
        "ultima": -vega / v**2 * (d1 * d2 * (1 - d1 * d2) + d1**2 + d2**2),
        "dual_delta": -c * discount * n2,
        "dual_gamma": discount * mp.exp(-d2 * d2 / 2) / mp.sqrt(2 * mp.pi) / (k * sd),
        "prob_itm": n2,
    }


def grid_options():
    """Return the inputs, float64[6656, 7], in the order of `COLUMNS`."""
    return np.array(
        [
            (kind, SPOT, strike, years, rate, dividend_yield, vol)
            for strike, years, vol, (rate, dividend_yield), kind in product(
                STRIKES, YEARS, VOLS, RATES, (1.0, -1.0)
            )
        ]
    )


def write_grid(path):
    """Evaluate the grid (about a minute) and write it."""
    options = grid_options()
    with mp.workdps(DIGITS):
        rows = [exact_greeks(*option) for option in options]
        values = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    np.savez_compressed(path, **values)


if __name__ == "__main__":
    write_grid(Path(__file__).with_name("hard_grid.npz"))
