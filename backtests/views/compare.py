from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from backtests.models import BacktestRun
from backtests.selectors.compare import (
    BASES,
    MOST_RUNS,
    Chosen,
    cautions,
    chosen_runs,
    metric_rows,
    numbers_of,
    overlaid_drawdown,
    overlaid_equity,
    return_correlations,
    term_rows,
)
from backtests.selectors.runs import runs_visible_to

OFFERED = 50


class Choice(NamedTuple):
    """A run that is chosen, and the address without it."""

    run: BacktestRun
    url_without: str


@require_http_methods(["GET", "POST"])
def compare(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":  # the list of runs has one form for all that is done with them
        return redirect(_url(numbers_of(request.POST)))
    chosen = chosen_runs(request.user, numbers_of(request.GET))
    base, shows_all = _base(request), request.GET.get("all") == "1"
    context: dict[str, Any] = {
        "chosen": chosen,
        "choices": _choices(chosen, base),
        "offered": _offered(request, chosen),
        "base": base,
        "bases": [(name, _url(chosen.numbers, base=name)) for name in BASES],
        "most_runs": MOST_RUNS,
    }
    if chosen.is_comparable:
        context |= _comparison(chosen, base=base, shows_all=shows_all)
    return TemplateResponse(request, "backtests/compare.html", context, status=_status(chosen))


@require_GET
@cache_control(private=True, max_age=60)
def compare_equity(request: HttpRequest) -> JsonResponse:
    return JsonResponse(overlaid_equity(_comparable(request), base=_base(request)))


@require_GET
@cache_control(private=True, max_age=60)
def compare_drawdown(request: HttpRequest) -> JsonResponse:
    return JsonResponse(overlaid_drawdown(_comparable(request)))


def _comparison(chosen: Chosen, *, base: str, shows_all: bool) -> dict[str, Any]:
    runs = chosen.runs
    numbers = [run.pk for run in runs]
    terms = term_rows(runs)
    return {
        "cautions": cautions(runs),
        "terms": [row for row in terms if shows_all or row.differs],
        "n_terms": len(terms),
        "n_differing": sum(row.differs for row in terms),
        "shows_all": shows_all,
        "all_url": _url(numbers, base=base, all="" if shows_all else "1"),
        "groups": metric_rows(runs),
        "correlations": list(zip(runs, return_correlations(runs), strict=True)),
        "equity_url": _url(numbers, "compare_equity", base=base),
        "drawdown_url": _url(numbers, "compare_drawdown"),
    }


def _status(chosen: Chosen) -> int:
    """Say that a number that is not the caller's is not found, whatever else is shown."""
    if chosen.missing:
        return 404
    return 422 if len(chosen.runs) > MOST_RUNS else 200


def _comparable(request: HttpRequest) -> list[BacktestRun]:
    chosen = chosen_runs(request.user, numbers_of(request.GET))
    if chosen.missing or not chosen.is_comparable:
        raise Http404
    return chosen.runs


def _base(request: HttpRequest) -> str:
    base = request.GET.get("base", "")
    return base if base in BASES else BASES[0]


def _choices(chosen: Chosen, base: str) -> list[Choice]:
    runs = (*chosen.runs, *chosen.others)
    numbers = [run.pk for run in runs]
    return [
        Choice(run, _url([number for number in numbers if number != run.pk], base=base))
        for run in runs
    ]


def _offered(request: HttpRequest, chosen: Chosen) -> list[BacktestRun]:
    """Return the latest finished runs that are not chosen yet."""
    done = runs_visible_to(request.user).filter(status=BacktestRun.Status.SUCCEEDED)
    return list(done.exclude(pk__in=chosen.numbers)[:OFFERED])


def _url(numbers: Sequence[int], name: str = "compare", **more: str) -> str:
    kept = [(key, value) for key, value in more.items() if value]
    query = urlencode([*(("run", number) for number in numbers), *kept])
    return f"{reverse(f'backtests:{name}')}?{query}"
