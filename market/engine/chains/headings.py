"""Column names that vendors give to option chains."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

SIDED: dict[str, tuple[str, ...]] = {
    "contract": (
        "contract",
        "contractsymbol",
        "contract_symbol",
        "contract_name",
        "option_symbol",
        "optionsymbol",
        "occ",
        "occ_symbol",
        "osi",
        "osi_symbol",
        "optionid",
    ),
    "bid": ("bid", "bid_price", "bidprice", "best_bid", "bid_eod", "bidpx", "close_bid"),
    "ask": ("ask", "ask_price", "askprice", "best_offer", "best_ask", "offer", "ask_eod", "askpx"),
    "latest": (
        "latest",
        "last",
        "last_price",
        "lastprice",
        "last_sale",
        "mark",
        "mid",
        "close",
        "value",
    ),
    "volume": ("volume", "trade_volume", "total_volume", "totalvolume", "volu", "option_volume"),
    "open_interest": ("open_interest", "openinterest", "open_int", "openint", "oi"),
}
"""Columns that each contract has of its own; in files of two sides there is one for each side."""
SHARED: dict[str, tuple[str, ...]] = {
    "underlying": (
        "underlying",
        "underlying_symbol",
        "underlyingsymbol",
        "underlying_ticker",
        "act_symbol",
    ),
    "root": ("root", "option_root"),
    "expiration": (
        "expiration",
        "expiration_date",
        "expirationdate",
        "expiry",
        "expiry_date",
        "expires_on",
        "exdate",
        "expdate",
        "exp_date",
        "expire_date",
        "expirdate",
        "exp",
        "maturity",
    ),
    "strike": ("strike", "strike_price", "strikeprice"),
    "kind": (
        "kind",
        "option_type",
        "optiontype",
        "type",
        "right",
        "cp_flag",
        "cp",
        "c_p",
        "call_put",
        "callput",
        "put_call",
        "putcall",
        "contract_type",
    ),
    "spot": (
        "spot",
        "spot_price",
        "underlying_price",
        "underlyingprice",
        "underlying_last",
        "underlying_close",
        "stock_price",
        "stkpx",
    ),
    "spot_bid": ("underlying_bid_eod", "underlying_bid"),
    "spot_ask": ("underlying_ask_eod", "underlying_ask"),
    "quoted_at": (
        "quoted_at",
        "quote_time",
        "quotetime",
        "quote_datetime",
        "quote_readtime",
        "quote_timestamp",
        "as_of",
        "asof",
        "snapshot_time",
        "timestamp",
        "datetime",
        "quote_date",
        "quotedate",
        "trade_date",
        "tradedate",
        "data_date",
        "date",
    ),
    "rate": ("rate", "risk_free_rate", "interest_rate"),
    "dividend_yield": ("dividend_yield", "div_yield", "dividendyield"),
    "multiplier": ("multiplier", "contract_size", "contractsize"),
}
EITHER = ("symbol", "ticker", "option", "instrument")
"""Names that hold an option's symbol in some files and the underlying's in others."""
CALL_SIDE, PUT_SIDE = ("calls_", "call_", "c_"), ("puts_", "put_", "p_")
ORATS = {f"{side}{tail}": f"{side}_{tail}" for side in "cp" for tail in ("bidpx", "askpx", "volu")}
ORATS |= {"coi": "c_oi", "poi": "p_oi"}
THOUSANDTHS = 1000.0


@dataclass(frozen=True)
class ChainLayout:
    """Where the columns of a chain stand in a table.

    Parameters
    ----------
    name : str
        Vendor or program that writes this layout.
    sides : tuple of (str, dict of str to int)
        For each contract in a row: "call", "put", or "" where a column says which, and the places
        of its own columns.
    shared : dict of str to int
        Places of the columns that all contracts of a row share.
    either : int or None
        Place of a column that may hold the option's symbol or the underlying's.
    strike_scale : float
        What strikes are divided by.
    """

    name: str
    sides: tuple[tuple[str, dict[str, int]], ...]
    shared: dict[str, int]
    either: int | None
    strike_scale: float = 1.0


def plain(name: str) -> str:
    """Return a heading in small letters and digits, its words joined by underscores."""
    bare = name.strip().strip("[]<>\"' ").lower()
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_")


def layout_of(header: Sequence[str]) -> ChainLayout:
    """Return where the columns of a chain stand under `header`.

    Raises
    ------
    ValueError
        If a column that a chain needs is missing; the message names it.
    """
    names = [ORATS.get(name, name) for name in map(plain, header)]
    shared = _places(names, SHARED)
    either = next((names.index(name) for name in EITHER if name in names), None)
    sides = _sides_of(names)
    has_contract = either is not None or any("contract" in places for _, places in sides)
    kinds_known = len(sides) > 1 or "kind" in shared
    missing = [
        words
        for words, is_there in (
            ("expiration", "expiration" in shared),
            ("strike", "strike" in shared),
            ("type (call or put)", kinds_known),
        )
        if not is_there
    ]
    if missing and not has_contract:
        raise ValueError(
            f"The file has no column for {', '.join(missing)}, and none for the option's symbol."
        )
    if not any(places.keys() & {"bid", "ask", "latest", "open_interest"} for _, places in sides):
        raise ValueError("The file has no column for bid, ask, latest price or open interest.")
    is_scaled = "cp_flag" in names and "strike_price" in names
    name = _vendor_of(names, len(sides), is_scaled=is_scaled)
    return ChainLayout(name, sides, shared, either, THOUSANDTHS if is_scaled else 1.0)


def n_known(header: Sequence[str]) -> int:
    """Return how many headings are those of a chain; the line with most is the header."""
    names = [ORATS.get(name, name) for name in map(plain, header)]
    known = {alias for aliases in (*SIDED.values(), *SHARED.values()) for alias in aliases}
    known |= {*EITHER, "calls", "puts"}
    return sum(name in known or _tail(name, CALL_SIDE + PUT_SIDE) in known for name in names)


def _places(names: Sequence[str], aliases: dict[str, tuple[str, ...]]) -> dict[str, int]:
    found = {}
    for column, wanted in aliases.items():
        place = next((names.index(name) for name in wanted if name in names), None)
        if place is not None:
            found[column] = place
    return found


def _sides_of(names: list[str]) -> tuple[tuple[str, dict[str, int]], ...]:
    """Return the columns of calls and puts where a row holds both, else those of its contract."""
    if "calls" in names and "puts" in names and names.index("calls") < names.index("puts"):
        first, second = names.index("calls"), names.index("puts")
        renamed = ["contract" if name in ("calls", "puts") else name for name in names]
        renamed = ["volume" if name == "vol" else name for name in renamed]
        calls = [name if first <= i < second else "" for i, name in enumerate(renamed)]
        puts = [name if i >= second else "" for i, name in enumerate(renamed)]
        return ("call", _places(calls, SIDED)), ("put", _places(puts, SIDED))
    calls, puts = ([_tail(name, side) for name in names] for side in (CALL_SIDE, PUT_SIDE))
    of_calls, of_puts = _places(calls, SIDED), _places(puts, SIDED)
    if of_calls.keys() & of_puts.keys() & {"bid", "open_interest"}:
        return ("call", of_calls), ("put", of_puts)
    return (("", _places(names, SIDED)),)


def _tail(name: str, prefixes: tuple[str, ...]) -> str:
    prefix = next((one for one in prefixes if name.startswith(one)), None)
    return "" if prefix is None else name.removeprefix(prefix)


def _vendor_of(names: Sequence[str], n_sides: int, *, is_scaled: bool) -> str:
    if is_scaled:
        return "OptionMetrics"
    if n_sides > 1:
        if "calls" in names:
            return "Cboe quote table"
        return "ORATS" if "stkpx" in names else "calls beside puts"
    if "contractsymbol" in names or {"contract_name", "last_price"} <= set(names):
        return "Yahoo"
    if {"underlying_bid_eod", "bid_eod"} & set(names):
        return "Cboe DataShop"
    return "generic"
