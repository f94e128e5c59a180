"""Dealer exposure over the sessions."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from greeks.models import ExposureSnapshot
from greeks.selectors.exposures import DEFAULT_SIGNS, SIGN_MODELS, UnknownAssumption
from greeks.selectors.sources import OptionSource

SESSIONS_SHOWN = 260
COLUMNS = (
    "session_on",
    "as_of",
    "open_interest_on",
    "source",
    "sign_model",
    "spot",
    "gex_usd_per_1pct",
    "call_gex_usd_per_1pct",
    "put_gex_usd_per_1pct",
    "dex_usd",
    "vex_usd_per_1volpt",
    "chex_usd_per_day",
    "zero_gamma",
    "call_wall",
    "put_wall",
    "absolute_gamma_strike",
    "n_used",
    "n_contracts",
    "model",
)


def snapshots_visible_to(user: User | Any) -> QuerySet[ExposureSnapshot]:
    """Return the snapshots of simulated symbols and those of the user's own chains."""
    return ExposureSnapshot.objects.filter(Q(owner__isnull=True) | Q(owner_id=user.pk))


def exposure_history(
    user: User | Any, source: OptionSource, *, sign_model: str = DEFAULT_SIGNS
) -> QuerySet[ExposureSnapshot]:
    """Return the snapshots of a symbol, latest session first.

    Parameters
    ----------
    source : OptionSource
        Simulated: those of the simulated symbol; an uploaded chain: those of all the user's chains
        of its symbol.

    Raises
    ------
    UnknownAssumption
        If the sign model is unknown.
    """
    if sign_model not in SIGN_MODELS:
        raise UnknownAssumption({"sign_model": f"Choose from {', '.join(SIGN_MODELS)}."})
    kind = ExposureSnapshot.Source
    rows = snapshots_visible_to(user).filter(
        symbol=source.symbol,
        sign_model=sign_model,
        source=kind.SIMULATED if source.is_simulated else kind.UPLOAD,
    )
    return rows.order_by("-session_on", "-pk")


def gex_history_chart(rows: Sequence[ExposureSnapshot]) -> dict[str, Any]:
    """Return net gamma exposure by session, in millions of dollars per 1 % move."""
    if not rows:
        return {"empty": "No session is stored yet."}
    days = list(reversed(rows))
    return {
        "categories": [f"{row.session_on:%b} {row.session_on.day}" for row in days],
        "series": [
            {
                "name": "Net above zero",
                "values": [_part(row.gex_usd_per_1pct, is_up=True) for row in days],
                "color": "up",
            },
            {
                "name": "Net below zero",
                "values": [_part(row.gex_usd_per_1pct, is_up=False) for row in days],
                "color": "down",
            },
        ],
        "lines": [{"y": 0}],
    }


def levels_history_chart(rows: Sequence[ExposureSnapshot]) -> dict[str, Any]:
    """Return spot, zero gamma and walls by session."""
    if not rows:
        return {"empty": "No session is stored yet."}
    days = list(reversed(rows))
    series = {
        "Spot": ([row.spot for row in days], "s1", "line"),
        "Zero gamma": ([row.zero_gamma for row in days], "s2", "line"),
        "Call wall": ([row.call_wall for row in days], "up", "step"),
        "Put wall": ([row.put_wall for row in days], "down", "step"),
    }
    return {
        "categories": [f"{row.session_on:%b} {row.session_on.day}" for row in days],
        "series": [
            {"name": name, "values": values, "color": color, "style": style}
            for name, (values, color, style) in series.items()
        ],
    }


def history_rows(rows: Sequence[ExposureSnapshot]) -> Iterator[list[Any]]:
    """Return the snapshots as rows of a file, the header first."""
    yield list(COLUMNS)
    for row in rows:
        yield [getattr(row, name) for name in COLUMNS]


def _part(value: float, *, is_up: bool) -> float | None:
    return value / 1e6 if (value >= 0.0) == is_up else None
