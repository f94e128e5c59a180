"""The legs of a position looked up on a chain: their prices, volatilities and time."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from greeks.engine import american_price, price
from greeks.engine.arrays import FloatArray
from greeks.engine.positions import Legs, PlacedLegs, make_legs
from greeks.selectors.chains import AMERICAN, ChainView, main_expiry
from pulse.common.errors import DomainError

MOST_LEGS = 12
LARGEST_QUANTITY = 10_000
LARGEST_PRICE = 1e6
LARGEST_VOL = 10.0
KINDS = {"call": 1.0, "put": -1.0, "stock": 0.0}
BASES = {"mid": "Mid", "natural": "Buy at the ask, sell at the bid"}


class BadLegs(DomainError):
    """A leg cannot be as it is said; keys name it: legs.0.strike."""

    default_code = "bad_legs"
    http_status = 422


class LegTerms(NamedTuple):
    """One leg as people say it: `quantity` above 0 is bought; None: as the chain has it.

    `strike` and `premium` in currency per share, `vol` per year. Stock has no strike and expiry.
    """

    kind: str
    quantity: int
    strike: float | None = None
    expiration: date | None = None
    premium: float | None = None
    vol: float | None = None


class _Found(NamedTuple):
    """A leg on the chain."""

    years: float
    vol: float
    bid: float
    ask: float
    model: float
    is_listed: bool

    def premium(self, quantity: float, basis: str) -> float:
        """Return the entry price on a basis; the model's where nobody quotes."""
        side = self.ask if quantity > 0.0 else self.bid
        quoted = side if basis == "natural" else 0.5 * (self.bid + self.ask)
        return quoted if math.isfinite(quoted) else self.model


def terms_of_placed(
    placed: PlacedLegs, expirations: Sequence[date], place: int
) -> tuple[LegTerms, ...]:
    """Return the legs of a placed strategy, the first expiry at `place` of `expirations`."""
    return tuple(
        LegTerms(str(kind), int(quantity))
        if kind == "stock"
        else LegTerms(str(kind), int(quantity), float(strike), expirations[place + int(expiry)])
        for kind, quantity, strike, expiry in zip(
            placed.kind, placed.quantity, placed.strike, placed.expiry, strict=True
        )
    )


def check_legs(terms: Sequence[LegTerms], expirations: Sequence[date]) -> None:
    """Refuse legs that cannot be.

    Raises
    ------
    BadLegs
        With a sentence for each field of each leg that is wrong.
    """
    if not terms:
        raise BadLegs({"legs": "A position needs a leg."})
    if len(terms) > MOST_LEGS:
        raise BadLegs({"legs": f"A position has at most {MOST_LEGS} legs; this has {len(terms)}."})
    faults: dict[str, str] = {}
    for i, leg in enumerate(terms):
        found = _faults(leg, expirations)
        faults |= {f"legs.{i}.{field}": f"Leg {i + 1}: {text}" for field, text in found.items()}
    if faults:
        raise BadLegs(faults)


def _faults(leg: LegTerms, expirations: Sequence[date]) -> dict[str, str]:
    faults = {}
    if leg.kind not in KINDS:
        faults["kind"] = "choose call, put or stock."
    if not 1 <= abs(leg.quantity) <= LARGEST_QUANTITY:
        faults["quantity"] = f"the quantity is from 1 to {LARGEST_QUANTITY:,}."
    if leg.kind != "stock":
        if leg.strike is None or not 0.0 < leg.strike <= LARGEST_PRICE:
            faults["strike"] = f"the strike is above 0 and at most {LARGEST_PRICE:,.0f}."
        if leg.expiration not in expirations:
            faults["expiration"] = (
                f"nothing expires on {leg.expiration}; the next day is {expirations[0]}."
                if leg.expiration
                else "choose the day of expiry."
            )
    if leg.premium is not None and not 0.0 <= leg.premium <= LARGEST_PRICE:
        faults["premium"] = f"the entry price is from 0 to {LARGEST_PRICE:,.0f}."
    if leg.vol is not None and not 0.0 < leg.vol <= LARGEST_VOL:
        faults["vol"] = "the volatility is above 0 and at most 1,000 %."
    return faults


def legs_on_chain(
    source: ChainView, terms: Sequence[LegTerms], *, basis: str = "mid"
) -> tuple[Legs, list[dict[str, Any]]]:
    """Return the legs as the engine takes them, and a description of each.

    Parameters
    ----------
    source : ChainView
        All expiries of the underlying.
    basis : "mid" or "natural"
        What a leg without a price costs: the mid, or the ask bought and the bid sold.

    Raises
    ------
    BadLegs
        As `check_legs`.

    Notes
    -----
    A strike that is not listed takes its volatility from the smile, linear between the strikes
    beside it, and its price from that. One expiry holding both settlements takes the larger.
    """
    chain = source.chain
    check_legs(terms, chain.expirations)
    found = [_find(source, leg) for leg in terms]
    legs = make_legs(
        [leg.kind for leg in terms],
        [leg.strike or 0.0 for leg in terms],
        [one.years for one in found],
        [leg.vol or one.vol for leg, one in zip(terms, found, strict=True)],
        quantity=[leg.quantity for leg in terms],
        premium=[
            one.premium(leg.quantity, basis) if leg.premium is None else leg.premium
            for leg, one in zip(terms, found, strict=True)
        ],
        multiplier=chain.multiplier,
        is_american=source.exercise == AMERICAN,
    )
    return legs, [_row(i, terms[i], found[i], legs) for i in range(len(terms))]


def _row(i: int, leg: LegTerms, found: _Found, legs: Legs) -> dict[str, Any]:
    is_stock = leg.kind == "stock"
    return {
        "quantity": float(leg.quantity),
        "kind": leg.kind,
        "strike": leg.strike,
        "expiration": leg.expiration,
        "premium": float(legs.premium[i]),
        "vol": None if is_stock or not math.isfinite(legs.vol[i]) else float(legs.vol[i]),
        "cost": float(legs.shares[i] * legs.premium[i]),
        "is_listed": found.is_listed,
        "is_own_premium": leg.premium is not None,
        "is_own_vol": leg.vol is not None,
    }


def _find(source: ChainView, leg: LegTerms) -> _Found:
    chain = source.chain
    if leg.kind == "stock":
        return _Found(0.0, 0.0, chain.spot, chain.spot, chain.spot, is_listed=True)
    kind, strike = KINDS[leg.kind], float(leg.strike or math.nan)
    place = main_expiry(source, leg.expiration)
    forwards = source.analysis.forwards
    years = float(forwards.years[place])
    is_it = (source.years == years) & (chain.strike == strike) & (chain.kind == kind)
    rows = np.flatnonzero(is_it)
    vol = float(source.analysis.vol[rows[0]]) if rows.size else math.nan
    if not math.isfinite(vol):
        vol = _smile_vol(source, years, math.log(strike / float(forwards.forward[place])))
    worth = american_price if source.exercise == AMERICAN else price
    model = worth(
        kind, chain.spot, strike, years, float(forwards.rate[place]),
        float(forwards.dividend_yield[place]), vol,
    )  # fmt: skip

    def quoted(column: FloatArray) -> float:
        return float(column[rows[0]]) if rows.size else math.nan

    return _Found(
        years, vol, quoted(chain.bid), quoted(chain.ask), float(model), is_listed=bool(rows.size)
    )


def _smile_vol(source: ChainView, years: float, log_moneyness: float) -> float:
    smile = source.analysis.smile
    points = smile.years == years
    if not points.any():
        return math.nan
    return float(np.interp(log_moneyness, smile.log_moneyness[points], smile.vol[points]))
