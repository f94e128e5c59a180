"""What people ask of portfolios: request a run, try a strategy on made-up prices, delete a run."""

import shutil
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from backtests.engine import InvalidParams, Terms
from backtests.engine.portfolio_strategy import PortfolioStrategy
from backtests.engine.registry import UnknownStrategy, get_portfolio_strategy
from backtests.jobs import InvalidStrategyParams, NoBarsInRange
from backtests.models import PortfolioMember, PortfolioRun
from backtests.selectors.portfolios import portfolio_folder, portfolio_terms_of
from backtests.services.runs import NoSuchStrategy, RunIsActive
from market.models import BarSeries
from market.services import fetch_bars
from pulse.common import jobs
from pulse.common.errors import DomainError

BYTES_A_BAR = 500  # bars, plain numbers for the event loop, weights and units, with copies
MAX_BARS = 2_000_000
SAMPLE_SPAN = timedelta(days=5 * 365)
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


class MemberSpec(TypedDict, total=False):
    """One instrument as asked for; only the series is needed."""

    series: BarSeries
    weight: float | None
    max_weight: float | None
    max_units: float | None
    adjustment: str
    actions: list[dict[str, Any]]


class PortfolioSpec(TypedDict, total=False):
    """The costs and rules of a portfolio; what is left out has the column's default."""

    initial_cash: Decimal
    fill: str
    commission: float
    commission_fixed: float
    commission_per_unit: float
    commission_min: float
    commission_tiers: list[list[float]]
    slippage: float
    slippage_impact: float
    volume_limit: float
    spread: float
    borrow_rate: float
    financing_rate: float
    margin: float
    maintenance: float
    fractional: bool
    min_trade: float


def request_portfolio_run(
    *,
    owner: Any,
    members: Sequence[MemberSpec],
    strategy: str,
    params: dict[str, Any],
    now: datetime,
    request_key: uuid.UUID | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    **spec: Unpack[PortfolioSpec],
) -> PortfolioRun:
    """Queue a portfolio backtest; the page, the API and the sample button all call this.

    Parameters
    ----------
    members : sequence of MemberSpec
        In the order the strategy is to see them.
    request_key : UUID, optional
        Made with the form: a second request with the same key returns the first one's run.

    Raises
    ------
    NoSuchStrategy, InvalidStrategyParams
        If the strategy is unknown or refuses its parameters (named by field).
    NoSuchSeries
        If a series is not the owner's.
    InvalidMembers
        If there are too few or too many members for the strategy, one is there twice, their
        timeframes or currencies differ, or weights are missing or too large.
    NoBarsInRange
        If the members have no period in common inside [starts_at, ends_at).
    TooManyBars
        If the members have more than 2,000,000 bars together.
    ValidationError
        If `spec` breaks a constraint of `PortfolioRun`.
    """
    key = request_key or uuid.uuid4()
    earlier = PortfolioRun.objects.filter(owner=owner, request_key=key).first()
    if earlier:
        return earlier
    rule, checked = _strategy(strategy, params)
    series = [member["series"] for member in members]
    _check_members(owner, rule, series)
    _check_period(series, starts_at, ends_at)
    symbols = [each.symbol for each in series]
    run = PortfolioRun(
        owner=owner,
        name=f"{rule.label} on {', '.join(symbols)}"[:200],
        is_simulated_data=any(each.is_simulated for each in series),
        starts_at=starts_at,
        ends_at=ends_at,
        strategy=rule.name,
        strategy_version=rule.version,
        params=checked,
        request_key=key,
        requested_at=now,
        memory_need_mb=sum(each.n_rows for each in series) * BYTES_A_BAR / 2**20 + 100,
        **spec,
    )
    run.full_clean(exclude=["owner"])
    _check_terms(run)
    rows = [_member(run, rule, position, member) for position, member in enumerate(members)]
    _check_weights(run, rule, rows)
    try:
        with transaction.atomic():
            run.save()
            PortfolioMember.objects.bulk_create(rows)
            jobs.queue(run)
    except IntegrityError:  # the same form was sent twice at the same moment
        return PortfolioRun.objects.get(owner=owner, request_key=key)
    return run


