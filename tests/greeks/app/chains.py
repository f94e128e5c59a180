"""An uploaded chain for the tests of pages: the twelve contracts that mpmath worked out."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np

from greeks.services import store_chain
from market.services import stage_chain

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "greeks" / "gex_example.json").read_text()
)
SPOT, RATE, DIVIDEND_YIELD = REFERENCE["S"], REFERENCE["r"], REFERENCE["q"]
AS_OF = datetime(2026, 1, 6, 21, tzinfo=UTC)
"""Ten days before the close of an expiry, 38 before that of another."""
NOW = datetime(2026, 1, 6, 21, 5, tzinfo=UTC)


def out_of_the_money():
    """Return, for each strike and days left, the reference row of the option out of the money."""
    rows = {}
    for row in REFERENCE["rows"]:
        forward = SPOT * np.exp((RATE - DIVIDEND_YIELD) * row["T"])
        if (row["type"] == "call") == (row["K"] >= forward):
            rows[row["K"], row["days"]] = row
    return rows


def reference_csv():
    """Return the chain as a file: bid and ask at the price of the option out of the money.

    The option in the money is priced by put-call parity, so that both have one volatility.
    """
    lines = ["underlying,as_of,expiration,strike,type,bid,ask,open_interest,underlying_price"]
    worth = out_of_the_money()
    for row in REFERENCE["rows"]:
        known = worth[row["K"], row["days"]]
        price = known["price"]
        if known["type"] != row["type"]:
            sign = 1.0 if row["type"] == "call" else -1.0
            stock, money = SPOT * np.exp(-DIVIDEND_YIELD * row["T"]), np.exp(-RATE * row["T"])
            price += sign * (stock - row["K"] * money)
        day = (AS_OF + timedelta(days=row["days"])).date()
        lines.append(
            f"XYZ,{AS_OF.isoformat()},{day},{row['K']},{row['type']},{float(price)!r},{float(price)!r},"
            f"{row['oi']},{SPOT}"
        )
    return "\n".join(lines) + "\n"


def stage(user, text=None, **terms):
    """Stage the chain for `user`."""
    file = BytesIO((text or reference_csv()).encode())
    spec = {"rate": RATE, "dividend_yield": DIVIDEND_YIELD, "now": NOW} | terms
    return stage_chain(owner=user, file=file, file_name="xyz.csv", **spec)


def store(user, text=None, **terms):
    """Stage and store the chain for `user`."""
    upload = stage(user, text, **terms)
    store_chain(upload=upload, now=NOW, on_bad_rows="skip")
    return upload
