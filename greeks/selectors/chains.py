"""Option chains: one expiry as a table of strikes with volatilities, Greeks and reasons."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from greeks.engine.chain import (
    EXPECTED_MOVE_WORDS,
    ChainAnalysis,
    analyse_chain,
    issue_words,
    make_quotes,
)
from greeks.engine.clock import CalendarClock
from greeks.engine.occ import OptionSymbol, format_occ
from greeks.engine.units import SCREEN_UNITS
from greeks.selectors.batches import STATUS_WORDS, with_nulls
from market.vendors.options import OptionChain
from market.vendors.simulated_options import SimulatedOptions, optionable_symbols
from pulse.common.time import to_ns

SHOWN = ("delta", "gamma", "theta", "vega")
MODEL = "Black-76 on the forward of put-call parity; European exercise"


@dataclass(frozen=True, slots=True)
class ChainView:
    """A chain with what it says; `years` float64[n_contracts]."""

    chain: OptionChain
    analysis: ChainAnalysis
    years: np.ndarray

    @property
    def clock(self) -> str:
        """How the time to expiry is counted."""
        return CalendarClock().label

    @property
    def model(self) -> str:
        """What the volatilities and Greeks rest on."""
        return MODEL


def symbols_with_options() -> tuple[str, ...]:
    """Return the symbols that have option chains."""
    return optionable_symbols()


def expirations_of(symbol: str, *, now: datetime) -> tuple[date, ...]:
    """Return the days on which options of `symbol` expire, soonest first.

    Raises
    ------
    NoOptions
        If there are no options on the symbol.
    """
    return SimulatedOptions().expirations(symbol, now=now)


def nearest_monthly(expirations: tuple[date, ...], today: date) -> date:
    """Return the expiry a chain opens with: the first that is three weeks away, else the last."""
    far = [day for day in expirations if (day - today).days >= 21]  # noqa: PLR2004 -- three weeks
    return far[0] if far else expirations[-1]


def chain_view(symbol: str, expiration: date | None, *, now: datetime) -> ChainView:
    """Return the latest quotes of one expiry, or of all, with their analysis.

    Raises
    ------
    NoOptions
        If there are no options on the symbol.
    UnknownExpiration
        If none of them expires on that day.
    """
    chain = SimulatedOptions().chain(symbol, expiration, now=now)
    return _analysed(chain.symbol, chain.as_of, expiration)


@lru_cache(maxsize=32)
def _analysed(symbol: str, as_of: datetime, expiration: date | None) -> ChainView:
    """Analyse the chain as of its own moment: the same quotes are analysed once."""
    chain = SimulatedOptions().chain(symbol, expiration, now=as_of)
    years = CalendarClock().years(to_ns(chain.as_of), chain.expires_ns).years
    quotes = make_quotes(chain.kind, chain.strike, years, chain.bid, chain.ask)
    analysis = analyse_chain(
        quotes,
        spot=chain.spot,
        rate=chain.rate,
        dividend_yield=chain.dividend_yield,
        which=SHOWN,
    )
    return ChainView(chain, analysis, years)


def columns_of(view: ChainView) -> dict[str, list[Any]]:
    """Return one column a name, screen units; null and a status where there is no number."""
    chain, analysis = view.chain, view.analysis
    days = [chain.expirations[place] for place in chain.expiry.tolist()]
    kinds = [int(kind) for kind in chain.kind]
    columns: dict[str, list[Any]] = {
        "contract": [
            format_occ(OptionSymbol(chain.symbol, day, kind, strike), is_compact=True)
            for day, kind, strike in zip(days, kinds, chain.strike.tolist(), strict=True)
        ],
        "kind": ["call" if kind > 0 else "put" for kind in kinds],
        "expiration": [day.isoformat() for day in days],
        "strike": chain.strike.tolist(),
        "bid": with_nulls(chain.bid),
        "ask": with_nulls(chain.ask),
        "volume": with_nulls(chain.volume),
        "open_interest": with_nulls(chain.open_interest),
        "vol": with_nulls(analysis.vol),
        "vol_bid": with_nulls(analysis.vols.bid),
        "vol_mid": with_nulls(analysis.vols.mid),
        "vol_ask": with_nulls(analysis.vols.ask),
        "status": STATUS_WORDS[analysis.vols.status].tolist(),
        "issues": [issue_words(int(issues)) for issues in analysis.issues],
    }
    for name in SHOWN:
        unit = SCREEN_UNITS[name]
        columns[unit.column] = with_nulls(np.asarray(analysis.greeks[name]) * unit.factor)
    return columns


def units_of_columns() -> dict[str, str]:
    """Return the unit of each figure of `columns_of`."""
    units = {SCREEN_UNITS[name].column: SCREEN_UNITS[name].words for name in SHOWN}
    vols = dict.fromkeys(("vol", "vol_bid", "vol_mid", "vol_ask"), "per year, 0.2 is 20 %")
    money = dict.fromkeys(("strike", "bid", "ask"), "currency per share")
    return {**money, **dict.fromkeys(("volume", "open_interest"), "contracts"), **vols, **units}


def chain_document(view: ChainView) -> dict[str, Any]:
    """Return a chain as the API and the commands tell it."""
    chain, forwards = view.chain, view.analysis.forwards
    return {
        "symbol": chain.symbol,
        "source": chain.source,
        "as_of": chain.as_of,
        "open_interest_on": chain.open_interest_on,
        "spot": chain.spot,
        "multiplier": chain.multiplier,
        "model": view.model,
        "clock": view.clock,
        "units": units_of_columns(),
        "expirations": list(chain.expirations),
        "by_expiration": [
            {
                "expiration": chain.expirations[place],
                "years": float(forwards.years[i]),
                "forward": float(forwards.forward[i]),
                "rate": float(forwards.rate[i]),
                "dividend_yield": float(forwards.dividend_yield[i]),
                "atm_vol": number(view.analysis.atm_vol[i]),
                "expected_move_from_vol": number(view.analysis.expected_move.from_vol[i]),
                "expected_move_from_straddle": number(view.analysis.expected_move.from_straddle[i]),
            }
            for i, place in enumerate(np.unique(chain.expiry).tolist())
        ],
        "n_contracts": int(chain.strike.size),
        "contracts": columns_of(view),
    }


def number(value: Any) -> float | None:
    """Return a figure, or None where there is none."""
    return float(value) if math.isfinite(value) else None


def strike_rows(view: ChainView, *, around: int | None = None) -> list[dict[str, Any]]:
    """Return one row a strike with its put and its call; the at-the-money one is marked.

    Parameters
    ----------
    around : int, optional
        Strikes to either side of the money; all when not said.
    """
    columns = columns_of(view)
    names = list(columns)
    by_strike: dict[float, dict[str, Any]] = {}
    for values in zip(*columns.values(), strict=True):
        contract = dict(zip(names, values, strict=True))
        contract["note"] = ", ".join(contract["issues"])
        row = by_strike.setdefault(contract["strike"], {"strike": contract["strike"]})
        row[contract["kind"]] = contract
    rows = [by_strike[strike] for strike in sorted(by_strike)]
    nearest = int(np.argmin([abs(row["strike"] - view.chain.spot) for row in rows]))
    rows[nearest]["is_atm"] = True
    return rows if around is None else rows[max(nearest - around, 0) : nearest + around + 1]


def expiry_summary(view: ChainView) -> dict[str, Any]:
    """Return what a chain of one expiry says as a whole."""
    analysis = view.analysis
    first = {
        "years": analysis.forwards.years,
        "forward": analysis.forwards.forward,
        "rate": analysis.forwards.rate,
        "dividend_yield": analysis.forwards.dividend_yield,
        "atm_vol": analysis.atm_vol,
        "move_from_vol": analysis.expected_move.from_vol,
        "move_from_straddle": analysis.expected_move.from_straddle,
    }
    figures: dict[str, Any] = {name: number(column[0]) for name, column in first.items()}
    is_call = view.chain.kind > 0
    figures |= {
        "days": float(analysis.forwards.years[0]) * 365.0,
        "call_open_interest": float(view.chain.open_interest[is_call].sum()),
        "put_open_interest": float(view.chain.open_interest[~is_call].sum()),
        "n_issues": int(np.count_nonzero(analysis.issues)),
        "move_words": EXPECTED_MOVE_WORDS["from_vol"],
        "straddle_words": EXPECTED_MOVE_WORDS["from_straddle"],
    }
    return figures


def smile_chart(view: ChainView) -> dict[str, Any]:
    """Return implied volatility against strike for one expiry: the smile, and each quote's own."""
    smile = view.analysis.smile
    if not smile.strike.size:
        return {"empty": "No quote of this expiry has a volatility."}
    return {
        "x": smile.strike.tolist(),
        "x_format": "price",
        "format": "percent",
        "series": [
            {"name": "Smile", "values": with_nulls(smile.vol), "color": "s1"},
            {
                "name": "At the bid",
                "values": with_nulls(smile.vol_bid),
                "style": "points",
                "color": "s2",
            },
            {
                "name": "At the ask",
                "values": with_nulls(smile.vol_ask),
                "style": "points",
                "color": "s3",
            },
        ],
        "marks": [{"x": view.chain.spot, "text": "spot"}],
    }
