"""The list of runs: narrowed down and sorted by what the table shows."""

from datetime import date
from typing import Any, NamedTuple, TypedDict, TypeVar

from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, NullIf
from django.utils import timezone

from backtests.engine import strategies
from backtests.engine.registry import portfolio_strategies
from backtests.models import AccountRun, BacktestRun, PortfolioRun
from backtests.selectors.portfolios import portfolio_runs_visible_to
from backtests.selectors.runs import runs_visible_to
from pulse.common.time import start_of_day

RULES = "rules:"
Run = TypeVar("Run", bound=AccountRun)


class RunFilter(TypedDict, total=False):
    """What the list is narrowed down to; empty means all."""

    strategy: str
    series: str
    status: str
    since: date | None
    until: date | None
    sort: str


class SortHead(NamedTuple):
    """Head of a column that sorts: a second click turns the order round."""

    name: str
    label: str
    css: str
    sorted: str
    next: str


METRIC_SORTS = {"return": "return_total", "sharpe": "sharpe", "drawdown": "max_drawdown"}
HEADS = (
    ("return", "Return, %", "n"),
    ("sharpe", "Sharpe", "n p2"),
    ("drawdown", "Max drawdown, %", "n p2"),
    ("trades", "Trades", "n p3"),
    ("requested", "Requested", "p4"),
)
DEFAULT_SORT = "-requested"


def filtered_runs(user: Any, chosen: RunFilter) -> QuerySet[BacktestRun]:
    """Return the runs of `user` that pass the filter, in its order; missing figures come last."""
    runs = runs_visible_to(user)
    if strategy := chosen.get("strategy"):
        if strategy.startswith(RULES):
            runs = runs.filter(rules__strategy_id=int(strategy.removeprefix(RULES)))
        else:
            runs = runs.filter(strategy=strategy, rules=None)
    if series := chosen.get("series"):
        runs = runs.filter(series_label=series)
    return _narrowed(runs, chosen)


def filtered_portfolios(user: Any, chosen: RunFilter) -> QuerySet[PortfolioRun]:
    """Return the portfolio runs of `user` that pass the filter, in its order."""
    runs = portfolio_runs_visible_to(user).defer("assumptions")
    if strategy := chosen.get("strategy"):
        runs = runs.filter(strategy=strategy)
    return _narrowed(runs, chosen)


def _narrowed(runs: QuerySet[Run], chosen: RunFilter) -> QuerySet[Run]:
    if status := chosen.get("status"):
        runs = runs.filter(status=status)
    zone = timezone.get_current_timezone()
    if since := chosen.get("since"):
        runs = runs.filter(requested_at__gte=start_of_day(since, zone))
    if until := chosen.get("until"):
        runs = runs.filter(requested_at__lt=start_of_day(until, zone, later=1))
    return _sorted(runs, sort_of(chosen))


def sort_of(chosen: RunFilter) -> str:
    """Return the order asked for, or the latest first."""
    sort = chosen.get("sort") or DEFAULT_SORT
    return sort if sort.removeprefix("-") in {name for name, *_ in HEADS} else DEFAULT_SORT


def sort_heads(chosen: RunFilter) -> list[SortHead]:
    """Return the heads of the columns that sort."""
    sort = sort_of(chosen)
    present, falls = sort.removeprefix("-"), sort.startswith("-")
    return [
        SortHead(
            name,
            label,
            css,
            ("descending" if falls else "ascending") if name == present else "",
            name if name == present and falls else f"-{name}",
        )
        for name, label, css in HEADS
    ]


def strategy_choices(user: Any) -> list[tuple[str, str]]:
    """Return the strategies that the user's runs have, plugins by name and rules by number."""
    rows = (
        runs_visible_to(user)
        .order_by()
        .annotate(number=F("rules__strategy_id"), label=F("rules__strategy__name"))
        .values_list("strategy", "number", "label")
        .distinct()
    )
    labels = {name: plugin.label for name, plugin in strategies().items()}
    choices = {
        f"{RULES}{number}" if number else name: label or labels.get(name, name)
        for name, number, label in rows
    }
    return sorted(choices.items(), key=lambda item: item[1].lower())


def portfolio_strategy_choices(user: Any) -> list[tuple[str, str]]:
    """Return the strategies that the user's portfolio runs have."""
    rows = portfolio_runs_visible_to(user).order_by().values_list("strategy", flat=True).distinct()
    known = portfolio_strategies()
    return [(name, known[name].label if name in known else name) for name in sorted(rows)]


def series_choices(user: Any) -> list[str]:
    """Return the data that the user's runs are of."""
    rows = runs_visible_to(user).order_by("series_label").values_list("series_label", flat=True)
    return list(rows.distinct())


def _sorted(runs: QuerySet[Run], sort: str) -> QuerySet[Run]:
    name = sort.removeprefix("-")
    if name in METRIC_SORTS:
        # SQLite tells JSON's null as a word, which would count as 0
        text = NullIf(KeyTextTransform(METRIC_SORTS[name], "metrics"), Value("null"))
        column: Any = Cast(text, FloatField())
    else:
        column = F({"requested": "requested_at", "trades": "n_trades"}[name])
    order = column.desc(nulls_last=True) if sort[0] == "-" else column.asc(nulls_last=True)
    return runs.order_by(order, "-pk")
