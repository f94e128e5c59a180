"""Dealer exposure of a chain, with the assumption it rests on."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from greeks.engine import exposure, zero_gamma
from greeks.engine.exposure import (
    DEALER_SIGNS,
    SIGN_MODEL_WORDS,
    Exposure,
    gamma_profile,
    nearest_root,
)
from greeks.engine.exposure.profile import STICKY_RULES
from greeks.engine.units import DAYS_PER_YEAR
from greeks.selectors.batches import STATUS_WORDS, with_nulls
from greeks.selectors.chains import ChainView, chain_view, number
from greeks.selectors.sources import OptionSource
from pulse.common.errors import DomainError

DEFAULT_SIGNS = "calls_long_puts_short"
SIGN_MODELS = {
    "calls_long_puts_short": "Calls long, puts short",
    "inverse": "Calls short, puts long",
    "both_short": "Both short",
    "absolute": "No sign",
}
STICKY_NAMES = {"strike": "Sticky strike", "moneyness": "Sticky moneyness"}
UNITS = {
    "gex_usd_per_1pct": "dollars of the underlying to trade per 1 % move",
    "gex_usd_per_1usd": "dollars of the underlying to trade per 1.00 move",
    "gex_shares_per_1usd": "shares to trade per 1.00 move",
    "dex_usd": "dollars of delta",
    "vex_usd_per_1volpt": "dollars of delta per volatility point",
    "chex_usd_per_day": "dollars of delta per calendar day",
}
PROFILE_REACH = 0.15
N_PROFILE_SPOTS = 241
LABEL_ROOM = 0.02
"""Closer to the spot, as a fraction of it, the two names would lie on each other."""
STRIKES_SHOWN_WITHIN = 0.12
HEAT_ROWS_AROUND = 14
N_SHADES = 5


class UnknownAssumption(DomainError):
    """There is no such sign model or rule for volatilities."""

    default_code = "unknown_assumption"
    http_status = 422


@dataclass(frozen=True, slots=True)
class ExposureView:
    """What dealers hold if `sign_model` is right; `roots` every spot of no gamma."""

    source: ChainView
    sign_model: str
    sticky: str
    measured: Exposure
    roots: np.ndarray

    @property
    def flip(self) -> float | None:
        """The spot of no gamma that is nearest."""
        return number(nearest_root(self.roots, self.source.chain.spot))


def exposure_view(
    source: OptionSource | str,
    *,
    now: datetime,
    sign_model: str = DEFAULT_SIGNS,
    sticky: str = "strike",
    expiration: date | None = None,
) -> ExposureView:
    """Return the exposure of all expiries of a source (a mere symbol: simulated), or of one.

    Raises
    ------
    NoOptions, UnknownExpiration
        As `chain_view`.
    UnknownAssumption
        If the sign model or the rule is unknown.
    """
    if sign_model not in DEALER_SIGNS:
        raise UnknownAssumption({"sign_model": f"Choose from {', '.join(DEALER_SIGNS)}."})
    if sticky not in STICKY_RULES:
        raise UnknownAssumption({"sticky": f"Choose from {', '.join(STICKY_RULES)}."})
    view = chain_view(source, expiration, now=now)
    return _measured(view.origin, view.chain.as_of, expiration, sign_model, sticky)


@lru_cache(maxsize=64)
def _measured(
    origin: OptionSource, as_of: datetime, expiration: date | None, sign_model: str, sticky: Any
) -> ExposureView:
    source = chain_view(origin, expiration, now=as_of)
    columns, rest = _arguments(source, sign_model)
    return ExposureView(
        source,
        sign_model,
        sticky,
        exposure(*columns, **rest),
        zero_gamma(*columns, **rest, sticky=sticky),
    )


def _arguments(source: ChainView, sign_model: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    chain, analysis = source.chain, source.analysis
    columns = (chain.kind, chain.strike, source.years, analysis.vol, chain.open_interest)
    rest = {
        "spot": chain.spot,
        "rate": analysis.terms.rate,
        "dividend_yield": analysis.terms.dividend_yield,
        "multiplier": chain.multiplier,
        "sign_model": sign_model,
    }
    return columns, rest


def levels_of(view: ExposureView) -> dict[str, float | None]:
    """Return the named levels of the underlying; None where there is none."""
    measured = view.measured
    return {
        "zero_gamma": view.flip,
        "call_wall": number(measured.call_wall),
        "put_wall": number(measured.put_wall),
        "absolute_gamma_strike": number(measured.absolute_gamma_strike),
        "oi_call_wall": number(measured.oi_call_wall),
        "oi_put_wall": number(measured.oi_put_wall),
    }


def exposure_document(view: ExposureView) -> dict[str, Any]:
    """Return an exposure as the API and the command tell it."""
    chain, measured = view.source.chain, view.measured
    statuses, counts = np.unique(measured.rows.status, return_counts=True)
    return {
        "symbol": chain.symbol,
        "source": chain.source,
        "source_id": view.source.origin.source,
        "as_of": chain.as_of,
        "open_interest_on": chain.open_interest_on,
        "spot": chain.spot,
        "sign_model": view.sign_model,
        "assumption": measured.assumption,
        "sticky": view.sticky,
        "model": view.source.model,
        "clock": view.source.clock,
        "units": UNITS,
        "totals": {name: number(getattr(measured.totals, name)) for name in UNITS},
        "call_gex_usd_per_1pct": measured.call_gex,
        "put_gex_usd_per_1pct": measured.put_gex,
        "levels": levels_of(view),
        "zero_gamma_levels": view.roots.tolist(),
        "n_contracts": int(chain.strike.size),
        "n_used": measured.n_used,
        "status": dict(zip(STATUS_WORDS[statuses].tolist(), counts.tolist(), strict=True)),
        "by_strike": {
            name: with_nulls(getattr(measured.by_strike, name))
            for name in ("strike", "call", "put", "net")
        },
        "by_expiration": [
            {"expiration": day, "days": days, "call": call, "put": put, "net": net}
            for day, days, call, put, net in expiry_rows(view)
        ],
    }


def expiry_rows(view: ExposureView) -> list[tuple[date, float, float, float, float]]:
    """Return expiry day, days left, and gamma exposure in calls, puts and both."""
    table, chain = view.measured.by_expiry_days, view.source.chain
    left = view.source.years * DAYS_PER_YEAR
    days = [chain.expirations[int(chain.expiry[np.abs(left - one).argmin()])] for one in table.days]
    columns = (table.days.tolist(), table.call.tolist(), table.put.tolist(), table.net.tolist())
    return list(zip(days, *columns, strict=True))


class HeatCell(NamedTuple):
    """Net millions of dollars per 1 % move of a strike and expiry, and the class of its colour."""

    millions: float | None
    tone: str


class HeatMap(NamedTuple):
    """Net gamma exposure by strike (rows, highest first) and expiry, in millions per 1 % move.

    `rows` are strike, whether it is nearest to the spot, cells and the sum over all expiries;
    `totals` the sums of each expiry over all its strikes, shown or not; `n_strikes` those there
    are; `places` the decimals that tell its cells apart.
    """

    expirations: list[date]
    rows: list[tuple[float, bool, list[HeatCell], HeatCell]]
    totals: list[HeatCell]
    total: float
    n_strikes: int
    places: int


def heat_map(view: ExposureView, *, around: int = HEAT_ROWS_AROUND) -> HeatMap | None:
    """Return the strikes around the spot against the expiries; None if none counts, or too many.

    Parameters
    ----------
    around : int
        Strikes with open interest to either side of the spot.
    """
    try:
        grid = view.measured.by_strike_and_expiry
    except ValueError:  # more cells than any listed chain has
        return None
    if not grid.strike.size:
        return None
    spot = view.source.chain.spot
    nearest = int(np.abs(grid.strike - spot).argmin())
    shown = range(max(nearest - around, 0), min(nearest + around + 1, grid.strike.size))
    sums, totals = grid.net.sum(axis=1), grid.net.sum(axis=0)
    cells = np.abs(grid.net[shown.start : shown.stop])
    largest, largest_sum = float(cells.max()), float(np.abs(sums[shown.start : shown.stop]).max())
    return HeatMap(
        expirations=[row[0] for row in expiry_rows(view)],
        rows=[
            (
                float(grid.strike[i]),
                i == nearest,
                [_heat_cell(float(value), largest) for value in grid.net[i]],
                _heat_cell(float(sums[i]), largest_sum),
            )
            for i in reversed(shown)
        ],
        totals=[_heat_cell(float(one), float(np.abs(totals).max())) for one in totals],
        total=float(totals.sum()) / 1e6,
        n_strikes=int(grid.strike.size),
        places=next((n for limit, n in ((1e7, 1), (1e6, 2)) if largest >= limit), 3),
    )


def _heat_cell(value: float, largest: float) -> HeatCell:
    """Return a cell in one of five shades; the square root keeps the small ones apart."""
    if value == 0.0 or largest == 0.0:
        return HeatCell(None, "")
    shade = math.ceil(N_SHADES * math.sqrt(min(abs(value) / largest, 1.0)))
    return HeatCell(value / 1e6, f"{'u' if value > 0 else 'd'}{shade}")


def strike_chart(view: ExposureView) -> dict[str, Any]:
    """Return gamma exposure by strike around the spot, calls and puts apart, in millions."""
    table, spot = view.measured.by_strike, view.source.chain.spot
    near = np.abs(table.strike / spot - 1.0) < STRIKES_SHOWN_WITHIN
    if not near.any():
        return {"empty": "No contract near the spot has open interest."}
    return {
        "categories": [f"{strike:g}" for strike in table.strike[near]],
        "series": [
            {"name": "Calls", "values": _millions(table.call[near]), "color": "up"},
            {"name": "Puts", "values": _millions(table.put[near]), "color": "down"},
        ],
        "lines": [{"y": 0}],
    }


def expiry_chart(view: ExposureView) -> dict[str, Any]:
    """Return net gamma exposure by expiry, in millions."""
    rows = expiry_rows(view)
    if not rows:
        return {"empty": "No contract has open interest."}
    return {
        "categories": [f"{row[0]:%b} {row[0].day}" for row in rows],
        "series": [
            {"name": "Calls", "values": [row[2] / 1e6 for row in rows], "color": "up"},
            {"name": "Puts", "values": [row[3] / 1e6 for row in rows], "color": "down"},
        ],
        "lines": [{"y": 0}],
    }


def profile_chart(view: ExposureView) -> dict[str, Any]:
    """Return net gamma exposure were the underlying elsewhere, repriced there, in millions."""
    spot = view.source.chain.spot
    columns, rest = _arguments(view.source, view.sign_model)
    at = np.linspace((1 - PROFILE_REACH) * spot, (1 + PROFILE_REACH) * spot, N_PROFILE_SPOTS)
    sticky: Any = view.sticky
    profile = gamma_profile(*columns, **rest, sticky=sticky, spots=at)
    flips = [
        {"x": root, "text": "flip" if abs(root / spot - 1.0) > LABEL_ROOM else ""}
        for root in view.roots.tolist()
        if at[0] < root < at[-1]
    ]
    return {
        "x": at.tolist(),
        "x_format": "price",
        "series": [{"name": "Net gamma exposure", "values": _millions(profile.net)}],
        "marks": [{"x": spot, "text": "spot"}, *flips],
        "lines": [{"y": 0}],
    }


def assumption_words(sign_model: str) -> str:
    """Return a sign model as a sentence."""
    return SIGN_MODEL_WORDS[sign_model]


def _millions(dollars: np.ndarray) -> list[float | None]:
    return with_nulls(dollars / 1e6)
