"""What is measured in the background: dealer exposure after each session."""

import logging
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from greeks.engine.clock.sessions import sessions
from greeks.models import ExposureSnapshot
from greeks.selectors.exposures import SIGN_MODELS, ExposureView, exposure_view, levels_of
from greeks.selectors.sources import OptionSource, SimulatedSource, UploadedSource
from market.engine.chains import day_in_new_york
from market.vendors.simulated_options import optionable_symbols
from pulse.common.errors import DomainError
from pulse.common.numbers import finite_or_none
from pulse.common.time import from_ns, to_ns

logger = logging.getLogger(__name__)

SESSIONS_BACK = 20
"""Sessions of simulated history that are filled in."""
ROUND = 20
"""Snapshots of one run of the task: about a second of work."""
FIRST_SYMBOL = "SPY"
PROFILE_REACH = 0.25
"""Strikes stored lie within this fraction of the spot."""


class NothingMeasured(DomainError):
    """No contract of the chain has a usable volatility and open interest."""

    default_code = "nothing_measured"
    http_status = 422


def store_exposure(
    source: OptionSource, *, owner_id: int | None, now: datetime
) -> list[ExposureSnapshot]:
    """Measure the exposure of a source under each assumption and store it for its session.

    Parameters
    ----------
    source : OptionSource
        Whose quotes as of `now` are measured.
    owner_id : int or None
        Whose snapshots these are; None for simulated quotes.

    Raises
    ------
    NothingMeasured
        If no contract counts.
    NoOptions
        If the source has no options.

    Notes
    -----
    A session has one snapshot for each assumption: that with the latest quotes.
    """
    views = [exposure_view(source, now=now, sign_model=model) for model in SIGN_MODELS]
    if not views[0].measured.n_used:
        raise NothingMeasured(
            "No contract of this chain has both a volatility and open interest: "
            "there is no exposure to keep."
        )
    with transaction.atomic():
        return [_stored(view, owner_id=owner_id, now=now) for view in views]


def store_missing(*, now: datetime) -> int:
    """Store the latest sessions of the simulated symbols that are not there; return how many."""
    n_stored = 0
    for symbol, close_ns in _missing(now):
        try:
            store_exposure(SimulatedSource(symbol), owner_id=None, now=from_ns(close_ns))
        except DomainError as refusal:  # one session without figures must not stop the others
            logger.warning("Exposure not stored", extra={"symbol": symbol, "why": str(refusal)})
            continue
        n_stored += 1
        if n_stored == ROUND:
            break
    if n_stored:
        logger.info("Exposure stored", extra={"n_snapshots": n_stored})
    return n_stored


def next_close(now: datetime) -> datetime:
    """Return when the options market closes next."""
    closes = sessions().close
    return from_ns(int(closes[np.searchsorted(closes, to_ns(now), side="right")]))


def _closes(now: datetime) -> list[int]:
    closes = sessions().close
    place = int(np.searchsorted(closes, to_ns(now), side="right"))
    return [int(close) for close in closes[max(place - SESSIONS_BACK, 0) : place]]


def _missing(now: datetime) -> list[tuple[str, int]]:
    """Return symbols and closes without a snapshot: one symbol whole, then latest days first."""
    closes = {day_in_new_york(close): close for close in _closes(now)}
    known = set(
        ExposureSnapshot.objects.filter(
            source=ExposureSnapshot.Source.SIMULATED,
            session_on__in=closes,
            as_of__gte=now - timedelta(days=SESSIONS_BACK * 3),
        ).values_list("symbol", "session_on", "as_of")
    )
    kept = {(symbol, day) for symbol, day, as_of in known if to_ns(as_of) >= closes[day]}
    pairs = [
        (symbol, close)
        for day, close in closes.items()
        for symbol in optionable_symbols()
        if (symbol, day) not in kept
    ]
    return sorted(pairs, key=lambda pair: (pair[0] != FIRST_SYMBOL, -pair[1]))


def _stored(view: ExposureView, *, owner_id: int | None, now: datetime) -> ExposureSnapshot:
    chain = view.source.chain
    key: dict[str, Any] = {
        "owner_id": owner_id,
        "symbol": chain.symbol,
        "source": chain.source,
        "session_on": _session_of(chain.as_of),
        "sign_model": view.sign_model,
    }
    there = ExposureSnapshot.objects.select_for_update().filter(**key).first()
    if there is not None and there.as_of > chain.as_of:
        return there
    snapshot, _ = ExposureSnapshot.objects.update_or_create(**key, defaults=_figures(view, now))
    return snapshot


def _figures(view: ExposureView, now: datetime) -> dict[str, Any]:
    chain, measured, origin = view.source.chain, view.measured, view.source.origin
    levels = levels_of(view)
    totals = measured.totals
    return {
        "chain_upload_id": origin.upload_id if isinstance(origin, UploadedSource) else None,
        "as_of": chain.as_of,
        "open_interest_on": chain.open_interest_on,
        "model": view.source.model,
        "clock": view.source.clock,
        "spot": chain.spot,
        "gex_usd_per_1pct": totals.gex_usd_per_1pct,
        "call_gex_usd_per_1pct": measured.call_gex,
        "put_gex_usd_per_1pct": measured.put_gex,
        "dex_usd": totals.dex_usd,
        "vex_usd_per_1volpt": totals.vex_usd_per_1volpt,
        "chex_usd_per_day": totals.chex_usd_per_day,
        "call_wall": levels["call_wall"],
        "put_wall": levels["put_wall"],
        "absolute_gamma_strike": finite_or_none(measured.absolute_gamma_strike),
        "zero_gamma": levels["zero_gamma"],
        "n_contracts": int(chain.strike.size),
        "n_used": measured.n_used,
        "by_strike": _profile(view),
        "taken_at": now,
    }


def _profile(view: ExposureView) -> dict[str, list[float]]:
    """Return call and put gamma by strike near the spot, in whole dollars per 1 % move."""
    table, spot = view.measured.by_strike, view.source.chain.spot
    near = np.abs(table.strike / spot - 1.0) <= PROFILE_REACH
    return {
        "strike": table.strike[near].tolist(),
        "call": np.round(table.call[near]).tolist(),
        "put": np.round(table.put[near]).tolist(),
    }


def _session_of(as_of: datetime) -> date:
    return day_in_new_york(to_ns(as_of))
