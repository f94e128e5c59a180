"""Bars of a stored series, and the parts of them that charts and pages show."""

from collections import OrderedDict
from collections.abc import Hashable, Sized
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
from django.conf import settings

from market.engine import Bars, downsample_ohlc
from market.engine.bars import PRICES, Float1D
from market.engine.gaps import gaps_between
from market.engine.resampling import MAX_POINTS
from market.engine.store import load_coarse, load_range, series_folder, stored_timestamps
from market.engine.timeframes import SECOND_NS
from market.models import BarSeries
from pulse.common.time import from_ns, to_ns

CACHE_BYTES = 128 * 2**20
VIEW_BYTES = 8 * 2**20
BYTES_A_BAR = 48
GAPS_SHOWN = 100
OVERSAMPLING = 8  # coarse bars a point, so that groups of years blend
Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept", bound=Sized)
MAX_DECIMALS = 8
# 1700 to 2240: beyond, nanoseconds leave int64
FIRST_SECOND, LAST_SECOND = -8_520_336_000, 8_520_336_000


@dataclass(frozen=True)
class View:
    """Points of a chart.

    Parameters
    ----------
    points : Bars
        At most 2,000.
    n_bars : int
        Bars that they sum up.
    first_ns : int, nanoseconds UTC
        Close of the first of these bars.
    """

    points: Bars
    n_bars: int
    first_ns: int

    def __len__(self) -> int:
        """Length in bars that are held in memory."""
        return len(self.points)


class LatestUsed(Generic[Key, Kept]):
    """What was read lately, bounded in bytes; a changed fingerprint is another key."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Kept | None:
        """Return what is kept and mark it as used."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Key, kept: Kept) -> None:
        """Keep something, dropping what was not used for longest."""
        if len(kept) * BYTES_A_BAR > self.max_bytes:
            return
        with self._lock:
            self._kept[key] = kept
            while sum(map(len, self._kept.values())) * BYTES_A_BAR > self.max_bytes:
                self._kept.popitem(last=False)


