"""What people ask of portfolios: request a run, or try a strategy on made-up prices."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from backtests.engine import InvalidParams
from backtests.engine.portfolio_strategy import PortfolioStrategy
from backtests.engine.registry import UnknownStrategy, get_portfolio_strategy
from backtests.jobs import InvalidStrategyParams
from backtests.models import ACCOUNT_FIELDS, PortfolioMember, PortfolioRun
from backtests.selectors.account import account_terms
from backtests.services.account import AccountSpec, NoSuchStrategy, check_dates, check_terms, told
from backtests.services.portfolio_checks import (
    InvalidMembers,
    check_members,
    check_period,
    check_weights,
)
from market.models import BarSeries
from market.services import fetch_bars
from pulse.common import jobs

BYTES_A_BAR = 500  # bars, plain numbers for the event loop, weights and units, with copies
SAMPLE_SPAN = timedelta(days=5 * 365)


class MemberSpec(TypedDict, total=False):
    """One instrument as asked for; only the series is needed."""

    series: BarSeries
    weight: float | None
    max_weight: float | None
    max_units: float | None
    adjustment: str
    actions: list[dict[str, Any]]


class PortfolioSpec(AccountSpec, total=False):
    """The costs and rules of a portfolio; what is left out has the column's default."""

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
    check_dates(starts_at, ends_at)
    check_members(owner, rule, series)
    check_period(series, starts_at, ends_at)
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
    check_terms(run, account_terms)
    run.full_clean(exclude=["owner"])
    rows = [_member(run, rule, position, member) for position, member in enumerate(members)]
    check_weights(run, rule, rows)
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


def request_portfolio_again(
    *, run: PortfolioRun, now: datetime, request_key: uuid.UUID | None = None
) -> PortfolioRun:
    """Queue what `run` was asked once more, on the prices as they are now.

    Raises
    ------
    InvalidMembers
        If the data of a member was deleted.
    ValidationError
        As `request_portfolio_run`.
    """
    rows = list(run.members.select_related("series__instrument"))
    gone = [member.symbol for member in rows if member.series is None]
    if gone:
        raise InvalidMembers({"members": f"The data of {', '.join(gone)} was deleted."})
    names = ("weight", "max_weight", "max_units", "adjustment", "actions")
    members: list[MemberSpec] = [
        {"series": member.series, **{name: getattr(member, name) for name in names}}  # type: ignore[typeddict-item]  # names and values of the row
        for member in rows
    ]
    return request_portfolio_run(
        owner=run.owner,
        members=members,
        strategy=run.strategy,
        params=run.params,
        now=now,
        request_key=request_key,
        starts_at=run.starts_at,
        ends_at=run.ends_at,
        initial_cash=run.initial_cash,
        min_trade=run.min_trade,
        **{name: getattr(run, name) for name in ACCOUNT_FIELDS},
    )


def _strategy(name: str, params: dict[str, Any]) -> tuple[PortfolioStrategy, dict[str, Any]]:
    try:
        rule = get_portfolio_strategy(name)
        return rule, rule.resolve(params)
    except UnknownStrategy as error:
        sentence = f"There is no portfolio strategy called {name}."
        raise NoSuchStrategy({"strategy": sentence}) from error
    except InvalidParams as error:
        raise InvalidStrategyParams(told(error)) from error


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
