"""What people ask of several runs at once."""

from collections.abc import Sequence

from django.db import transaction

from backtests.models import AccountRun
from backtests.services.account import RunIsActive, delete_run


@transaction.atomic
def delete_runs(*, runs: Sequence[AccountRun]) -> int:
    """Delete runs and their results: all of them, or none. Return how many.

    Raises
    ------
    RunIsActive
        If one of them is queued or running.
    """
    for run in runs:
        if run.is_active:
            raise RunIsActive(f"Run {run.pk} is still going. Cancel it first; nothing was deleted.")
    for run in runs:
        delete_run(run=run)
    return len(runs)
