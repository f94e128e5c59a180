"""Where option quotes come from: the simulated vendor, or a chain that the user uploaded."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from django.shortcuts import get_object_or_404

from accounts.models import User
from greeks.engine.clock import expiry_of, settlement_of
from market.engine.chains import ChainColumns, load_columns
from market.models import ChainUpload
from market.selectors import chain_path, stored_chains_of
from market.vendors.options import NoOptions, OptionChain, UnknownExpiration
from market.vendors.simulated_options import SimulatedOptions, optionable_symbols

SIMULATED = "simulated"
UPLOAD = "UPLOAD"
MARK = "@"
"""Stands between an underlying and the number of an uploaded chain: SPY@12."""
LARGEST_NUMBER = 18
"""Digits of a number that a database can hold."""


class SimulatedSource(NamedTuple):
    """The simulated options on a symbol, which everybody sees."""

    symbol: str

    @property
    def name(self) -> str:
        """The underlying."""
        return self.symbol

    @property
    def is_simulated(self) -> bool:
        """True."""
        return True

    @property
    def source(self) -> str:
        """The source as the API names it."""
        return SIMULATED

    def today(self, now: datetime) -> date:
        """Return the day from which the quotes look ahead."""
        return now.date()

    def expirations(self, *, now: datetime) -> tuple[date, ...]:
        """Return the days on which options expire; NoOptions if there are none."""
        return SimulatedOptions().expirations(self.symbol, now=now)

    def chain(self, expiration: date | None, *, now: datetime) -> OptionChain:
        """Return the latest quotes; NoOptions, UnknownExpiration as the vendor."""
        return SimulatedOptions().chain(self.symbol, expiration, now=now)


@dataclass(frozen=True, slots=True)
class UploadedSource:
    """A stored chain of one user; its quotes stand still."""

    symbol: str
    upload_id: int
    file_name: str
    path: Path
    as_of: datetime
    open_interest_on: date
    spot: float
    rate: float
    dividend_yield: float
    multiplier: float

    @property
    def name(self) -> str:
        """The underlying and the number of the chain."""
        return f"{self.symbol}{MARK}{self.upload_id}"

    @property
    def is_simulated(self) -> bool:
        """False."""
        return False

    @property
    def source(self) -> str:
        """The number of the chain."""
        return str(self.upload_id)

    def today(self, now: datetime) -> date:
        """Return the day of the quotes."""
        return self.as_of.date()

    def expirations(self, *, now: datetime) -> tuple[date, ...]:
        """Return the days on which options of the file expire, soonest first."""
        return _uploaded_chain(self).expirations

    def chain(self, expiration: date | None, *, now: datetime) -> OptionChain:
        """Return the quotes of the file; UnknownExpiration if none expires on that day."""
        chain = _uploaded_chain(self)
        if expiration is None:
            return chain
        if expiration not in chain.expirations:
            raise UnknownExpiration(
                {"expiration": f"No option on {self.symbol} in this file expires on {expiration}."}
            )
        return _only(chain, chain.expiry == chain.expirations.index(expiration))


OptionSource: TypeAlias = SimulatedSource | UploadedSource
"""The quotes of one underlying from one source; hashable, so that analyses can be kept."""


def option_source(user: User | Any, symbol: str, source: str = "") -> OptionSource:
    """Return where the quotes of a symbol come from, for `user`.

    Parameters
    ----------
    symbol : str
        The underlying, or underlying and number of an uploaded chain in one word: SPY@12.
    source : str
        "simulated", the number of one of the user's stored chains, or empty: as `symbol` says,
        else simulated.

    Raises
    ------
    Http404
        If the user has no such chain.
    NoOptions
        If the chain is of another underlying.
    """
    symbol, _, number = symbol.partition(MARK)
    number = source or number or SIMULATED
    if number == SIMULATED:
        return SimulatedSource(symbol)
    is_number = number.isascii() and number.isdecimal() and len(number) <= LARGEST_NUMBER
    stored = stored_chains_of(user)
    upload = get_object_or_404(stored, pk=int(number)) if is_number else None
    if upload is None:
        upload = get_object_or_404(stored.none())
    if symbol and symbol != upload.symbol:
        raise NoOptions({"source": f"Chain {upload.pk} is of {upload.symbol}, not of {symbol}."})
    return source_of_upload(upload)


def source_of_upload(upload: ChainUpload) -> UploadedSource:
    """Return a stored chain as a source of quotes.

    Raises
    ------
    NoOptions
        If the chain waits for its owner's decision.
    """
    if upload.spot is None:
        raise NoOptions({"source": "This chain waits for its owner's decision."})
    return UploadedSource(
        symbol=upload.symbol,
        upload_id=upload.pk,
        file_name=upload.file_name,
        path=chain_path(upload),
        as_of=upload.as_of,
        open_interest_on=upload.open_interest_on,
        spot=upload.spot,
        rate=upload.rate,
        dividend_yield=upload.dividend_yield,
        multiplier=upload.multiplier,
    )


def as_source(source: OptionSource | str) -> OptionSource:
    """Return a source; a mere symbol is simulated."""
    return SimulatedSource(source) if isinstance(source, str) else source


class SourceChoice(NamedTuple):
    """A source to choose: its name in addresses, and its words."""

    name: str
    words: str


def uploaded_choices(user: User | Any) -> list[SourceChoice]:
    """Return the stored chains of `user` as choices."""
    return [
        SourceChoice(
            f"{upload.symbol}{MARK}{upload.pk}",
            f"{upload.symbol}, {upload.as_of:%Y-%m-%d %H:%M} UTC, {upload.file_name}",
        )
        for upload in stored_chains_of(user)
    ]


def symbols_with_options() -> tuple[str, ...]:
    """Return the symbols that have simulated option chains."""
    return optionable_symbols()


@lru_cache(maxsize=8)
def _uploaded_chain(source: UploadedSource) -> OptionChain:
    columns = load_columns(source.path)
    expires_ns = _instants(columns)
    order = np.lexsort((columns.kind, columns.strike, expires_ns))
    columns, expires_ns = columns.take(order), expires_ns[order]
    days, expiry = np.unique(columns.expires_on, return_inverse=True)
    return OptionChain(
        symbol=source.symbol,
        source=UPLOAD,
        as_of=source.as_of,
        open_interest_on=source.open_interest_on,
        spot=source.spot,
        rate=source.rate,
        dividend_yield=source.dividend_yield,
        multiplier=source.multiplier,
        expirations=tuple(days.tolist()),
        expiry=expiry.astype(np.int64),
        expires_ns=expires_ns,
        kind=columns.kind,
        strike=columns.strike,
        bid=columns.bid,
        ask=columns.ask,
        volume=columns.volume,
        open_interest=columns.open_interest,
        root=columns.root,
    )


def _instants(columns: ChainColumns) -> np.ndarray:
    """Return when each contract expires, nanoseconds UTC: at the open or at the close."""
    keys, place = np.unique(
        np.rec.fromarrays([columns.root, columns.expires_on.astype(np.int64)]), return_inverse=True
    )
    instants = [
        expiry_of(np.datetime64(int(day), "D").item(), settlement=settlement_of(str(root)))
        for root, day in keys.tolist()
    ]
    return np.array([one.expires_ns for one in instants], dtype=np.int64)[place]


def _only(chain: OptionChain, rows: np.ndarray) -> OptionChain:
    per_contract = (
        "expiry", "expires_ns", "kind", "strike", "bid", "ask", "volume", "open_interest", "root",
    )  # fmt: skip
    columns = {name: getattr(chain, name) for name in OptionChain.__dataclass_fields__}
    for name in per_contract:
        columns[name] = None if columns[name] is None else columns[name][rows]
    return OptionChain(**columns)
