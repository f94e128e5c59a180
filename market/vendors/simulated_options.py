"""Made-up option chains on the simulated shares and funds; every screen says SIMULATED."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import ClassVar, NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np

from greeks.engine import price
from greeks.engine.clock import CalendarClock, expiry_of, listed_expiry_days
from greeks.engine.clock.sessions import previous_session
from greeks.engine.surface import Ssvi
from market.vendors.options import Float1D, NoOptions, OptionChain, UnknownExpiration
from market.vendors.simulated import SAMPLES, Sample, SimulatedVendor
from pulse.common.time import from_ns, to_ns

NEW_YORK = ZoneInfo("America/New_York")
QUOTED_FROM = timedelta(days=6)
"""The longest break of the market, and a day: the latest bar is younger."""
RATE = 0.04
FUND_YIELD = 0.012
MULTIPLIER = 100.0
TICK = 0.01
N_WEEKS, N_MONTHS, N_DAILY_WEEKS = 6, 9, 2
DAILY = frozenset({"SPY", "QQQ", "IWM"})
REVERSION = 2.5
"""Speed, per year, at which variance returns to its long run."""
REACH = 4.5
"""Strikes reach this many deviations from the forward."""
LEAST_WIDTH, MOST_WIDTH = 0.04, 0.7
STRIKE_STEPS = (0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0)
STEPS_A_DEVIATION = 6.0
EVERY_STEP_WITHIN, EVERY_OTHER_WITHIN = 2.0, 3.5
"""Deviations from the forward within which each strike, or every other, is listed."""
HALF_SPREAD = 0.01
HALF_SPREAD_SHARE = 0.004


class Side(NamedTuple):
    """How the interest in calls, or puts, lies around the forward, in deviations."""

    centre: float
    width: float


CALLS, PUTS = Side(0.8, 1.1), Side(-1.1, 1.4)


class SimulatedOptions:
    """Deterministic chains: the same symbol, day and spot give the same quotes for ever.

    Notes
    -----
    Volatilities lie on an SSVI surface whose parameters keep it free of static arbitrage, prices
    are European, and bid and ask are rounded away from them: nothing can be earned by trading at
    these quotes. Open interest belongs to the session before. **Source**: Gatheral & Jacquier
    (2014), Quantitative Finance 14(1), for the surface.
    """

    name: ClassVar[str] = "simulated"

    def expirations(self, symbol: str, *, now: datetime) -> tuple[date, ...]:
        """Return the days on which options expire: weeklies and monthlies of the real calendar.

        Raises
        ------
        NoOptions
            If the symbol has no simulated options.
        """
        return _expirations(symbol, _latest_quote(symbol, now)[0])

    def chain(self, symbol: str, expiration: date | None, *, now: datetime) -> OptionChain:
        """Return the quotes of one expiry, or of all, as they stood at the latest bar.

        Raises
        ------
        NoOptions
            If the symbol has no simulated options.
        UnknownExpiration
            If none of them expires on that day.
        """
        as_of, spot = _latest_quote(symbol, now)
        listed = _expirations(symbol, as_of)
        if expiration is not None and expiration not in listed:
            raise UnknownExpiration(
                {"expiration": f"No option on {symbol} expires on {expiration}."}
            )
        wanted = listed if expiration is None else (expiration,)
        return _chain(symbol, as_of, spot, listed, wanted)


def optionable_symbols() -> tuple[str, ...]:
    """Return the symbols with simulated options: the shares and funds."""
    return tuple(symbol for symbol, sample in SAMPLES.items() if sample.calendar == "XNYS")


def _latest_quote(symbol: str, now: datetime) -> tuple[datetime, float]:
    """Return the time and close of the latest minute bar."""
    if symbol not in optionable_symbols():
        known = ", ".join(optionable_symbols())
        raise NoOptions({"symbol": f"{symbol} has no simulated options. Choose one of {known}."})
    end = now + timedelta(microseconds=1)
    bars = SimulatedVendor().bars(symbol, "1m", start=now - QUOTED_FROM, end=end)
    return from_ns(int(bars.ts_ns[-1])), float(bars.close[-1])


def _session_day(as_of: datetime) -> date:
    return as_of.astimezone(NEW_YORK).date()


def _expirations(symbol: str, as_of: datetime) -> tuple[date, ...]:
    now_ns = to_ns(as_of)
    days = _listed(_session_day(as_of), is_daily=symbol in DAILY)
    return tuple(day for day in days if expiry_of(day).expires_ns > now_ns)


@lru_cache(maxsize=64)
def _listed(today: date, *, is_daily: bool) -> tuple[date, ...]:
    listed = set(listed_expiry_days(today, n_weeks=N_WEEKS, n_months=N_MONTHS))
    if is_daily:
        listed |= set(listed_expiry_days(today, n_weeks=N_DAILY_WEEKS, n_months=0, is_daily=True))
    return tuple(sorted(listed))


@lru_cache(maxsize=32)
def _chain(
    symbol: str, as_of: datetime, spot: float, listed: tuple[date, ...], wanted: tuple[date, ...]
) -> OptionChain:
    sample = SAMPLES[symbol]
    dividend_yield = FUND_YIELD if sample.kind == "ETF" else 0.0
    today = _session_day(as_of)
    parts = [_quotes(symbol, today, spot, dividend_yield, day, to_ns(as_of)) for day in wanted]
    places = [
        np.full(part[0].size, listed.index(day)) for part, day in zip(parts, wanted, strict=True)
    ]
    expires = [
        np.full(p[0].size, expiry_of(d).expires_ns) for p, d in zip(parts, wanted, strict=True)
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return OptionChain(
        symbol, "SIMULATED", as_of, previous_session(today), spot, RATE, dividend_yield,
        MULTIPLIER, listed, np.concatenate(places), np.concatenate(expires), *columns,
    )  # fmt: skip


def _quotes(
    symbol: str, today: date, spot: float, dividend_yield: float, expires_on: date, now_ns: int
) -> tuple[Float1D, ...]:
    """Return kind, strike, bid, ask, volume and open interest of one expiry."""
    expiry = expiry_of(expires_on)
    years = float(CalendarClock().years(now_ns, expiry.expires_ns).years)
    forward = spot * float(np.exp((RATE - dividend_yield) * years))
    variance = _variance(symbol, SAMPLES[symbol], today, years)
    deviation = float(np.sqrt(variance))
    strikes = _strikes(forward, deviation)
    kind = np.tile([-1.0, 1.0], strikes.size)
    strike = np.repeat(strikes, 2)
    vols = _vols(symbol, np.log(strike / forward), variance, years)
    worth = price(kind, spot, strike, years, RATE, dividend_yield, vols)
    half = HALF_SPREAD + HALF_SPREAD_SHARE * worth
    bid = np.maximum(np.floor((worth - half) / TICK), 0.0) * TICK
    ask = np.ceil((worth + half) / TICK) * TICK
    days = (expires_on - today).days
    rng = np.random.default_rng(crc32(f"{symbol}:{today}:{expires_on}".encode()))
    weight = _listing_weight(days, is_monthly=expiry.is_monthly)
    interest = _interest(SAMPLES[symbol], kind, strike, forward, deviation, weight, rng)
    share = 0.04 + 0.9 * np.exp(-days / 4.0)
    volume = np.floor(interest * share * rng.lognormal(-0.2, 0.7, interest.size))
    return kind, strike, np.round(bid, 2), np.round(ask, 2), volume, interest


def _variance(symbol: str, sample: Sample, today: date, years: float) -> float:
    """Return total variance at the forward: from today's level back to the long run, rising."""
    phase = crc32(symbol.encode()) % 628 / 100
    days = today.toordinal()
    swing = 0.22 * np.sin(days / 29.0 + phase) + 0.08 * np.sin(days / 4.3 + 2.0 * phase)
    long_run = (1.05 * sample.vol) ** 2
    level = (0.95 * sample.vol * float(np.exp(swing))) ** 2
    faded = (1.0 - float(np.exp(-REVERSION * years))) / REVERSION
    return float(long_run * years + (level - long_run) * faded)