_cache: LatestUsed[tuple[int, str], Bars] = LatestUsed(CACHE_BYTES)
_views: LatestUsed[tuple[object, ...], View] = LatestUsed(VIEW_BYTES)


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
    Whole series of up to 128 MiB in all stay in memory; longer ones are read range by range.
    """
    first_ns = None if start is None else _bounded_ns(start)
    last_ns = None if end is None else _bounded_ns(end) - 1
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
    series: BarSeries,
    *,
    first_seconds: int | None = None,
    last_seconds: int | None = None,
    max_points: int = MAX_POINTS,
) -> dict[str, Any]:
    """Return the bars of a view as columns for the candle chart, at most `max_points`.

    Parameters
    ----------
    series : BarSeries
        A series that the caller may see.
    first_seconds, last_seconds : int or None, seconds UTC
        First and last close in view; None: open on that side.
    max_points : int
        From 2 to 2,000.

    Returns
    -------
    dict
        ``time`` (close, seconds UTC), ``open``, ``high``, ``low``, ``close``, ``volume``,
        ``precision`` (decimals), ``extent`` of the series and ``window`` of the answer (seconds),
        ``n_bars`` in the view, ``is_resampled``, ``is_simulated``; or ``empty``: the reason why
        there is nothing to draw.
    """
    if first_seconds is not None and last_seconds is not None and first_seconds > last_seconds:
        return {"empty": "The view ends before it starts.", "time": []}
    view = _view(series, first_seconds, last_seconds, max_points)
    if view is None or series.first_at is None or series.last_at is None:
        return {"empty": "No bar closes in this period.", "time": []}
    points = view.points
    seconds = points.ts_ns // SECOND_NS
    columns = {name: getattr(points, name).tolist() for name in (*PRICES, "volume")}
    return {
        "symbol": series.symbol,
        "timeframe": series.timeframe,
        "is_simulated": series.is_simulated,
        "n_bars": view.n_bars,
        "is_resampled": len(points) < view.n_bars,
        "precision": _decimals(points.close),
        "extent": [int(series.first_at.timestamp()), int(series.last_at.timestamp())],
        "window": [view.first_ns // SECOND_NS, int(seconds[-1])],
        "time": seconds.tolist(),
        **columns,
    }


def bar_page(series: BarSeries, *, start: datetime | None, limit: int) -> dict[str, Any]:
    """Return up to `limit` bars that close at `start` or later, as columns, and where to go on.

    Returns
    -------
    dict
        ``ts_ns``, ``open``, ``high``, ``low``, ``close``, ``volume`` and ``next``: the `start`
        of the next page, None on the last.
    """
    bars = load_bars(series, start=start)
    names = ("ts_ns", *PRICES, "volume")
    if bars is None:
        return {name: [] for name in names} | {"next": None}
    page = bars.slice(0, limit)
    following = from_ns(int(bars.ts_ns[limit])) if len(bars) > limit else None
    return {name: getattr(page, name).tolist() for name in names} | {"next": following}


def gap_rows(series: BarSeries) -> list[dict[str, Any]]:
    """Return the first 100 gaps with ``starts_at``, ``ends_at`` and ``n_missing``."""
    stamps = stored_timestamps(folder_of(series)) if series.n_gaps else np.zeros(0, np.int64)
    if not stamps.size:
        return []
    gaps = gaps_between(stamps, series.timeframe, series.calendar)[:GAPS_SHOWN]
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


def _view(
    series: BarSeries, first_seconds: int | None, last_seconds: int | None, max_points: int
) -> View | None:
    """Return the points of a view; a series too long for the cache is read year by year."""
    start = None if first_seconds is None else _moment(first_seconds)
    end = None if last_seconds is None else _moment(last_seconds + 1)
    n_ahead = _bars_ahead(series, start, end)
    if n_ahead * BYTES_A_BAR <= CACHE_BYTES:
        bars = load_bars(series, start=start, end=end)
        if bars is None:
            return None
        return View(downsample_ohlc(bars, 0, len(bars), max_points), len(bars), int(bars.ts_ns[0]))
    key = (series.pk, series.fingerprint, first_seconds, last_seconds, max_points)
    kept = _views.get(key)
    if kept is not None:
        return kept
    coarse, n_bars, first_ns = load_coarse(
        folder_of(series),
        max(1, n_ahead // (OVERSAMPLING * max_points)),
        None if start is None else _bounded_ns(start),
        None if end is None else _bounded_ns(end) - 1,
    )
    if coarse is None:
        return None
    view = View(downsample_ohlc(coarse, 0, len(coarse), max_points), n_bars, first_ns)
    _views.put(key, view)
    return view


def _bars_ahead(series: BarSeries, start: datetime | None, end: datetime | None) -> int:
    """Return about how many bars lie in a period, by its share of the whole series."""
    if series.first_at is None or series.last_at is None or series.first_at == series.last_at:
        return series.n_rows
    whole = series.last_at - series.first_at
    begun, ended = (
        max(start or series.first_at, series.first_at),
        min(end or series.last_at, series.last_at),
    )
    return int(series.n_rows * max(0.0, (ended - begun) / whole))


def _moment(seconds: int) -> datetime:
    return from_ns(max(FIRST_SECOND, min(seconds, LAST_SECOND)) * SECOND_NS)


def _bounded_ns(moment: datetime) -> int:
    return max(FIRST_SECOND * SECOND_NS, min(to_ns(moment), LAST_SECOND * SECOND_NS))


def _decimals(prices: Float1D) -> int:
    """Return the decimals that the prices really have, from 2 to 8."""
    for places in range(2, MAX_DECIMALS):
        if np.allclose(prices, np.round(prices, places), rtol=0, atol=10.0 ** -(places + 6)):
            return places
    return MAX_DECIMALS
