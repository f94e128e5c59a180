from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from backtests.models import BacktestRun, SavedStrategy, StrategyVersion
from backtests.selectors import runs_visible_to
from backtests.selectors.strategies import latest_version_of, strategies_visible_to


def run_or_404(request: HttpRequest, run_id: int) -> BacktestRun:
    return get_object_or_404(runs_visible_to(request.user), pk=run_id)


def finished_run_or_404(request: HttpRequest, run_id: int) -> BacktestRun:
    run = run_or_404(request, run_id)
    if run.status != BacktestRun.Status.SUCCEEDED:
        raise Http404
    return run


def strategy_or_404(request: HttpRequest, strategy_id: int) -> SavedStrategy:
    return get_object_or_404(strategies_visible_to(request.user), pk=strategy_id)


def version_or_404(strategy: SavedStrategy, number: str) -> StrategyVersion:
    """Return the version of this number, the latest one if none is asked for."""
    if not number:
        return latest_version_of(strategy)
    for version in strategy.versions.all():
        if str(version.number) == number:
            return version
    raise Http404