def _vols(symbol: str, log_moneyness: Float1D, variance: float, years: float) -> Float1D:
    """Return volatilities on the SSVI surface; funds lean more than single shares."""
    rho, eta = (-0.6, 0.85) if SAMPLES[symbol].kind == "ETF" else (-0.35, 0.75)
    surface = Ssvi(rho, eta, 0.5, np.array([variance]))
    total = surface.curve(log_moneyness, 0).variance
    return np.asarray(np.sqrt(total / years), dtype=np.float64)


def _strikes(forward: float, deviation: float) -> Float1D:
    """Return round strikes: close ones near the forward, twice and five times as far beyond."""
    width = min(max(REACH * deviation, LEAST_WIDTH), MOST_WIDTH)
    rough = forward * max(deviation, 0.01) / STEPS_A_DEVIATION
    step = next((s for s in STRIKE_STEPS if s >= rough), STRIKE_STEPS[-1])
    low, high = forward * np.exp(-1.3 * width), forward * np.exp(width)
    places = np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    away = np.abs(np.log(places * step / forward)) / max(deviation, 0.01)
    is_every_other = (away < EVERY_OTHER_WITHIN) & (places % 2 == 0)
    is_listed = (away < EVERY_STEP_WITHIN) | is_every_other | (places % 5 == 0)
    return np.asarray(places[is_listed & (places > 0)] * step, dtype=np.float64)


def _listing_weight(days: int, *, is_monthly: bool) -> float:
    """Return how much interest an expiry holds: monthlies most, far ones less."""
    return (3.5 if is_monthly else 0.8) * float(np.exp(-days / 160.0)) * min(1.0, 0.4 + days / 12)


def _interest(
    sample: Sample,
    kind: Float1D,
    strike: Float1D,
    forward: float,
    deviation: float,
    weight: float,
    rng: np.random.Generator,
) -> Float1D:
    """Return open interest: most out of the money, at round strikes, with chance."""
    away = np.log(strike / forward) / max(deviation, 0.01)
    centre = np.where(kind > 0.0, CALLS.centre, PUTS.centre)
    width = np.where(kind > 0.0, CALLS.width, PUTS.width)
    shape = np.exp(-0.5 * ((away - centre) / width) ** 2) + 0.02 / (1.0 + away**2)
    roundness = 1.0 + 1.2 * (strike % 10.0 == 0.0) + 1.5 * (strike % 50.0 == 0.0)
    size = 0.04 * sample.minute_volume * weight
    chance = rng.lognormal(-0.15, 0.55, strike.size)
    return np.asarray(np.floor(size * shape * roundness * chance), dtype=np.float64)