def request_portfolio_sample(
    *, owner: Any, strategy: str, now: datetime, request_key: uuid.UUID | None = None
) -> PortfolioRun:
    """Queue a run of a strategy with its defaults on five years of simulated daily prices.

    Raises
    ------
    NoSuchStrategy
        If the strategy is unknown.
    """
    rule, _ = _strategy(strategy, {})
    start = (now - SAMPLE_SPAN).replace(hour=0, minute=0, second=0, microsecond=0)
    series = [
        fetch_bars(owner=owner, symbol=symbol, timeframe="1d", start=start, end=now, now=now)
        for symbol in rule.sample
    ]
    weights = [round(1 / len(series), 4)] * len(series) if rule.uses_weights else []
    members: list[MemberSpec] = [
        {"series": each, "weight": weights[n] if weights else None} for n, each in enumerate(series)
    ]
    return request_portfolio_run(
        owner=owner,
        members=members,
        strategy=strategy,
        params={},
        now=now,
        request_key=request_key,
        starts_at=start,
        commission=0.0005,
        slippage=0.0001,
    )


def delete_portfolio_run(*, run: PortfolioRun) -> None:
    """Delete a run and its result.

    Raises
    ------
    RunIsActive
        If the run is queued or running.
    """
    if run.is_active:
        raise RunIsActive("This run is still going. Cancel it first.")
    folder = portfolio_folder(run)
    run.delete()
    shutil.rmtree(folder, ignore_errors=True)


def _strategy(name: str, params: dict[str, Any]) -> tuple[PortfolioStrategy, dict[str, Any]]:
    try:
        rule = get_portfolio_strategy(name)
        return rule, rule.resolve(params)
    except UnknownStrategy as error:
        sentence = f"There is no portfolio strategy called {name}."
        raise NoSuchStrategy({"strategy": sentence}) from error
    except InvalidParams as error:
        raise InvalidStrategyParams(error.errors) from error


def _check_members(owner: Any, rule: PortfolioStrategy, series: Sequence[BarSeries]) -> None:
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


def _check_period(
    series: Sequence[BarSeries], starts_at: datetime | None, ends_at: datetime | None
) -> None:
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


def _check_terms(run: PortfolioRun) -> None:
    """Let the engine look at the terms: what it refuses is said at the field it names."""
    try:
        Terms(cash=float(run.initial_cash), **portfolio_terms_of(run))
    except (TypeError, ValueError) as error:
        words = str(error)
        name = words.split(maxsplit=1)[0]
        field = {"cash": "initial_cash"}.get(name, name)
        sentence = f"{words[:1].upper()}{words[1:]}."
        raise ValidationError({field: sentence} if hasattr(run, field) else sentence) from error


def _member(
    run: PortfolioRun, rule: PortfolioStrategy, position: int, spec: MemberSpec
) -> PortfolioMember:
    series = spec["series"]
    adjustment = spec.get("adjustment") or PortfolioMember.Adjustment.ALL
    actions = spec.get("actions") or []
    if actions and adjustment == PortfolioMember.Adjustment.ALL:
        sentence = (
            f"{series.symbol}: prices adjusted for splits and dividends hold both already. "
            "Say what they are adjusted for, or leave the list out."
        )
        raise InvalidMembers({"members": sentence})
    member = PortfolioMember(
        run=run,
        position=position,
        series=series,
        symbol=series.symbol,
        series_label=str(series),
        weight=spec.get("weight") if rule.uses_weights else None,
        max_weight=spec.get("max_weight"),
        max_units=spec.get("max_units"),
        adjustment=adjustment,
        actions=actions,
    )
    try:
        member.full_clean(exclude=["run"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise InvalidMembers({"members": f"{series.symbol}: {' '.join(error.messages)}"}) from error
    if any(limit is not None and not limit > 0 for limit in (member.max_weight, member.max_units)):
        raise InvalidMembers({"members": f"{series.symbol}: limits must be above 0."})
    return member


def _check_weights(
    run: PortfolioRun, rule: PortfolioStrategy, members: Sequence[PortfolioMember]
) -> None:
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
