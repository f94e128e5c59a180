"""What people ask of backtests: request a run, and the same again."""

import uuid
from datetime import datetime
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from backtests.engine import InvalidParams, get_strategy
from backtests.engine.registry import UnknownStrategy
from backtests.engine.rules import RuleStrategy
from backtests.jobs import InvalidStrategyParams, NoBarsInRange, SeriesGone
from backtests.models import BacktestRun, StrategyVersion
from backtests.selectors import terms_of
from backtests.services.account import AccountSpec, NoSuchStrategy, check_dates, check_terms, told
from market.engine.timeframes import timeframe_ns
from market.models import BarSeries
from pulse.common import jobs

BYTES_A_BAR = 120  # bars, signals, curve and position in float64, with room for copies


class RunSpec(AccountSpec, total=False):
    """The costs and rules of a run; what is left out has the column's default."""

    side: str
    intrabar: str
    detail: BarSeries | None
    benchmark: BarSeries | None
    stop_loss: float | None
    take_profit: float | None
    trail: float | None
    sizing: str
    size_value: float
    size_window: int
    size_cap: float
    delay: int
    close_at_end: bool


def request_run(
    *,
    owner: Any,
    series: BarSeries,
    strategy: str | StrategyVersion,
    params: dict[str, Any],
    now: datetime,
    request_key: uuid.UUID | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    **spec: Unpack[RunSpec],
) -> BacktestRun:
    """Queue a backtest; the page, the API and the scheduler all call this.

    Parameters
    ----------
    strategy : str or StrategyVersion
        A plugin's name, or rules that the caller has checked to be the owner's.
    request_key : UUID, optional
        Made with the form: a second request with the same key returns the first one's run.

    Raises
    ------
    NoSuchStrategy, InvalidStrategyParams
        If the strategy is unknown or refuses its parameters (named by field).
    NoBarsInRange
        If `series` has no bars in [starts_at, ends_at).
    ValidationError
        If `spec` breaks a constraint of `BacktestRun`.
    """
    key = request_key or uuid.uuid4()
    earlier = BacktestRun.objects.filter(owner=owner, request_key=key).first()
    if earlier:
        return earlier
    try:
        rules = strategy if isinstance(strategy, StrategyVersion) else None
        chosen = RuleStrategy(rules.document) if rules else get_strategy(str(strategy))
        checked = chosen.resolve(params)
    except UnknownStrategy as error:
        raise NoSuchStrategy({"strategy": f"There is no strategy called {strategy}."}) from error
    except InvalidParams as error:
        raise InvalidStrategyParams(told(error)) from error
    run = BacktestRun(
        owner=owner,
        name=f"{rules.strategy if rules else chosen.label} on {series}",
        series=series,
        series_label=str(series),
        is_simulated_data=series.is_simulated,
        starts_at=starts_at,
        ends_at=ends_at,
        strategy=chosen.name,
        rules=rules,
        strategy_version=chosen.version,
        params=checked,
        request_key=key,
        requested_at=now,
        memory_need_mb=_n_rows(series, spec.get("detail"), spec.get("benchmark"))
        * BYTES_A_BAR
        / 2**20
        + 100,
        **spec,
    )
    check_dates(starts_at, ends_at)
    check_terms(run, terms_of)
    run.full_clean(exclude=["owner"])
    _check_range(run, series)
    _check_detail(run, series)
    _check_benchmark(run, series)
    try:
        with transaction.atomic():
            jobs.queue(run)
    except IntegrityError:  # the same form was sent twice at the same moment
        return BacktestRun.objects.get(owner=owner, request_key=key)
    return run


def run_again(
    *, run: BacktestRun, now: datetime, request_key: uuid.UUID | None = None
) -> BacktestRun:
    """Queue once more what a run was asked, on the bars there are now.

    Parameters
    ----------
    run : BacktestRun
    request_key : UUID, optional
        Made with the page: a second click returns the first one's run.

    Raises
    ------
    SeriesGone
        If its bars were deleted; and as `request_run`.
    """
    if run.series is None:
        raise SeriesGone("The data of this run was deleted. Choose another series.")
    spec = {name: getattr(run, name) for name in RunSpec.__annotations__}
    return request_run(
        owner=run.owner,
        series=run.series,
        strategy=run.rules or run.strategy,
        params=run.params,
        now=now,
        request_key=request_key,
        starts_at=run.starts_at,
        ends_at=run.ends_at,
        **spec,
    )


def _n_rows(*series: BarSeries | None) -> int:
    return sum(each.n_rows for each in series if each)


def _check_benchmark(run: BacktestRun, series: BarSeries) -> None:
    first = run.starts_at or series.first_at
    benchmark = run.benchmark
    if benchmark is None or first is None:
        return
    if benchmark.first_at is None:
        raise ValidationError({"benchmark": f"{benchmark} has no bars."})
    if benchmark.first_at > first:
        raise ValidationError(
            {
                "benchmark": f"{benchmark} begins on {benchmark.first_at:%Y-%m-%d}, "
                f"after the run does on {first:%Y-%m-%d}."
            }
        )


def _check_detail(run: BacktestRun, series: BarSeries) -> None:
    detail = run.detail
    if detail is None:
        return
    if detail.instrument_id != series.instrument_id:
        raise ValidationError({"detail": f"Choose bars of {series.instrument.symbol}."})
    if timeframe_ns(detail.timeframe) >= timeframe_ns(series.timeframe):
        raise ValidationError({"detail": f"Choose bars shorter than {series.timeframe}."})


def _check_range(run: BacktestRun, series: BarSeries) -> None:
    if series.first_at is None or series.last_at is None:
        raise NoBarsInRange({"series": f"{series} has no bars."})
    starts_late = run.starts_at and run.starts_at > series.last_at
    ends_early = run.ends_at and run.ends_at <= series.first_at
    if starts_late or ends_early:
        raise NoBarsInRange(
            {
                "starts_at": f"{series} has bars from {series.first_at:%Y-%m-%d} to "
                f"{series.last_at:%Y-%m-%d}; none lies between these dates."
            }
        )
