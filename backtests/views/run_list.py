from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from backtests.engine.registry import portfolio_strategies
from backtests.forms.run_filter import PortfolioFilterForm, RunFilterForm
from backtests.selectors.compare import numbers_of
from backtests.selectors.portfolios import portfolio_runs_visible_to
from backtests.selectors.run_list import filtered_portfolios, filtered_runs, sort_heads
from backtests.selectors.runs import runs_visible_to
from backtests.services.selection import delete_runs

RUNS_A_PAGE = 25


@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    form = RunFilterForm(request.GET, owner=request.user)
    chosen = form.chosen()
    page = Paginator(filtered_runs(request.user, chosen), RUNS_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "filter": form, "heads": sort_heads(chosen), "is_selectable": True}
    return TemplateResponse(request, "backtests/run_list.html", context)


@require_GET
def portfolio_list(request: HttpRequest) -> HttpResponse:
    form = PortfolioFilterForm(request.GET, owner=request.user)
    chosen = form.chosen()
    page = Paginator(filtered_portfolios(request.user, chosen), RUNS_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "filter": form,
        "heads": sort_heads(chosen),
        "is_selectable": True,
        "strategies": portfolio_strategies().values(),
    }
    return TemplateResponse(request, "backtests/portfolio_list.html", context)


@require_POST
def run_delete_many(request: HttpRequest) -> HttpResponse:
    return _delete_many(request, runs_visible_to(request.user), "backtests:run_list")


@require_POST
def portfolio_delete_many(request: HttpRequest) -> HttpResponse:
    runs = portfolio_runs_visible_to(request.user)
    return _delete_many(request, runs, "backtests:portfolio_list")


def _delete_many(request: HttpRequest, visible: QuerySet[Any], route: str) -> HttpResponse:
    numbers = numbers_of(request.POST)
    back = _list_url(route, request.POST.get("back", ""))
    runs = list(visible.filter(pk__in=numbers))
    if len(runs) < len(set(numbers)):
        raise Http404
    if not runs:
        messages.error(request, "No backtest was chosen: tick the ones to delete.")
        return redirect(back)
    try:
        n_deleted = delete_runs(runs=runs)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    messages.success(request, f"{n_deleted} backtest{'s' if n_deleted > 1 else ''} deleted.")
    return redirect(back)


def _list_url(route: str, query: str) -> str:
    """Return the list as it was filtered; whatever is sent stays a query of our own page."""
    kept = QueryDict(query).urlencode()
    address = reverse(route)
    return f"{address}?{kept}" if kept else address
