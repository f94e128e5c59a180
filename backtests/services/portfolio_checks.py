"""What must hold before a portfolio is queued, each refusal with its own words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backtests.engine.portfolio_strategy import PortfolioStrategy
from backtests.jobs import NoBarsInRange
from backtests.models import PortfolioMember, PortfolioRun
from market.models import BarSeries
from pulse.common.errors import DomainError

MAX_BARS = 2_000_000
ROUNDING = 1e-9


class NoSuchSeries(DomainError):
    """A member names bars that the owner does not have."""

    default_code = "no_such_series"
    http_status = 404


class InvalidMembers(DomainError):
    """The members do not make a portfolio for this strategy."""

    default_code = "invalid_members"
    http_status = 422


class TooManyBars(DomainError):
    """The members have more bars together than one run may hold."""

    default_code = "portfolio_too_long"
    http_status = 422


def check_members(owner: Any, rule: PortfolioStrategy, series: Sequence[BarSeries]) -> None:
    """Refuse series that are not the owner's, or make no portfolio together."""
    if any(each.owner_id != owner.pk for each in series):
        raise NoSuchSeries({"members": "You have no such bar series."})
    try:
        rule.check_members(len(series))
    except ValueError as error:
        raise InvalidMembers({"members": str(error)}) from error
    symbols = [each.symbol for each in series]
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
    if twice:
        raise InvalidMembers({"members": f"{', '.join(twice)} is there twice."})
    for what, values in (
        ("timeframe", {each.timeframe for each in series}),
        ("currency", {each.instrument.currency for each in series}),
    ):
        if len(values) > 1:
            found = ", ".join(sorted(values))
            raise InvalidMembers({"members": f"All need one {what}; these have {found}."})


def check_period(
    series: Sequence[BarSeries], starts_at: datetime | None, ends_at: datetime | None
) -> None:
    """Refuse series without a common period, or with too many bars in it."""
    if any(each.first_at is None or each.last_at is None for each in series):
        empty = next(each for each in series if each.first_at is None or each.last_at is None)
        raise NoBarsInRange({"members": f"{empty} has no bars."})
    first = max(each.first_at for each in series if each.first_at)
    latest = min(each.last_at for each in series if each.last_at)
    if first > latest:
        raise NoBarsInRange(
            {
                "members": f"There is no common period: one begins on {first:%Y-%m-%d}, "
                f"another ends on {latest:%Y-%m-%d}."
            }
        )
    if (starts_at and starts_at > latest) or (ends_at and ends_at <= first):
        raise NoBarsInRange(
            {
                "starts_at": f"All instruments have bars from {first:%Y-%m-%d} to "
                f"{latest:%Y-%m-%d}; nothing of it lies between these dates."
            }
        )
    n_bars = sum(_bars_between(each, starts_at, ends_at) for each in series)
    if n_bars > MAX_BARS:
        raise TooManyBars(
            {
                "starts_at": f"About {n_bars:,} bars are too many: {MAX_BARS:,} at most. "
                "Choose a shorter period, longer bars or fewer instruments."
            }
        )


def _bars_between(series: BarSeries, starts_at: datetime | None, ends_at: datetime | None) -> int:
    """Return about how many bars lie in a period, taken as evenly spread."""
    first, last = series.first_at, series.last_at
    if first is None or last is None or first == last:
        return series.n_rows
    start, stop = max(starts_at or first, first), min(ends_at or last, last)
    return round(series.n_rows * max((stop - start) / (last - first), 0.0))


def check_weights(
    run: PortfolioRun, rule: PortfolioStrategy, members: Sequence[PortfolioMember]
) -> None:
    """Refuse weights that are missing, or more than the margin carries."""
    if not rule.uses_weights:
        return
    missing = [member.symbol for member in members if member.weight is None]
    if missing:
        raise InvalidMembers({"members": f"{rule.label} needs a weight for {', '.join(missing)}."})
    total = sum(abs(member.weight or 0.0) for member in members)
    if total > run.leverage + ROUNDING:
        raise InvalidMembers(
            {
                "members": f"The weights come to {total:.1%} of equity; a margin of "
                f"{run.margin:.0%} carries {run.leverage:.0%}."
            }
        )
