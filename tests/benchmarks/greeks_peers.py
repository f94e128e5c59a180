"""Other option libraries behind three functions each: price, price and five Greeks, implied vol.

Every function takes the seven columns of `greeks.engine.price` (the last one the price for an
implied volatility) and returns arrays; Greeks as (price, delta, gamma, vega, theta, rho), raw.
"""

import os
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

DAYS, POINTS = 365.0, 100.0
FEW = 2_000
"""Rows for libraries that price one option per call."""


class Peer(NamedTuple):
    """One library; a function it lacks is None."""

    label: str
    price: Callable
    greeks: Callable | None
    implied_vol: Callable | None
    is_scalar: bool = False


def peers():
    """Return the libraries that run here, and why the others do not, by name."""
    found, missing = [], {}
    option = tuple(np.array([value] * 2) for value in (1.0, 100.0, 95.0, 0.5, 0.02, 0.01, 0.3))
    for name, build in BUILDERS.items():
        try:
            with warnings.catch_warnings(action="ignore"):
                peer = build()
                peer.price(*option)
        except Exception as error:  # noqa: BLE001 -- old ones break in their own ways
            missing[name] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        else:
            found.append(peer)
    return found, missing


def _scipy():
    return Peer("numpy + scipy.special.ndtr", lambda *c: _textbook(*c)[0], _textbook, None)


def _textbook(kind, spot, strike, years, rate, dividend_yield, vol):
    """The formula as it is printed."""
    root = np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate - dividend_yield + 0.5 * vol**2) * years) / (vol * root)
    d2 = d1 - vol * root
    growth, discount = np.exp(-dividend_yield * years), np.exp(-rate * years)
    n1, n2 = ndtr(kind * d1), ndtr(kind * d2)
    density = growth * np.exp(-0.5 * d1 * d1) / np.sqrt(2.0 * np.pi)
    return (
        kind * (spot * growth * n1 - strike * discount * n2),
        kind * growth * n1,
        density / (spot * vol * root),
        spot * density * root,
        -0.5 * spot * density * vol / root
        + kind * (dividend_yield * spot * growth * n1 - rate * strike * discount * n2),
        kind * strike * years * discount * n2,
    )


def _pyvolr():
    os.environ.setdefault("RAYON_NUM_THREADS", "1")  # everybody here has one core
    bs = import_module("pyvolr").bs

    def columns(kind, spot, strike, years, rate, dividend_yield, last):
        return kind.astype(np.int8), spot, strike, years, rate, last, dividend_yield

    def with_greeks(*given):
        row = columns(*given)
        greeks = bs.greeks(*row)
        return (
            bs.price(*row),
            greeks["delta"],
            greeks["gamma"],
            greeks["vega"],
            greeks["theta"],
            greeks["rho"],
        )

    def implied_vol(*given):
        flag, *market, price, dividend_yield = columns(*given)
        return bs.implied_vol(price, flag, *market, dividend_yield, on_error="ignore")

    return Peer("pyvolr", lambda *c: bs.price(*columns(*c)), with_greeks, implied_vol)


def _py_vollib_vectorized():
    vectorized = import_module("py_vollib_vectorized")

    def columns(kind, spot, strike, years, rate, dividend_yield, last):
        return np.where(kind > 0, "c", "p"), spot, strike, years, rate, last, dividend_yield

    options = {"model": "black_scholes_merton", "return_as": "numpy"}

    def price(*given):
        flag, *market, dividend_yield = columns(*given)
        return vectorized.vectorized_black_scholes_merton(
            flag, *market, dividend_yield, return_as="numpy"
        )

    def with_greeks(*given):
        flag, *market, dividend_yield = columns(*given)
        delta, gamma, vega, theta, rho = (
            getattr(vectorized, f"vectorized_{name}")(flag, *market, dividend_yield, **options)
            for name in ("delta", "gamma", "vega", "theta", "rho")
        )
        return price(*given), delta, gamma, vega * POINTS, theta * DAYS, rho * POINTS

    def implied_vol(*given):
        flag, *market, value, dividend_yield = columns(*given)
        return vectorized.vectorized_implied_volatility(
            value, *market, flag, dividend_yield, on_error="ignore", **options
        )

    return Peer("py_vollib_vectorized", price, with_greeks, implied_vol)


def _py_vollib():
    model = import_module("py_vollib.black_scholes_merton")
    analytic = import_module("py_vollib.black_scholes_merton.greeks.analytical")
    inverse = import_module("py_vollib.black_scholes_merton.implied_volatility")
    price, solve = model.black_scholes_merton, inverse.implied_volatility
    slopes = [getattr(analytic, name) for name in ("delta", "gamma", "vega", "theta", "rho")]
    factors = (1.0, 1.0, POINTS, DAYS, POINTS)

    def row(kind, spot, strike, years, rate, dividend_yield, last):
        return "c" if kind > 0 else "p", spot, strike, years, rate, last, dividend_yield

    def one_iv(*option):
        flag, *market, value, dividend_yield = row(*option)
        try:
            return solve(value, *market, dividend_yield, flag)
        except Exception:  # noqa: BLE001 -- counted as failed, whatever it raises
            return np.nan

    def one_of_all(*option):
        given = row(*option)
        return price(*given), *(f * slope(*given) for f, slope in zip(factors, slopes, strict=True))

    return Peer(
        "py_vollib",
        lambda *c: np.array([price(*row(*option)) for option in zip(*c, strict=True)]),
        lambda *c: np.array([one_of_all(*option) for option in zip(*c, strict=True)]).T,
        lambda *c: np.array([one_iv(*option) for option in zip(*c, strict=True)]),
        is_scalar=True,
    )


def _quantlib():
    ql = import_module("QuantLib")

    def terms(kind, spot, strike, years, rate, dividend_yield):
        forward = spot * np.exp((rate - dividend_yield) * years)
        return ql.Option.Call if kind > 0 else ql.Option.Put, strike, forward

    def one_price(*option):
        deviation, discount = option[6] * np.sqrt(option[3]), np.exp(-option[4] * option[3])
        return ql.blackFormula(*terms(*option[:6]), deviation, discount)

    def one_of_all(*option):
        _, spot, _, years, rate, _, vol = option
        kind, strike, forward = terms(*option[:6])
        payoff = ql.PlainVanillaPayoff(kind, strike)
        found = ql.BlackCalculator(payoff, forward, vol * np.sqrt(years), np.exp(-rate * years))
        return (
            found.value(),
            found.delta(spot),
            found.gamma(spot),
            found.vega(years),
            found.theta(spot, years),
            found.rho(years),
        )

    def one_iv(*option):
        years, rate, price = option[3], option[4], option[6]
        try:
            deviation = ql.blackFormulaImpliedStdDev(
                *terms(*option[:6]), price, np.exp(-rate * years), 0.0, ql.nullDouble(), 1e-14, 200
            )
        except (RuntimeError, TypeError):
            return np.nan
        return deviation / np.sqrt(years)

    def each(one, columns):
        return np.array([one(*map(float, option)) for option in zip(*columns, strict=True)])

    return Peer(
        "QuantLib formulas",
        lambda *c: each(one_price, c),
        lambda *c: each(one_of_all, c).T,
        lambda *c: each(one_iv, c),
        is_scalar=True,
    )


BUILDERS = {
    "scipy": _scipy,
    "pyvolr": _pyvolr,
    "py_vollib": _py_vollib,
    "QuantLib": _quantlib,
    "py_vollib_vectorized": _py_vollib_vectorized,  # last: importing it changes py_vollib
}
