"""Series in the library: stored, fetched, deleted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from market.engine import Bars, infer_calendar, timeframe_ns
from market.engine.gaps import gaps_between
from market.engine.store import (
    Merged,
    remove_series,
    stored_facts,
    stored_timestamps,
    write_bars,
    writing,
)
from market.engine.timeframes import DAY_NS
from market.models import BarSeries, Instrument
from market.selectors import folder_of
from market.vendors import Listing, SimulatedVendor
from pulse.common.errors import DomainError
from pulse.common.time import from_ns

MAX_BARS_A_REQUEST = 2_000_000
MINUTES_A_DAY = 1440
DEMO_SERIES = (
    ("SPY", "1d", 3653),
    ("AAPL", "1d", 3653),
    ("BTC/USD", "1d", 1827),
    ("SPY", "1m", 365),
)


class TooManyBars(DomainError):
    """The period holds more bars than one request may ask for."""

    default_code = "too_many_bars"
    http_status = 422


def store_bars(
    *, owner: User, listing: Listing, source: str, timeframe: str, bars: Bars, now: datetime
) -> tuple[BarSeries, Merged]:
    """Merge bars into the owner's series of this instrument, timeframe and source.

    Parameters
    ----------
    owner : User
        Whose library it is.
    listing : Listing
        The instrument; made if it is new.
    source : str
        A `BarSeries.Source`.
    timeframe : str
        Length of the bars.
    bars : Bars
        What to add; where the series has a bar already, the new one stands.
    now : aware datetime
        Time of the change.

    Returns
    -------
    series, merged : BarSeries, Merged
        The series with its new facts, and how many bars were new, corrected, known.

    Raises
    ------
    ValidationError
        If symbol or timeframe break a rule of the tables.
    """
    instrument = _instrument(listing)
    series = BarSeries.objects.filter(
        owner=owner, instrument=instrument, source=source, timeframe=timeframe
    ).first() or BarSeries(
        owner=owner, instrument=instrument, source=source, timeframe=timeframe, created_at=now
    )
    series.calendar = listing.calendar
    series.updated_at = now
    series.full_clean(exclude=["instrument", "owner"], validate_unique=False)
    folder = folder_of(series)
    with writing(folder):
        merged = write_bars(folder, bars)
    saved = _catalogue(series, merged.n_corrected)
    return saved, merged


def _catalogue(series: BarSeries, n_corrected: int) -> BarSeries:
    """Write the facts of the files into the row of a series.

    Notes
    -----
    Another writer may have changed the files between the look and the row; who is last sees the
    files as they stay, so the facts are taken again until they are still true after the row.
    """
    folder = folder_of(series)
    key = {
        "owner": series.owner,
        "instrument": series.instrument,
        "source": series.source,
        "timeframe": series.timeframe,
    }
    while True:
        facts = _facts(series) | {"calendar": series.calendar, "updated_at": series.updated_at}
        with transaction.atomic():
            saved, _ = BarSeries.objects.update_or_create(
                **key, defaults=facts, create_defaults=facts | {"created_at": series.created_at}
            )
        if stored_facts(folder).fingerprint == facts["fingerprint"]:
            break
    if n_corrected:
        BarSeries.objects.filter(pk=saved.pk).update(n_corrected=F("n_corrected") + n_corrected)
        saved.refresh_from_db(fields=["n_corrected"])
    return saved


def fetch_bars(
    *,
    owner: User,
    symbol: str,
    timeframe: str,
    start: datetime,
    end: datetime,
    now: datetime,
    seed: int = 0,
    max_bars: int = MAX_BARS_A_REQUEST,
) -> BarSeries:
    """Fetch bars of the simulated vendor into the owner's library.

    Raises
    ------
    UnknownSymbol, EmptyRange, TooManyBars
        If the vendor has no such symbol, no bars then, or too many.
    PeriodEmpty
        If the period is empty or lies in the future.
    """
    vendor = SimulatedVendor(seed)
    listing = vendor.listing(symbol)
    end = min(end, now)
    if start >= end:
        raise PeriodEmpty({"end": "The end must come after the start, and the start before now."})
    _check_size(listing, timeframe, end - start, max_bars)
    bars = vendor.bars(symbol, timeframe, start=start, end=end)
    series, _ = store_bars(
        owner=owner,
        listing=listing,
        source=BarSeries.Source.SIMULATED,
        timeframe=timeframe,
        bars=bars,
        now=now,
    )
    return series


class PeriodEmpty(DomainError):
    """The period ends before it starts, or has not begun."""

    default_code = "period_empty"
    http_status = 422


def delete_series(*, series: BarSeries) -> None:
    """Delete a series with its files; runs that used it keep their results."""
    folder = folder_of(series)
    series.delete()
    transaction.on_commit(lambda: remove_series(folder))


def install_demo_data(*, owner: User, now: datetime) -> list[BarSeries]:
    """Give `owner` the simulated sample series that are not there yet; return those made.

    Notes
    -----
    SPY and AAPL daily for ten years, BTC/USD daily for five, SPY by the minute for one.
    """
    present = set(
        BarSeries.objects.filter(owner=owner, source=BarSeries.Source.SIMULATED).values_list(
            "instrument__symbol", "timeframe"
        )
    )
    end = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return [
        fetch_bars(
            owner=owner,
            symbol=symbol,
            timeframe=timeframe,
            start=end - timedelta(days=n_days),
            end=end,
            now=now,
        )
        for symbol, timeframe, n_days in DEMO_SERIES
        if (symbol, timeframe) not in present
    ]


def listing_of(symbol: str, bars: Bars, calendar: str = "") -> Listing:
    """Return how an uploaded symbol is listed; a calendar that is not given is guessed."""
    return Listing(symbol, "", Instrument.Kind.OTHER, calendar or infer_calendar(bars.ts_ns))


def _instrument(listing: Listing) -> Instrument:
    known = Instrument.objects.filter(symbol=listing.symbol).first()
    if known is not None:
        return known
    instrument = Instrument(
        symbol=listing.symbol,
        name=listing.name,
        kind=listing.kind,
        calendar=listing.calendar,
        currency=listing.currency,
    )
    instrument.full_clean(validate_unique=False)
    return Instrument.objects.get_or_create(
        symbol=listing.symbol,
        defaults={
            "name": instrument.name,
            "kind": instrument.kind,
            "calendar": instrument.calendar,
            "currency": instrument.currency,
        },
    )[0]


def _facts(series: BarSeries) -> dict[str, Any]:
    folder = folder_of(series)
    facts = stored_facts(folder)
    gaps = gaps_between(stored_timestamps(folder), series.timeframe, series.calendar)
    return {
        "n_rows": facts.n_rows,
        "first_at": from_ns(facts.first_ns),
        "last_at": from_ns(facts.last_ns),
        "n_bytes": facts.n_bytes,
        "fingerprint": facts.fingerprint,
        "n_gaps": len(gaps),
        "n_missing": sum(gap.n_missing for gap in gaps),
    }


def _check_size(listing: Listing, timeframe: str, period: timedelta, max_bars: int) -> None:
    session_share = 390 / MINUTES_A_DAY * 5 / 7 if listing.calendar == "XNYS" else 1.0
    length = min(timeframe_ns(timeframe), DAY_NS)
    minutes = period.total_seconds() / 60 * session_share
    bars_ahead = minutes if length < DAY_NS else minutes / 390
    if bars_ahead > max_bars:
        raise TooManyBars(
            {
                "start": f"This period holds about {bars_ahead:,.0f} minutes; "
                f"at most {max_bars:,} are made at once. Choose a later start."
            }
        )
