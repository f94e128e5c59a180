"""Made-up prices of made-up paths under familiar symbols; every screen says SIMULATED."""

from datetime import datetime
from typing import ClassVar, NamedTuple
from zlib import crc32

import numpy as np

from market.engine import Bars, PathParams, resample, sessions_between, simulate_minutes
from market.engine.sessions import ALWAYS
from market.engine.timeframes import DAY_NS
from market.vendors.base import EmptyRange, Listing, UnknownSymbol
from pulse.common.time import to_ns

FIRST_NS = 315_532_800 * 10**9  # 1980-01-01
LAST_NS = 2_208_988_799 * 10**9  # 2039-12-31
TIMEFRAMES = ("1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w")


class Sample(NamedTuple):
    """A demo instrument and its path."""

    name: str
    kind: str
    calendar: str
    base_price: float
    drift: float
    vol: float
    minute_volume: float


def _share(name: str, price: float, vol: float, volume: float, kind: str = "EQUITY") -> Sample:
    return Sample(name, kind, "XNYS", price, 0.07, vol, volume)


SAMPLES: dict[str, Sample] = {
    "SPY": _share("S&P 500 fund", 324.0, 0.17, 190_000, "ETF"),
    "QQQ": _share("Nasdaq 100 fund", 216.0, 0.21, 110_000, "ETF"),
    "IWM": _share("Russell 2000 fund", 165.0, 0.22, 70_000, "ETF"),
    "DIA": _share("Dow 30 fund", 288.0, 0.16, 9_000, "ETF"),
    "GLD": _share("Gold fund", 144.0, 0.15, 21_000, "ETF"),
    "TLT": _share("Long Treasury fund", 137.0, 0.14, 30_000, "ETF"),
    "AAPL": _share("Apple", 75.0, 0.28, 250_000),
    "MSFT": _share("Microsoft", 160.0, 0.26, 65_000),
    "NVDA": _share("Nvidia", 60.0, 0.45, 110_000),
    "AMZN": _share("Amazon", 94.0, 0.32, 160_000),
    "GOOG": _share("Alphabet", 68.0, 0.28, 75_000),
    "META": _share("Meta", 209.0, 0.35, 40_000),
    "TSLA": _share("Tesla", 29.0, 0.55, 300_000),
    "JPM": _share("JPMorgan Chase", 139.0, 0.25, 28_000),
    "XOM": _share("Exxon Mobil", 70.0, 0.26, 50_000),
    "KO": _share("Coca-Cola", 55.0, 0.16, 32_000),
    "BTC/USD": Sample("Bitcoin", "CRYPTO", ALWAYS, 7_200.0, 0.25, 0.60, 20),
    "ETH/USD": Sample("Ether", "CRYPTO", ALWAYS, 130.0, 0.25, 0.75, 300),
    "SOL/USD": Sample("Solana", "CRYPTO", ALWAYS, 12.0, 0.25, 0.95, 4_000),
    "EUR/USD": Sample("Euro in dollars", "FX", "24/5", 1.12, 0.0, 0.08, 900),
}


class SimulatedVendor:
    """Deterministic bars: the same symbol, seed and range give the same numbers for ever.

    Parameters
    ----------
    seed : int
        Chooses the paths; 0 is the one that everybody sees.
    """

    name: ClassVar[str] = "simulated"
    capabilities: ClassVar[frozenset[str]] = frozenset({"bars"})
    timeframes: ClassVar[tuple[str, ...]] = TIMEFRAMES

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def listing(self, symbol: str) -> Listing:
        """Return what is known of a symbol.

        Raises
        ------
        UnknownSymbol
            If the symbol is not among the samples.
        """
        sample = SAMPLES.get(symbol)
        if sample is None:
            raise UnknownSymbol(
                {"symbol": f"{symbol} is not simulated. Choose one of {', '.join(SAMPLES)}."}
            )
        return Listing(symbol, sample.name, sample.kind, sample.calendar)

    def bars(self, symbol: str, timeframe: str, *, start: datetime, end: datetime) -> Bars:
        """Return the bars that close in ``[start, end)``.

        Raises
        ------
        UnknownSymbol
            If the symbol is not among the samples.
        EmptyRange
            If the market was closed in the whole period.

        Notes
        -----
        Coarser bars are sums of the same minutes, so that all timeframes agree.
        """
        self.listing(symbol)
        first_ns, last_ns = max(to_ns(start), FIRST_NS), min(to_ns(end) - 1, LAST_NS)
        sample = SAMPLES[symbol]
        margin = 7 * DAY_NS if timeframe == "1w" else 0  # whole weeks, then cut
        opens, closes = sessions_between(sample.calendar, FIRST_NS, last_ns + margin)
        first = int(np.searchsorted(closes, first_ns - margin))
        if first >= opens.size or first_ns > last_ns:
            raise EmptyRange({"end": f"{symbol} was not traded between these times."})
        bars = simulate_minutes(opens, closes, first, self._params(symbol, sample))
        if timeframe != "1m":
            bars = resample(bars, timeframe)
        kept = np.searchsorted(bars.ts_ns, first_ns), np.searchsorted(bars.ts_ns, last_ns, "right")
        if kept[0] >= kept[1]:
            raise EmptyRange({"end": f"No {timeframe} bar of {symbol} closes between these times."})
        return bars.slice(int(kept[0]), int(kept[1]))

    def _params(self, symbol: str, sample: Sample) -> PathParams:
        closes_at_night = sample.calendar != ALWAYS
        return PathParams(
            seed=crc32(f"{symbol}:{self.seed}".encode()),
            base_price=sample.base_price,
            drift=sample.drift,
            vol=sample.vol,
            gap_share=0.3 if closes_at_night else 0.0,
            sessions_per_year=252.0 if closes_at_night else 365.0,
            minute_volume=sample.minute_volume,
            ticks_per_unit=10_000.0 if sample.kind == "FX" else 100.0,
        )
