"""What people ask of their own strategies: write, save, copy, set aside and delete them."""

from datetime import datetime
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction

from backtests.engine.rules import Fault, RuleError, RuleStrategy, load_rules
from backtests.models import BacktestRun, SavedStrategy, StrategyVersion
from pulse.common.errors import DomainError

MAX_STRATEGIES = 500  # a user, archived ones among them
MAX_NAME = 120  # letters
UNNAMED = "My rules"


class InvalidRules(DomainError):
    """The rules cannot be used; `faults` names each place and what is wrong there."""

    default_code = "invalid_rules"
    http_status = 422

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        sentences: dict[str, str] = {}
        for fault in faults:
            key = fault.pointer or "document"
            sentences[key] = f"{sentences[key]} {fault}." if key in sentences else f"{fault}."
        super().__init__(sentences)


class InvalidStrategyName(DomainError):
    """The name is empty or too long."""

    default_code = "invalid_strategy_name"
    http_status = 422


class StrategyNameTaken(DomainError):
    """The owner has another strategy of this name."""

    default_code = "strategy_name_taken"


class StrategyChanged(DomainError):
    """The rules were saved elsewhere since they were opened."""

    default_code = "strategy_changed"


class StrategyInUse(DomainError):
    """Backtests ran these rules, so they are kept."""

    default_code = "strategy_in_use"


class TooManyStrategies(DomainError):
    """The owner has as many strategies as anyone may have."""

    default_code = "too_many_strategies"


def create_strategy(
    *, owner: Any, document: Any, now: datetime, name: str = "", is_copy: bool = False
) -> SavedStrategy:
    """Store rules as version 1 of a new strategy.

    Parameters
    ----------
    document : object or str
        A rule document, parsed or as JSON text.
    name : str
        The document's own name if left out.
    is_copy : bool
        Choose a free name, such as "Turtle breakout 2", rather than refuse one in use.

    Raises
    ------
    InvalidRules
        If the document cannot be used; every fault by its place.
    InvalidStrategyName, StrategyNameTaken, TooManyStrategies
    """
    rules = _checked(document)
    own_name = rules.document.get("name") or UNNAMED
    if SavedStrategy.objects.filter(owner=owner).count() >= MAX_STRATEGIES:
        raise TooManyStrategies(
            f"You have {MAX_STRATEGIES} strategies. Delete one that you do not need."
        )
    wanted = _checked_name(name or own_name[:MAX_NAME])
    if is_copy:
        wanted = _free_name(owner, wanted)
    strategy = SavedStrategy(owner=owner, name=wanted, created_at=now, updated_at=now)
    with transaction.atomic():
        _store(strategy)
        _add_version(strategy, 1, rules, now)
    return strategy


def save_strategy(
    *, strategy: SavedStrategy, document: Any, now: datetime, name: str = "", base: str = ""
) -> StrategyVersion:
    """Store changed rules: a new version if the latest one was run, else in its place.

    Parameters
    ----------
    document : object or str
        A rule document, parsed or as JSON text; its name counts where `name` is left out.
    base : str
        Digest of the version that was edited, to notice another save in between.

    Returns
    -------
    StrategyVersion
        The latest one; the one there was if the rules are equal.

    Raises
    ------
    InvalidRules
        If the document cannot be used; every fault by its place.
    StrategyChanged
        If the latest version is not `base` any more.
    InvalidStrategyName, StrategyNameTaken
    """
    rules = _checked(document)
    name = _checked_name(name or rules.document.get("name", "")[:MAX_NAME] or strategy.name)
    with transaction.atomic():
        locked = SavedStrategy.objects.select_for_update().get(pk=strategy.pk)
        latest = locked.versions.select_for_update().latest("number")
        if base and base != latest.digest:
            raise StrategyChanged(
                f"Version {latest.number} was saved elsewhere since you opened these rules. "
                "Save again to put yours on top of it."
            )
        locked.name, locked.updated_at = name, now
        _store(locked)
        strategy.name, strategy.updated_at = name, now
        if _stored(rules)[0] == latest.document:
            return latest
        if latest.runs.exists():
            return _add_version(strategy, latest.number + 1, rules, now)
        latest.document, latest.digest = _stored(rules)
        latest.created_at = now
        latest.save()
        return latest


