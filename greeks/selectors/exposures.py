"""Dealer exposure of a chain, with the assumption it rests on."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from greeks.engine import exposure, zero_gamma
from greeks.engine.exposure import (
    DEALER_SIGNS,
    SIGN_MODEL_WORDS,
    Exposure,
    nearest_root,
)
from greeks.engine.exposure.profile import STICKY_RULES
from greeks.engine.units import DAYS_PER_YEAR
from greeks.selectors.batches import STATUS_WORDS, with_nulls
from greeks.selectors.chains import (
    AMERICAN,
    EUROPEAN,
    ChainView,
    ExerciseNotOffered,
    chain_view,
)
from greeks.selectors.sources import OptionSource
from pulse.common.errors import DomainError
from pulse.common.numbers import finite_or_none

DEFAULT_SIGNS = "calls_long_puts_short"
SIGN_MODELS = {
    "calls_long_puts_short": "Calls long, puts short",
    "inverse": "Calls short, puts long",
    "both_short": "Both short",
    "absolute": "No sign",
}
MOST_AMERICAN = 6_000
"""Contracts of an American exposure: a second of work."""
STICKY_NAMES = {"strike": "Sticky strike", "moneyness": "Sticky moneyness"}
UNITS = {
    "gex_usd_per_1pct": "dollars of the underlying to trade per 1 % move",
    "gex_usd_per_1usd": "dollars of the underlying to trade per 1.00 move",
    "gex_shares_per_1usd": "shares to trade per 1.00 move",
    "dex_usd": "dollars of delta",
    "vex_usd_per_1volpt": "dollars of delta per volatility point",
    "chex_usd_per_day": "dollars of delta per calendar day",
}


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
        return finite_or_none(nearest_root(self.roots, self.source.chain.spot))

    @property
    def flip_note(self) -> str:
        """How the spot of no gamma was found, or why there is none."""
        if self.roots.size:
            return f"repriced, nearest of {self.roots.size}"
        if not self.measured.n_used:
            return "no contract counts"
        walls = self.measured.oi_call_wall, self.measured.oi_put_wall
        if not any(map(math.isfinite, walls)):
            return "no contract has open interest"
        return "net exposure keeps one sign or is nil"


def exposure_view(
    source: OptionSource | str,
    *,
    now: datetime,
    sign_model: str = DEFAULT_SIGNS,
    sticky: str = "strike",
    expiration: date | None = None,
    exercise: str = EUROPEAN,
) -> ExposureView:
    """Return the exposure of all expiries of a source (a mere symbol: simulated), or of one.

    Parameters
    ----------
    exercise : "european" or "american"
        As `chain_view`; volatilities, Greeks and levels all follow it.

    Raises
    ------
    NoOptions, UnknownExpiration, ExerciseNotOffered
        As `chain_view`; American exercise also of more than 6,000 contracts.
    UnknownAssumption
        If the sign model or the rule is unknown.
    """
    if sign_model not in DEALER_SIGNS:
        raise UnknownAssumption({"sign_model": f"Choose from {', '.join(DEALER_SIGNS)}."})
    if sticky not in STICKY_RULES:
        raise UnknownAssumption({"sticky": f"Choose from {', '.join(STICKY_RULES)}."})
    view = chain_view(source, expiration, now=now, exercise=exercise)
    n_contracts = view.chain.strike.size
    if exercise == AMERICAN and n_contracts > MOST_AMERICAN:
        raise ExerciseNotOffered(
            {
                "exercise": f"American exposure takes at most {MOST_AMERICAN:,} contracts; this "
                f"chain has {n_contracts:,}. Choose one expiry, or European."
            }
        )
    return _measured(view.origin, view.chain.as_of, expiration, sign_model, sticky, exercise)


@lru_cache(maxsize=64)
def _measured(
    origin: OptionSource,
    as_of: datetime,
    expiration: date | None,
    sign_model: str,
    sticky: Any,
    exercise: str,
) -> ExposureView:
    source = chain_view(origin, expiration, now=as_of, exercise=exercise)
    columns, rest = arguments_of(source, sign_model)
    return ExposureView(
        source,
        sign_model,
        sticky,
        exposure(*columns, **rest),
        zero_gamma(*columns, **rest, sticky=sticky),
    )


def arguments_of(source: ChainView, sign_model: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return columns and the rest of a chain as the engine's functions of exposure take them."""
    chain, analysis = source.chain, source.analysis
    columns = (chain.kind, chain.strike, source.years, analysis.vol, chain.open_interest)
    rest = {
        "spot": chain.spot,
        "rate": analysis.terms.rate,
        "dividend_yield": analysis.terms.dividend_yield,
        "multiplier": chain.multiplier,
        "sign_model": sign_model,
        "is_american": source.exercise == AMERICAN,
    }
    return columns, rest


def levels_of(view: ExposureView) -> dict[str, float | None]:
    """Return the named levels of the underlying; None where there is none."""
    measured = view.measured
    return {
        "zero_gamma": view.flip,
        "call_wall": finite_or_none(measured.call_wall),
        "put_wall": finite_or_none(measured.put_wall),
        "absolute_gamma_strike": finite_or_none(measured.absolute_gamma_strike),
        "oi_call_wall": finite_or_none(measured.oi_call_wall),
        "oi_put_wall": finite_or_none(measured.oi_put_wall),
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
        "exercise": view.source.exercise,
        "model": view.source.model,
        "clock": view.source.clock,
        "units": UNITS,
        "totals": {name: finite_or_none(getattr(measured.totals, name)) for name in UNITS},
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


def assumption_words(sign_model: str) -> str:
    """Return a sign model as a sentence."""
    return SIGN_MODEL_WORDS[sign_model]
