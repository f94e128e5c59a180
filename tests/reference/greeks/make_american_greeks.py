"""Write american_greeks.json: differences of QuantLib's high-precision American prices.

Run it from the root of the checkout: python tests/reference/greeks/make_american_greeks.py
"""

import json
from pathlib import Path

import QuantLib as ql  # noqa: N813 -- how its own documentation names it

TARGET = Path(__file__).with_name("american_greeks.json")
SOURCE = (
    f"QuantLib {ql.__version__} QdFpAmericanEngine, high-precision scheme; central differences: "
    "spot 0.5 (gamma 1.0), days 1, vol 2e-3, rates 2e-4, each refined once by Richardson. "
    "Calls by C(S,K,r,q)=P(K,S,q,r) inside QuantLib."
)
TODAY = ql.Date(1, 1, 2026)
DAYS = ql.Actual365Fixed()
ROWS = [
    #  type   S      K      days  r      q      sigma
    ("put", 100.0, 100.0, 365, 0.05, 0.02, 0.25),
    ("put", 95.0, 100.0, 182, 0.06, 0.00, 0.30),
    ("put", 120.0, 100.0, 365, 0.03, 0.05, 0.40),
    ("put", 105.0, 100.0, 90, 0.08, 0.04, 0.20),
    ("put", 110.0, 100.0, 730, 0.04, 0.01, 0.60),
    ("put", 90.0, 100.0, 365, 0.02, 0.04, 0.35),
    ("call", 100.0, 100.0, 365, 0.03, 0.06, 0.25),
    ("call", 105.0, 100.0, 182, 0.02, 0.05, 0.30),
    ("call", 90.0, 100.0, 365, 0.05, 0.03, 0.40),
    ("call", 98.0, 100.0, 90, 0.01, 0.08, 0.20),
    ("call", 110.0, 100.0, 730, 0.02, 0.04, 0.50),
    ("call", 85.0, 100.0, 365, 0.04, 0.04, 0.30),
]


def quantlib_price(row):
    """Return the American price of one row."""
    kind, spot, strike, days, rate, dividend_yield, vol = row
    ql.Settings.instance().evaluationDate = TODAY
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, dividend_yield, DAYS)),
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, rate, DAYS)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(TODAY, ql.NullCalendar(), vol, DAYS)),
    )
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if kind == "call" else ql.Option.Put, strike)
    option = ql.VanillaOption(payoff, ql.AmericanExercise(TODAY, TODAY + days))
    scheme = ql.QdFpAmericanEngine.highPrecisionScheme()
    option.setPricingEngine(ql.QdFpAmericanEngine(process, scheme))
    return option.NPV()


def moved(row, place, by):
    """Return `row` with one input moved."""
    return (*row[:place], row[place] + by, *row[place + 1 :])


def slope(row, place, by):
    """Return the first derivative, refined once."""
    wide, narrow = (
        (quantlib_price(moved(row, place, h)) - quantlib_price(moved(row, place, -h))) / (2 * h)
        for h in (2 * by, by)
    )
    return (4 * narrow - wide) / 3


def curvature(row, place, by):
    """Return the second derivative, refined once."""
    centre = quantlib_price(row)
    wide, narrow = (
        (quantlib_price(moved(row, place, h)) - 2 * centre + quantlib_price(moved(row, place, -h)))
        / (h * h)
        for h in (2 * by, by)
    )
    return (4 * narrow - wide) / 3


def main():
    """Write the file."""
    rows = []
    for row in ROWS:
        kind, spot, strike, days, rate, dividend_yield, vol = row
        rows.append(
            {
                "type": kind,
                "S": spot,
                "K": strike,
                "T": days / 365,
                "r": rate,
                "q": dividend_yield,
                "sigma": vol,
                "price": quantlib_price(row),
                "delta": slope(row, 1, 0.5),
                "gamma": curvature(row, 1, 1.0),
                "theta": -365 * slope(row, 3, 1),
                "rho": slope(row, 4, 2e-4),
                "epsilon": slope(row, 5, 2e-4),
                "vega": slope(row, 6, 2e-3),
            }
        )
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    TARGET.write_text(f'{{\n "source": {json.dumps(SOURCE)},\n "rows": [\n{lines}\n ]\n}}\n')


if __name__ == "__main__":
    main()
