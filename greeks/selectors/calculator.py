"""One option: its figures in screen units with their meaning, and its curves."""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from greeks.engine import (
    Status,
    american_greeks,
    american_implied_vol,
    american_price,
    greeks,
    implied_vol,
    price,
)
from greeks.engine.arrays import FloatArray
from greeks.engine.units import SCREEN_UNITS, in_screen_units
from greeks.selectors.batches import model_of, with_nulls
from greeks.selectors.words import GREEK_SENTENCES, STATUS_SENTENCES
from pulse.common.numbers import finite_or_none

N_CURVE_POINTS = 121
N_TWO_BOUNDARY_POINTS = 31
"""Of a curve whose every point needs a grid: American options at negative rates."""
CURVE_DEVIATIONS = 3.5
SIGNIFICANT = 6
MOST_PLACES = 10

Style = Literal["european", "american"]


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """One option; fractions per year. `vol` is NaN when a `market_price` says it instead.

    `dividends` are years from now and cash per share, of an American option alone.
    """

    kind: int
    style: Style
    spot: float
    strike: float
    years: float
    rate: float
    dividend_yield: float
    vol: float
    market_price: float | None = None
    dividends: tuple[tuple[float, float], ...] = ()

    @property
    def columns(self) -> tuple[float, ...]:
        """Kind to volatility, in the order of the engine's functions."""
        return (
            self.kind, self.spot, self.strike, self.years, self.rate, self.dividend_yield, self.vol,
        )  # fmt: skip

    @property
    def is_american(self) -> bool:
        """Whether the option may be exercised early."""
        return self.style == "american"


def solved(terms: OptionTerms) -> tuple[OptionTerms, Status]:
    """Return the terms with the volatility their market price implies, and how it was found."""
    if terms.market_price is None:
        return terms, Status.OK
    kind, *market, _ = terms.columns
    if terms.is_american:
        found = american_implied_vol(kind, terms.market_price, *market, dividends=terms.dividends)
    else:
        found = implied_vol(kind, terms.market_price, *market)
    return replace(terms, vol=float(found.vol)), Status(int(found.status))


def valuation(terms: OptionTerms) -> dict[str, Any]:
    """Return price, volatility and Greeks of one option, each with its unit and its meaning.

    Parameters
    ----------
    terms : OptionTerms
        With a volatility, or with a market price from which it is found.

    Returns
    -------
    dict
        `vol` (a fraction, None if unknown), `figures` (rows of name, column, value, unit, words),
        `problem` (a sentence, empty if there is none), `model`.

    Notes
    -----
    A figure that does not exist is None, and `problem` says why.
    """
    terms, vol_status = solved(terms)
    found = greeks_of(terms)
    status = vol_status if vol_status != Status.OK else Status(int(found.pop("status")))
    found.pop("status", None)
    columns = in_screen_units(found)
    figures = [
        _figure(name, float(value)) for name, value in zip(found, columns.values(), strict=True)
    ]
    return {
        "vol": finite_or_none(terms.vol),
        "figures": figures,
        "problem": STATUS_SENTENCES[status],
        "model": model_of(terms.style, terms.dividends),
    }


def greeks_of(terms: OptionTerms, spot: FloatArray | None = None) -> dict[str, npt.NDArray[Any]]:
    """Return raw Greeks of an option, at its own spot or at each of `spot`."""
    kind, own_spot, *rest = terms.columns
    at = own_spot if spot is None else spot
    if terms.is_american:
        return dict(american_greeks(kind, at, *rest, dividends=terms.dividends))
    return dict(greeks(kind, at, *rest))


def curve_chart(terms: OptionTerms, greek: str) -> dict[str, Any]:
    """Return a line chart of `price` or a Greek against the underlying; the price also at expiry.

    Raises
    ------
    KeyError
        If an option of this style has no such Greek.
    """
    terms, status = solved(terms)
    if status != Status.OK or not math.isfinite(terms.vol) or terms.years <= 0.0:
        return {"empty": STATUS_SENTENCES[status] or "Without time or volatility: no curve."}
    spots = _spots(terms)
    unit = SCREEN_UNITS[greek]
    if greek == "price":
        kind, _, *rest = terms.columns
        values = (
            american_price(kind, spots, *rest, dividends=terms.dividends)
            if terms.is_american
            else price(kind, spots, *rest)
        )
    else:
        values = np.asarray(greeks_of(terms, spots)[greek]) * unit.factor
    series = [{"name": "Now", "values": with_nulls(values), "color": "s1"}]
    if greek == "price":
        payoff = np.maximum(terms.kind * (spots - terms.strike), 0.0)
        at_expiry = {"values": with_nulls(payoff), "color": "s2", "style": "dashed"}
        series.append({"name": "At expiry", **at_expiry})
    return {
        "x": spots.tolist(),
        "x_format": "price",
        "series": series,
        "marks": [{"x": terms.spot, "text": "spot"}],
    }


def _spots(terms: OptionTerms) -> FloatArray:
    """Return spots around spot and strike, a few deviations to either side."""
    width = min(max(CURVE_DEVIATIONS * terms.vol * math.sqrt(terms.years), 0.05), 1.5)
    low = min(terms.spot, terms.strike) * math.exp(-width)
    high = max(terms.spot, terms.strike) * math.exp(width)
    has_grid = bool(terms.dividends) or min(terms.rate, terms.dividend_yield) < 0.0
    is_slow = terms.is_american and has_grid
    return np.linspace(low, high, N_TWO_BOUNDARY_POINTS if is_slow else N_CURVE_POINTS)


def _figure(name: str, value: float) -> dict[str, Any]:
    unit = SCREEN_UNITS[name]
    return {
        "name": name.replace("_", " ").capitalize()
        if name != "prob_itm"
        else "Chance in the money",
        "column": unit.column,
        "value": finite_or_none(value),
        "places": places_of(value),
        "unit": unit.words,
        "words": GREEK_SENTENCES[name],
    }


def places_of(value: float) -> int:
    """Return the decimals that show six significant digits, ten at most."""
    if not math.isfinite(value) or value == 0.0:
        return 4
    return min(max(SIGNIFICANT - 1 - math.floor(math.log10(abs(value))), 2), MOST_PLACES)
