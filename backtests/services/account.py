"""What asking for a run of one instrument and of several have in common."""

import shutil
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, TypeVar

from django.core.exceptions import ValidationError

from backtests.engine import InvalidParams, Terms
from backtests.models import AccountRun
from backtests.selectors import artifact_folder
from pulse.common.errors import DomainError
from pulse.common.money import to_engine

Run = TypeVar("Run", bound=AccountRun)

FIELD_OF_TERM = {
    "cash": "initial_cash",
    "sizing value": "size_value",
    "sizing window": "size_window",
    "sizing cap": "size_cap",
}


class NoSuchStrategy(DomainError):
    """The strategy is not installed here."""

    default_code = "no_such_strategy"
    http_status = 422


class RunIsActive(DomainError):
    """The run is queued or running, so it cannot be deleted."""

    default_code = "run_is_active"


class AccountSpec(TypedDict, total=False):
    """The costs and rules of an account; what is left out has the column's default."""

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


def check_terms(run: Run, terms_of: Callable[[Run], dict[str, Any]]) -> None:
    """Let the engine look at the terms of a run, which `terms_of` returns as its keywords.

    Raises
    ------
    ValidationError
        If it refuses one, said at the field it names.
    """
    try:
        Terms(cash=to_engine(run.initial_cash), **terms_of(run))
    except (TypeError, ValueError) as error:
        words = str(error)
        name = words.partition(" must ")[0]
        field = FIELD_OF_TERM.get(name, name)
        sentence = f"{words[:1].upper()}{words[1:]}.".replace("_", " ")
        raise ValidationError({field: sentence} if hasattr(run, field) else sentence) from error


def told(error: InvalidParams) -> dict[str, str]:
    """Return what is wrong with each parameter as a sentence: Fast must be below slow."""
    return {
        name: f"{name[:1].upper()}{name[1:].replace('_', ' ')} {words}."
        for name, words in error.errors.items()
    }


def check_dates(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Refuse a period that ends before it starts.

    Raises
    ------
    ValidationError
    """
    if starts_at and ends_at and starts_at >= ends_at:
        raise ValidationError({"ends_at": "The end must come after the start."})


def delete_run(*, run: AccountRun) -> None:
    """Delete a run, of one instrument or of several, and its result.

    Raises
    ------
    RunIsActive
        If the run is queued or running.
    """
    if run.is_active:
        raise RunIsActive("This run is still going. Cancel it first.")
    folder = artifact_folder(run)
    run.delete()
    shutil.rmtree(folder, ignore_errors=True)
