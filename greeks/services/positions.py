"""What people do with positions they built: save, change, copy and delete them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from greeks.models import SavedPosition
from greeks.selectors.legs import LegTerms
from greeks.selectors.positions import position_of
from greeks.selectors.saved_positions import document_of_terms
from greeks.selectors.sources import OptionSource
from pulse.common.errors import DomainError

MAX_POSITIONS = 500
MAX_NAME = 120
MAX_NOTES = 2000


class InvalidPositionName(DomainError):
    """The name is empty or too long, or the notes are."""

    default_code = "invalid_position_name"
    http_status = 422


class PositionNameTaken(DomainError):
    """The owner has another position of this name."""

    default_code = "position_name_taken"


class TooManyPositions(DomainError):
    """The owner has as many positions as anyone may have."""

    default_code = "too_many_positions"


def save_position(
    *,
    owner: User | Any,
    name: str,
    source: OptionSource,
    terms: Sequence[LegTerms],
    notes: str = "",
    now: datetime,
) -> SavedPosition:
    """Store a position at the prices of its legs; a leg without a price is entered at the mid.

    Raises
    ------
    InvalidPositionName, PositionNameTaken, TooManyPositions
        If it cannot be stored so.
    NoOptions, BadLegs
        If the legs cannot be, as `position_of`.
    """
    view = position_of(source, terms, now=now)
    if SavedPosition.objects.filter(owner=owner).count() >= MAX_POSITIONS:
        raise TooManyPositions(f"You have {MAX_POSITIONS} positions. Delete one first.")
    position = SavedPosition(
        owner=owner,
        name=_checked_name(name),
        symbol=source.name,
        legs=document_of_terms(view.terms, view.legs.premium.tolist()),
        notes=_checked_notes(notes),
        entry_spot=view.source.chain.spot,
        entered_at=view.source.chain.as_of,
        created_at=now,
        updated_at=now,
    )
    return _stored(position)


def change_position(
    *,
    position: SavedPosition,
    now: datetime,
    name: str | None = None,
    notes: str | None = None,
    source: OptionSource | None = None,
    terms: Sequence[LegTerms] | None = None,
) -> SavedPosition:
    """Store what changed of a position; new legs are entered anew, at the quotes of `now`.

    Raises
    ------
    InvalidPositionName, PositionNameTaken, NoOptions, BadLegs
        As `save_position`.
    """
    if name is not None:
        position.name = _checked_name(name)
    if notes is not None:
        position.notes = _checked_notes(notes)
    if terms is not None and source is not None:
        view = position_of(source, terms, now=now)
        position.symbol = source.name
        position.legs = document_of_terms(view.terms, view.legs.premium.tolist())
        position.entry_spot = view.source.chain.spot
        position.entered_at = view.source.chain.as_of
    position.updated_at = now
    return _stored(position)


def duplicate_position(*, position: SavedPosition, now: datetime) -> SavedPosition:
    """Store a copy under the next free name.

    Raises
    ------
    TooManyPositions
        As `save_position`.
    """
    own = SavedPosition.objects.filter(owner=position.owner)
    names = set(own.values_list("name", flat=True))
    if len(names) >= MAX_POSITIONS:
        raise TooManyPositions(f"You have {MAX_POSITIONS} positions. Delete one first.")
    stem = position.name[: MAX_NAME - len(" copy 500")]
    name = next(
        one for n in count(1) if (one := f"{stem} copy" + (f" {n}" if n > 1 else "")) not in names
    )
    copy = SavedPosition(
        owner=position.owner,
        name=name,
        symbol=position.symbol,
        legs=position.legs,
        notes=position.notes,
        entry_spot=position.entry_spot,
        entered_at=position.entered_at,
        created_at=now,
        updated_at=now,
    )
    return _stored(copy)


def delete_position(*, position: SavedPosition) -> None:
    """Delete a position."""
    position.delete()


def _stored(position: SavedPosition) -> SavedPosition:
    try:
        with transaction.atomic():
            position.save()
    except IntegrityError as error:
        raise PositionNameTaken({"name": f"You have a position called {position.name}."}) from error
    return position


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidPositionName({"name": f"The name has from 1 to {MAX_NAME} letters."})
    return name


def _checked_notes(notes: str) -> str:
    if len(notes) > MAX_NOTES:
        raise InvalidPositionName({"notes": f"Notes have at most {MAX_NOTES} letters."})
    return notes.strip()