def rename_strategy(*, strategy: SavedStrategy, name: str, now: datetime) -> None:
    """Give a strategy another name; its rules stay as they are.

    Raises
    ------
    InvalidStrategyName, StrategyNameTaken
    """
    renamed = SavedStrategy.objects.get(pk=strategy.pk)
    renamed.name, renamed.updated_at = _checked_name(name), now
    _store(renamed)
    strategy.name, strategy.updated_at = renamed.name, now


def clone_strategy(*, owner: Any, version: StrategyVersion, now: datetime) -> SavedStrategy:
    """Start a new strategy from one version of another, under a name that is free."""
    return create_strategy(
        owner=owner,
        document=version.document,
        name=version.strategy.name,
        is_copy=True,
        now=now,
    )


def archive_strategy(*, strategy: SavedStrategy, now: datetime) -> None:
    """Set a strategy aside: it stays with its runs, and no list offers it."""
    strategy.archived_at = strategy.archived_at or now
    strategy.save(update_fields=["archived_at"])


def restore_strategy(*, strategy: SavedStrategy) -> None:
    """Take a strategy back from the archive.

    Raises
    ------
    StrategyNameTaken
        If another one has its name by now.
    """
    strategy.archived_at = None
    _store(strategy)


def delete_strategy(*, strategy: SavedStrategy) -> None:
    """Delete a strategy and its versions.

    Raises
    ------
    StrategyInUse
        If a backtest ran one of them.
    """
    n_runs = BacktestRun.objects.filter(rules__strategy=strategy).count()
    if n_runs:
        ran = "A backtest" if n_runs == 1 else f"{n_runs} backtests"
        raise StrategyInUse(f"{ran} ran these rules. Archive the strategy, or delete the runs.")
    strategy.delete()


def version_for(*, owner: Any, document: Any, now: datetime) -> StrategyVersion:
    """Return a stored version of these rules: the owner's latest equal one, or a new strategy.

    Notes
    -----
    A run keeps the version it ran, so rules must be stored before they run.

    Raises
    ------
    InvalidRules
        If the document cannot be used; every fault by its place.
    TooManyStrategies
    """
    digest = _stored(_checked(document))[1]
    equal = StrategyVersion.objects.filter(strategy__owner=owner, digest=digest)
    found = equal.select_related("strategy").order_by("-pk").first()
    if found:
        return found
    made = create_strategy(owner=owner, document=document, is_copy=True, now=now)
    return made.versions.get()


def check_rules(document: Any) -> RuleStrategy:
    """Return rules ready to run, without storing them.

    Raises
    ------
    InvalidRules
        If the document cannot be used; every fault by its place.
    """
    return _checked(document)


def _checked(document: Any) -> RuleStrategy:
    try:
        return RuleStrategy(load_rules(document) if isinstance(document, str) else document)
    except RuleError as error:
        raise InvalidRules(error.faults) from error


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidStrategyName(
            {"name": f"A name has 1 to {MAX_NAME} letters, none of them invisible."}
        )
    return name


def _free_name(owner: Any, wanted: str) -> str:
    taken = set(
        SavedStrategy.objects.filter(owner=owner, archived_at=None).values_list("name", flat=True)
    )
    if wanted not in taken:
        return wanted
    numbered = (f"{wanted[: MAX_NAME - 5]} {number}" for number in count(2))
    return next(name for name in numbered if name not in taken)


def _store(strategy: SavedStrategy) -> None:
    try:
        with transaction.atomic():
            strategy.save()
    except IntegrityError as error:
        raise StrategyNameTaken(
            {"name": f"You have another strategy called {strategy.name}."}
        ) from error


def _add_version(
    strategy: SavedStrategy, number: int, rules: RuleStrategy, now: datetime
) -> StrategyVersion:
    document, digest = _stored(rules)
    return strategy.versions.create(number=number, document=document, digest=digest, created_at=now)


def _stored(rules: RuleStrategy) -> tuple[dict[str, Any], str]:
    """Return the rules alone and their digest: a name may change without a new version."""
    document = {key: value for key, value in rules.document.items() if key != "name"}
    return document, RuleStrategy(document).version
