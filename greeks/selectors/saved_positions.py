"""Positions people saved: who sees them, and what they are worth today."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from greeks.models import SavedPosition
from greeks.selectors.legs import LegTerms
from greeks.selectors.positions import position_of
from greeks.selectors.sources import MARK, OptionSource, SimulatedSource, source_of_upload
from market.selectors import stored_chains_of
from pulse.common.errors import DomainError


def positions_visible_to(user: User | Any) -> QuerySet[SavedPosition]:
    """Return the positions of `user`, by name."""
    return SavedPosition.objects.filter(owner_id=user.pk)


def document_of_terms(terms: Sequence[LegTerms], premiums: Sequence[float]) -> list[dict[str, Any]]:
    """Return legs as they are stored, each at its price."""
    return [
        {
            **leg._asdict(),
            "expiration": None if leg.expiration is None else leg.expiration.isoformat(),
            "premium": premium,
        }
        for leg, premium in zip(terms, premiums, strict=True)
    ]


def terms_of_position(position: SavedPosition) -> tuple[LegTerms, ...]:
    """Return the stored legs at their entry prices."""
    return tuple(
        LegTerms(
            leg["kind"],
            leg["quantity"],
            leg["strike"],
            None if leg["expiration"] is None else date.fromisoformat(leg["expiration"]),
            leg["premium"],
            leg["vol"],
        )
        for leg in position.legs
    )


def sources_of(user: User | Any) -> dict[str, OptionSource]:
    """Return the user's uploaded chains by the name that positions keep: one query."""
    sources = (source_of_upload(upload) for upload in stored_chains_of(user))
    return {source.name: source for source in sources}


def valued_positions(user: User | Any, *, now: datetime) -> list[dict[str, Any]]:
    """Return each position of `user` with its value and profit since entry; two queries."""
    positions = list(positions_visible_to(user))
    sources = sources_of(user)
    return [valued_position(position, sources, now=now) for position in positions]


def valued_position(
    position: SavedPosition, sources: dict[str, OptionSource], *, now: datetime
) -> dict[str, Any]:
    """Return a position with `cost`, `value` and `profit` in currency; None where unknown.

    Notes
    -----
    Both sides at the mid, or the model where nobody quotes, so a position just saved has made
    nothing. Legs that have expired leave no value, and `note` says so.
    """
    terms = terms_of_position(position)
    row: dict[str, Any] = {"position": position, "terms": terms, "note": ""}
    row |= {"cost": None, "value": None, "profit": None}
    source = sources.get(position.symbol)
    if source is None and MARK in position.symbol:
        return {**row, "note": "Its chain is gone."}
    source = source or SimulatedSource(position.symbol)
    options = [leg.expiration for leg in terms if leg.expiration is not None]
    if options and min(options) < source.today(now):
        return {**row, "note": f"A leg expired on {min(options)}."}
    try:
        view = position_of(source, [leg._replace(premium=None) for leg in terms], now=now)
    except DomainError as refusal:
        return {**row, "note": refusal.sentence}
    paid = [0.0 if leg.premium is None else leg.premium for leg in terms]
    cost = float((view.legs.shares * paid).sum())
    if not math.isfinite(view.legs.cost):
        return {**row, "cost": cost, "note": "A leg has no price."}
    value = view.legs.cost
    return {**row, "cost": cost, "value": value, "profit": value - cost}
