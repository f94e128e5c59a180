"""Reads of the strategies people wrote, of templates, and of what can be run."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.db.models import Count, Max, Prefetch, QuerySet

from backtests.engine import Param, Strategy, get_strategy, strategies
from backtests.engine.registry import UnknownStrategy
from backtests.engine.rules import TEMPLATES, RuleStrategy
from backtests.models import BacktestRun, SavedStrategy, StrategyVersion
from market.engine.timeframes import timeframe_ns
from market.models import BarSeries
from market.selectors import load_bars

SAVED, VERSION = "saved-", "version-"  # how forms and links name rules beside plugins
MAX_DIGITS = 18  # of a number of a row
TRIED_BARS = 5000
CENTURY = 100 * 365.25 * 86_400  # seconds; no series is longer
CLOSED_HOURS = 6  # calendar time over trading time: 6.5 hours on five days of seven, rounded up


class Change(NamedTuple):
    """A sentence of a newer version, or of the older one: "+" new, "-" gone, "" kept."""

    sign: str
    text: str


class Template(NamedTuple):
    """A ready rule document, in words."""

    name: str
    label: str
    sentences: tuple[str, ...]
    n_params: int
    document: Mapping[str, Any]


class Trial(NamedTuple):
    """How often rules would have decided something on the latest bars of a series."""

    n_bars: int
    counts: tuple[tuple[str, int], ...]  # what, and on how many bars


def trial_of(rules: RuleStrategy, series: BarSeries) -> Trial | None:
    """Return on how many of the latest 5,000 bars of `series` the rules decide what.

    None if there are no bars, or the rules cannot be read with their defaults.
    """
    reach = TRIED_BARS * CLOSED_HOURS * timeframe_ns(series.timeframe) / 1e9
    start = series.last_at - timedelta(seconds=min(reach, CENTURY)) if series.last_at else None
    bars = load_bars(series, start=start)
    if bars is None:
        return None
    bars = bars.slice(max(len(bars) - TRIED_BARS, 0), len(bars))
    signals = rules.signals(bars, rules.resolve())
    parts = {
        "to buy": ("enter_long", signals.entry_long),
        "to end the long": ("exit_long", signals.exit_long),
        "to sell short": ("enter_short", signals.entry_short),
        "to end the short": ("exit_short", signals.exit_short),
    }
    counts = [(said, int(on.sum())) for said, (part, on) in parts.items() if part in rules.document]
    return Trial(len(bars), tuple(counts))


def strategies_visible_to(user: Any) -> QuerySet[SavedStrategy]:
    """Return the saved strategies of `user` by name, with their versions, latest first."""
    versions = StrategyVersion.objects.annotate(n_runs=Count("runs")).order_by("-number")
    return (
        SavedStrategy.objects.filter(owner=user)
        .prefetch_related(Prefetch("versions", versions))
        .order_by("name")
    )


def latest_version_of(strategy: SavedStrategy) -> StrategyVersion:
    """Return the latest version; no query if the versions were fetched with it."""
    return max(strategy.versions.all(), key=lambda version: version.number)


def versions_visible_to(user: Any) -> QuerySet[StrategyVersion]:
    """Return the versions of all strategies of `user`, with the number of their runs."""
    return (
        StrategyVersion.objects.filter(strategy__owner=user)
        .select_related("strategy")
        .annotate(n_runs=Count("runs"))
    )


def latest_runs_of(user: Any) -> Mapping[int, BacktestRun]:
    """Return the latest finished run of each saved strategy of `user`, by its number."""
    done = BacktestRun.objects.filter(owner=user, rules__isnull=False, status="SUCCEEDED")
    latest = done.order_by().values("rules__strategy").annotate(latest=Max("pk"))
    runs = BacktestRun.objects.filter(pk__in=latest.values("latest")).select_related("rules")
    return {run.rules.strategy_id: run for run in runs if run.rules}


def rules_of(version: StrategyVersion) -> RuleStrategy:
    """Return a version as a strategy that can run."""
    return RuleStrategy(version.document, label=version.strategy.name)


def sentences_of(run: BacktestRun) -> list[str]:
    """Return the rules of a run in words, with its parameters; of a plugin's run nothing."""
    return rules_of(run.rules).sentences(run.params) if run.rules else []


def choosable(user: Any, key: str) -> tuple[Strategy, StrategyVersion | None]:
    """Return what a form or link calls `key`: a plugin, "saved-12" or "version-34".

    Returns
    -------
    strategy : Strategy
    version : StrategyVersion or None
        The rules that run; of a saved strategy the latest ones. None for a plugin.

    Raises
    ------
    UnknownStrategy
        If `user` has no such rules, or no such plugin is installed.
    """
    version = version_called(user, key)
    if version:
        return rules_of(version), version
    if key.startswith((SAVED, VERSION)):
        raise UnknownStrategy(f"no strategy called {key!r}")
    return get_strategy(key), None


def version_called(user: Any, key: str) -> StrategyVersion | None:
    """Return the version that "saved-12" (its latest) or "version-34" names, if `user` has it."""
    word, _, number = key.partition("-")
    if not number.isdecimal() or len(number) > MAX_DIGITS:
        return None
    rows = versions_visible_to(user)
    if f"{word}-" == VERSION:
        return rows.filter(pk=int(number)).first()
    if f"{word}-" == SAVED:
        return rows.filter(strategy=int(number)).order_by("-number").first()
    return None


def strategy_choices(user: Any, chosen: str) -> list[tuple[str, Any]]:
    """Return what can be run, keys and labels, in groups if there are own rules.

    `chosen` is a key to keep, such as that of an older version.
    """
    mine = SavedStrategy.objects.filter(owner=user, archived_at=None).order_by("name")
    own = [(f"{SAVED}{one.pk}", one.name) for one in mine]
    version = version_called(user, chosen)
    if version and chosen not in dict(own):
        own.insert(0, (chosen, str(version)))
    installed = [(one.name, one.label) for one in strategies().values()]
    return [("Your strategies", own), ("Installed", installed)] if own else [*installed]


def templates() -> list[Template]:
    """Return the rule documents to start from, in words."""
    return [
        Template(name, rules.label, rules.rules, len(rules.params), rules.document)
        for name, rules in ((name, RuleStrategy(doc)) for name, doc in TEMPLATES.items())
    ]


def changes_between(old: StrategyVersion, new: StrategyVersion) -> list[Change]:
    """Return the sentences and parameters of both versions: kept, gone and new ones."""
    before, after = _lines(old), _lines(new)
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    found: list[Change] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            found += [Change("", text) for text in before[i:j]]
        else:
            found += [Change("-", text) for text in before[i:j]]
            found += [Change("+", text) for text in after[k:m]]
    return found


def exported(version: StrategyVersion) -> dict[str, Any]:
    """Return a version as a rule document of its own, its name first."""
    return {"name": version.strategy.name, **version.document}


def _lines(version: StrategyVersion) -> list[str]:
    rules = rules_of(version)
    return [*rules.rules, *(_parameter_line(param) for param in rules.params)]


def _parameter_line(param: Param) -> str:
    return " ".join((f"Parameter {param.name} is {param.default:g}", *_bounds(param))) + "."


def _bounds(param: Param) -> Iterator[str]:
    if param.low is not None and param.high is not None:
        yield f"(from {param.low:g} to {param.high:g})"
