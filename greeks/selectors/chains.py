"""Option chains: one expiry as a table of strikes with volatilities, Greeks and reasons."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from greeks.engine.chain import (
    EXPECTED_MOVE_WORDS,
    ChainAnalysis,
    analyse_american_chain,
    analyse_chain,
    issue_words,
    make_quotes,
)
from greeks.engine.clock import CalendarClock
from greeks.engine.occ import OptionSymbol, format_occ
from greeks.engine.units import SCREEN_UNITS
from greeks.selectors.batches import STATUS_WORDS, with_nulls
from greeks.selectors.sources import OptionSource, as_source
from market.vendors.options import OptionChain, UnknownExpiration
from pulse.common.errors import DomainError
from pulse.common.numbers import finite_or_none
from pulse.common.time import to_ns

SHOWN = ("delta", "gamma", "theta", "vega")
EUROPEAN, AMERICAN = "european", "american"
EXERCISES = {EUROPEAN: "European", AMERICAN: "American"}
MODELS = {
    EUROPEAN: "Black-76 on the forward of put-call parity; European exercise",
    AMERICAN: "American exercise (Andersen, Lake, Offengenden) at the chain's rate and yield",
}
EUROPEAN_ONLY = frozenset(
    {"SPX", "XSP", "NDX", "XND", "RUT", "MRUT", "DJX", "VIX", "XEO", "MXEA", "MXEF"}
)
"""Indices whose options cannot be exercised early. Source: Cboe, contract specifications."""


class ExerciseNotOffered(DomainError):
    """There is no such style of exercise, or not on this underlying."""

    default_code = "exercise_not_offered"
    http_status = 422


@dataclass(frozen=True, slots=True)
class ChainView:
    """A chain with what it says; `years` float64[n_contracts]."""

    origin: OptionSource
    chain: OptionChain
    analysis: ChainAnalysis
    years: np.ndarray
    exercise: str = EUROPEAN

    @property
    def clock(self) -> str:
        """How the time to expiry is counted."""
        return CalendarClock().label

    @property
    def model(self) -> str:
        """What the volatilities and Greeks rest on."""
        return MODELS[self.exercise]


def exercises_of(symbol: str) -> tuple[str, ...]:
    """Return the styles of exercise that options on an underlying may have."""
    return (EUROPEAN,) if symbol in EUROPEAN_ONLY else (EUROPEAN, AMERICAN)


def expirations_of(source: OptionSource | str, *, now: datetime) -> tuple[date, ...]:
    """Return the days on which options of a source (a mere symbol: simulated) expire.

    Raises
    ------
    NoOptions
        If there are no options on the symbol.
    """
    return as_source(source).expirations(now=now)


def nearest_monthly(expirations: tuple[date, ...], today: date) -> date:
    """Return the expiry a chain opens with: the first that is three weeks away, else the last."""
    far = [day for day in expirations if (day - today).days >= 21]  # noqa: PLR2004 -- three weeks
    return far[0] if far else expirations[-1]


def chain_view(
    source: OptionSource | str,
    expiration: date | None,
    *,
    now: datetime,
    exercise: str = EUROPEAN,
) -> ChainView:
    """Return the latest quotes of one expiry, or of all, with their analysis.

    Parameters
    ----------
    source : OptionSource or str
        As `option_source` says; a mere symbol is simulated.
    exercise : "european" or "american"
        At the forward of parity, or at the chain's rate and yield with early exercise.

    Raises
    ------
    NoOptions
        If there are no options on the symbol.
    UnknownExpiration
        If none of them expires on that day.
    ExerciseNotOffered
        If the style is unknown, or American on an index whose options are European.
    """
    origin = as_source(source)
    if exercise not in exercises_of(origin.symbol):
        offered = ", ".join(exercises_of(origin.symbol))
        raise ExerciseNotOffered({"exercise": f"Options on {origin.symbol} are {offered}."})
    chain = origin.chain(expiration, now=now)
    return _analysed(origin, chain.as_of, expiration, exercise)


@lru_cache(maxsize=32)
def _analysed(
    origin: OptionSource, as_of: datetime, expiration: date | None, exercise: str
) -> ChainView:
    """Analyse the chain as of its own moment: the same quotes are analysed once."""
    chain = origin.chain(expiration, now=as_of)
    years = CalendarClock().years(to_ns(chain.as_of), chain.expires_ns).years
    quotes = make_quotes(chain.kind, chain.strike, years, chain.bid, chain.ask)
    spot, rate, dividend_yield = chain.spot, chain.rate, chain.dividend_yield
    analysis = (
        analyse_american_chain(quotes, spot=spot, rate=rate, dividend_yield=dividend_yield)
        if exercise == AMERICAN
        else analyse_chain(quotes, spot=spot, rate=rate, dividend_yield=dividend_yield, which=SHOWN)
    )
    return ChainView(origin, chain, analysis, years, exercise)


def expiry_rows_of(view: ChainView) -> list[tuple[date, int]]:
    """Return each expiry of a chain with its place in the analysis, soonest first.

    Notes
    -----
    One day can hold two: index options that settle at its open and at its close.
    """
    chain, known = view.chain, view.analysis.forwards.years
    rows = []
    for i, years in enumerate(known.tolist()):
        first = int(np.flatnonzero(view.years == years)[0])
        rows.append((chain.expirations[int(chain.expiry[first])], i))
    return rows


def main_expiry(view: ChainView, expiration: date | None = None) -> int:
    """Return the place in the analysis of the expiry with most contracts, on a day or at all.

    Raises
    ------
    UnknownExpiration
        If no contract of it has time left.
    """
    rows = [i for day, i in expiry_rows_of(view) if expiration is None or day == expiration]
    sizes = [np.count_nonzero(view.years == view.analysis.forwards.years[i]) for i in rows]
    if not rows:
        raise UnknownExpiration({"expiration": "No contract of this expiry has time left."})
    return rows[int(np.argmax(sizes))]


def columns_of(view: ChainView) -> dict[str, list[Any]]:
    """Return one column a name, screen units; null and a status where there is no number."""
    chain, analysis = view.chain, view.analysis
    days = [chain.expirations[place] for place in chain.expiry.tolist()]
    kinds = [int(kind) for kind in chain.kind]
    roots = itertools.repeat(chain.symbol) if chain.root is None else chain.root.tolist()
    columns: dict[str, list[Any]] = {
        "contract": [
            _contract(root, day, kind, strike)
            for root, day, kind, strike in zip(
                roots, days, kinds, chain.strike.tolist(), strict=False
            )
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


def _contract(root: str, day: date, kind: int, strike: float) -> str:
    """Return the OCC symbol of a contract; empty where none can be written."""
    try:
        return format_occ(OptionSymbol(root, day, kind, strike), is_compact=True)
    except ValueError:
        return ""


def export_rows(view: ChainView) -> Iterator[list[Any]]:
    """Return a chain as rows of a file, the header first; the chain upload reads them back."""
    chain, columns = view.chain, columns_of(view)
    columns.pop("issues")
    facts = {
        "underlying": chain.symbol,
        "quoted_at": chain.as_of.isoformat(),
        "spot": chain.spot,
        "rate": chain.rate,
        "dividend_yield": chain.dividend_yield,
        "multiplier": chain.multiplier,
    }
    yield [*columns, *facts]
    for values in zip(*columns.values(), strict=True):
        yield [*values, *facts.values()]


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
        "source_id": view.origin.source,
        "exercise": view.exercise,
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
                "expiration": day,
                "years": float(forwards.years[i]),
                "forward": float(forwards.forward[i]),
                "rate": float(forwards.rate[i]),
                "dividend_yield": float(forwards.dividend_yield[i]),
                "atm_vol": finite_or_none(view.analysis.atm_vol[i]),
                "expected_move_from_vol": finite_or_none(view.analysis.expected_move.from_vol[i]),
                "expected_move_from_straddle": finite_or_none(
                    view.analysis.expected_move.from_straddle[i]
                ),
            }
            for day, i in expiry_rows_of(view)
        ],
        "n_contracts": int(chain.strike.size),
        "contracts": columns_of(view),
    }


def strike_rows(view: ChainView, *, around: int | None = None) -> list[dict[str, Any]]:
    """Return one row a strike with its put and its call, the strike nearest to the spot marked.

    A row knows which of its two is in the money, and the last strike below the spot that it is.

    Parameters
    ----------
    around : int, optional
        Strikes to either side of the money; all when not said.
    """
    columns = columns_of(view)
    names = list(columns)
    by_strike: dict[tuple[float, int], dict[str, Any]] = {}
    instants = view.chain.expires_ns.tolist()
    for instant, *values in zip(instants, *columns.values(), strict=True):
        contract = dict(zip(names, values, strict=True))
        contract["note"] = ", ".join(contract["issues"])
        key = contract["strike"], instant  # one day can hold two expiries
        row = by_strike.setdefault(key, {"strike": contract["strike"]})
        row[contract["kind"]] = contract
    rows = [by_strike[key] for key in sorted(by_strike)]
    strikes, spot = np.array([row["strike"] for row in rows]), view.chain.spot
    nearest = int(np.argmin(np.abs(strikes - spot)))
    rows[nearest]["is_atm"] = True
    n_below = int(np.count_nonzero(strikes < spot))
    if 0 < n_below < len(rows):
        rows[n_below - 1]["is_last_below"] = True
    for i, row in enumerate(rows):
        row["itm"] = "call" if i < n_below else "put" if row["strike"] > spot else ""
    return rows if around is None else rows[max(nearest - around, 0) : nearest + around + 1]


def expiry_summary(view: ChainView) -> dict[str, Any]:
    """Return what a chain of one expiry says as a whole."""
    analysis, i = view.analysis, main_expiry(view)
    first = {
        "years": analysis.forwards.years,
        "forward": analysis.forwards.forward,
        "rate": analysis.forwards.rate,
        "dividend_yield": analysis.forwards.dividend_yield,
        "atm_vol": analysis.atm_vol,
        "move_from_vol": analysis.expected_move.from_vol,
        "move_from_straddle": analysis.expected_move.from_straddle,
    }
    figures: dict[str, Any] = {name: finite_or_none(column[i]) for name, column in first.items()}
    is_call = view.chain.kind > 0
    figures |= {
        "days": float(analysis.forwards.years[i]) * 365.0,
        "call_open_interest": float(np.nansum(view.chain.open_interest[is_call])),
        "put_open_interest": float(np.nansum(view.chain.open_interest[~is_call])),
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
