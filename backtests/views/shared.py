from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from backtests.models import BacktestRun
from backtests.selectors import runs_visible_to


def run_or_404(request: HttpRequest, run_id: int) -> BacktestRun:
    return get_object_or_404(runs_visible_to(request.user), pk=run_id)


def finished_run_or_404(request: HttpRequest, run_id: int) -> BacktestRun:
    run = run_or_404(request, run_id)
    if run.status != BacktestRun.Status.SUCCEEDED:
        raise Http404
    return run
