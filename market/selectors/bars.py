"""Bars of a stored series, and the parts of them that charts and pages show."""

from collections import OrderedDict
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from django.conf import settings

from market.engine import Bars, downsample_ohlc, find_gaps, timeframe_ns
from market.engine.store import load_range, series_folder
from market.engine.timeframes import DAY_NS, SECOND_NS
from market.models import BarSeries
from pulse.common.time import from_ns, to_ns

CACHE_BYTES = 256 * 2**20
BYTES_A_BAR = 48
GAPS_SHOWN = 100


class BarCache:
    """Series that were read lately, bounded in bytes; a changed fingerprint is another series."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[tuple[int, str], Bars] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[int, str]) -> Bars | None:
        """Return bars and mark them as used."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[int, str], bars: Bars) -> None:
        """Keep bars, dropping what was not used for longest."""
        if len(bars) * BYTES_A_BAR > self.max_bytes:
            return
        with self._lock:
            self._kept[key] = bars
            while sum(map(len, self._kept.values())) * BYTES_A_BAR > self.max_bytes:
                self._kept.popitem(last=False)


_cache = BarCache(CACHE_BYTES)


def folder_of(series: BarSeries) -> Path:
    """Return where the files of a series lie."""
    return series_folder(
        Path(settings.DATA_DIR),
        owner=series.owner_id,
        vendor=series.vendor,
        symbol=series.symbol,
        timeframe=series.timeframe,
    )


def load_bars(
    series: BarSeries, *, start: datetime | None = None, end: datetime | None = None
) -> Bars | None:
    """Return the bars of `series` that close in ``[start, end)``, or None if there is none.

    Parameters
    ----------
    series : BarSeries
        A series that the caller may see.
    start, end : aware datetime or None
        None: open on that side.

    Notes
    -----
    Whole series of up to 256 MiB in all stay in memory; longer ones are read range by range.
    """
    first_ns = None if start is None else to_ns(start)
    last_ns = None if end is None else to_ns(end) - 1
    key = (series.pk, series.fingerprint)
    whole = _cache.get(key)
    if whole is None and series.n_rows * BYTES_A_BAR <= CACHE_BYTES:
        whole = load_range(folder_of(series))
        if whole is not None:
            _cache.put(key, whole)
    if whole is None:
        return load_range(folder_of(series), first_ns, last_ns)
    return _cut(whole, first_ns, last_ns)


def chart_of(
    series: BarSeries, *, start: datetime | None, end: datetime | None, max_points: int = 2000
) -> dict[str, Any]:
    """Return the bars of a range as columns for the candle chart, at most `max_points`.

    Parameters
    ----------
    series : BarSeries
        A series that the caller may see.
    start, end : aware datetime or None
        Range ``[start, end)`` of the view.
    max_points : int
        From 2 to 2,000.

    Returns
    -------
    dict
        ``time`` (seconds UTC of the close; midnight of the date for daily bars and longer),
        ``open``, ``high``, ``low``, ``close``, ``volume``, ``n_bars`` in the range,
        ``bars_a_point``, ``first`` and ``last`` (seconds of the whole series), ``is_simulated``.
    """
    facts = {
        "symbol": series.symbol,
        "timeframe": series.timeframe,
        "is_simulated": series.is_simulated,
        "first": int(series.first_at.timestamp()) if series.first_at else None,
        "last": int(series.last_at.timestamp()) if series.last_at else None,
        "n_rows": series.n_rows,
    }
    bars = load_bars(series, start=start, end=end)
    columns: dict[str, list[float]] = {
        name: [] for name in ("time", "open", "high", "low", "close", "volume")
    }
    if bars is None:
        return {**facts, **columns, "n_bars": 0, "bars_a_point": 1}
    points = downsample_ohlc(bars, 0, len(bars), max_points)
    is_dated = timeframe_ns(series.timeframe) >= DAY_NS
    stamps = (points.ts_ns - 1) // DAY_NS * DAY_NS if is_dated else points.ts_ns
    columns["time"] = (stamps // SECOND_NS).tolist()
    for name in ("open", "high", "low", "close", "volume"):
        columns[name] = np.round(getattr(points, name), 10).tolist()
    return {**facts, **columns, "n_bars": len(bars), "bars_a_point": -(-len(bars) // len(points))}


def gap_rows(series: BarSeries) -> list[dict[str, Any]]:
    """Return the first 100 gaps with ``starts_at``, ``ends_at`` and ``n_missing``."""
    bars = load_bars(series) if series.n_gaps else None
    if bars is None:
        return []
    gaps = find_gaps(bars, series.timeframe, series.calendar)[:GAPS_SHOWN]
    return [
        {
            "starts_at": from_ns(gap.starts_ns),
            "ends_at": from_ns(gap.ends_ns),
            "n_missing": gap.n_missing,
        }
        for gap in gaps
    ]


def _cut(bars: Bars, first_ns: int | None, last_ns: int | None) -> Bars | None:
    start = 0 if first_ns is None else int(np.searchsorted(bars.ts_ns, first_ns))
    stop = len(bars) if last_ns is None else int(np.searchsorted(bars.ts_ns, last_ns, "right"))
    if start >= stop:
        return None
    return bars if stop - start == len(bars) else bars.slice(start, stop)
