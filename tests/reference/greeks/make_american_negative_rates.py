"""Write american_negative_rates.json: puts at rates of both signs on a binomial tree.

Run it from the root of the checkout: python tests/reference/greeks/make_american_negative_rates.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.special import ndtr

TARGET = Path(__file__).with_name("american_negative_rates.json")
N_STEPS = 4000
SOURCE = (
    f"Cox, Ross and Rubinstein (1979), Journal of Financial Economics 7(3): {N_STEPS} steps; "
    "`controlled` adds the tree's error on the European put (Hull and White (1988), Journal of "
    "Financial and Quantitative Analysis 23(3)). `boundaries` counts the exercise boundaries."
)
ROWS = [
    # boundaries S  K      T     r       q      sigma
    (2, 100.0, 100.0, 1.0, -0.005, -0.01, 0.08),
    (2, 100.0, 100.0, 1.0, -0.01, -0.06, 0.20),
    (2, 90.0, 100.0, 2.0, -0.02, -0.05, 0.10),
    (2, 70.0, 100.0, 1.0, -0.01, -0.03, 0.15),
    (2, 60.0, 100.0, 3.0, -0.03, -0.08, 0.10),
    (2, 110.0, 100.0, 0.5, -0.01, -0.02, 0.30),
    (2, 60.0, 100.0, 1.0, -0.02, -0.03, 0.20),
    (2, 95.0, 100.0, 0.25, -0.004, -0.04, 0.12),
    (2, 40.0, 100.0, 2.0, -0.03, -0.06, 0.25),
    (2, 105.0, 100.0, 1.5, -0.015, -0.08, 0.40),
    (2, 98.0, 100.0, 1.0, -0.02, -0.04, 0.05),
    (2, 100.0, 100.0, 3.0, -0.001, -0.03, 0.25),
    (1, 95.0, 100.0, 1.0, 0.02, -0.03, 0.20),
    (1, 90.0, 100.0, 1.0, 0.0, -0.04, 0.15),
    (0, 80.0, 100.0, 1.0, -0.02, 0.01, 0.25),
    (0, 85.0, 100.0, 2.0, -0.02, -0.02, 0.30),
    (0, 97.0, 100.0, 0.5, 0.0, 0.03, 0.20),
]


def tree_puts(spot, strike, years, rate, dividend_yield, vol):
    """Return the American and the European put on one tree."""
    step = years / N_STEPS
    up = np.exp(vol * np.sqrt(step))
    probability = (np.exp((rate - dividend_yield) * step) - 1 / up) / (up - 1 / up)
    discount = np.exp(-rate * step)
    spots = spot * up ** (2.0 * np.arange(N_STEPS + 1) - N_STEPS)
    american = np.maximum(strike - spots, 0.0)
    european = american
    for _ in range(N_STEPS):
        spots = spots[:-1] * up
        american, european = (
            discount * (probability * values[1:] + (1 - probability) * values[:-1])
            for values in (american, european)
        )
        american = np.maximum(american, strike - spots)
    return american[0], european[0]


def european_put(spot, strike, years, rate, dividend_yield, vol):
    """Return the Black-Scholes-Merton put."""
    deviation = vol * np.sqrt(years)
    d2 = (np.log(spot / strike) + (rate - dividend_yield) * years) / deviation - deviation / 2
    present = spot * np.exp(-dividend_yield * years)
    return strike * np.exp(-rate * years) * ndtr(-d2) - present * ndtr(-d2 - deviation)


def main():
    """Write the file."""
    rows = []
    for boundaries, *row in ROWS:
        american, european = tree_puts(*row)
        controlled = american + european_put(*row) - european
        spot, strike, years, rate, dividend_yield, vol = row
        rows.append(
            {
                "type": "put",
                "S": spot,
                "K": strike,
                "T": years,
                "r": rate,
                "q": dividend_yield,
                "sigma": vol,
                "boundaries": boundaries,
                "tree": float(american),
                "controlled": float(max(controlled, strike - spot)),
            }
        )
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    TARGET.write_text(f'{{\n "source": {json.dumps(SOURCE)},\n "rows": [\n{lines}\n ]\n}}\n')


if __name__ == "__main__":
    main()
