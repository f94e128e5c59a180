from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from backtests.engine.portfolio_strategy import MAX_MEMBERS, PortfolioStrategy
from backtests.engine.registry import UnknownStrategy, get_portfolio_strategy
from backtests.forms.portfolios import (
    FIRST_MEMBERS,
    PortfolioForm,
    member_forms,
    member_rows,
    portfolio_initial,
)
from backtests.models import PortfolioRun
from backtests.selectors import metric_groups, stat_strip
from backtests.selectors.portfolio_results import instrument_rows
from backtests.selectors.portfolio_trades import portfolio_trade_page
from backtests.selectors.portfolios import portfolio_runs_visible_to
from backtests.services import delete_run
from backtests.services.portfolios import (
    request_portfolio_again,
    request_portfolio_run,
    request_portfolio_sample,
)
from market.selectors import series_visible_to

DEFAULT_STRATEGY = "equal_weight"
RUNS_OF_STRATEGY = 5
UNCHECKED = ("add_member", "remove_member", "change_strategy")
PARTIALS = {"members": "#members", "strategy-params": "#params"}


def portfolio_or_404(request: HttpRequest, portfolio_id: int) -> PortfolioRun:
    return get_object_or_404(portfolio_runs_visible_to(request.user), pk=portfolio_id)


def finished_portfolio_or_404(request: HttpRequest, portfolio_id: int) -> PortfolioRun:
    run = portfolio_or_404(request, portfolio_id)
    if run.status != PortfolioRun.Status.SUCCEEDED:
        raise Http404
    return run


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def portfolio_create(request: HttpRequest) -> HttpResponse:
    if "again" in request.POST:
        return _run_again(request, request.POST["again"])
    is_submitted = request.method == "POST" and not any(name in request.POST for name in UNCHECKED)
    initial, rows = _initial(request)
    bound = request.POST if is_submitted else None
    form = PortfolioForm(bound, strategy=_known(initial.get("strategy")), initial=initial)
    members = member_forms(request.user, bound, rows)
    if is_submitted and all([form.is_valid(), *[member.is_valid() for member in members]]):
        try:
            run = request_portfolio_run(
                owner=request.user,
                now=timezone.now(),
                members=[member.spec() for member in members],  # type: ignore[misc]  # checked by the form
                **form.spec(),
            )
        except ValidationError as error:
            form.add_refusal(error)
        else:
            return redirect(run)
    if "add_member" in request.POST and members:
        members[-1].fields["series"].widget.attrs["autofocus"] = True
    has_errors = bool(form.errors or any(member.errors for member in members))
    context = {
        "form": form,
        "members": members,
        "may_add": len(members) < MAX_MEMBERS,
        "has_removed": "remove_member" in request.POST,
        "has_data": series_visible_to(request.user).exists(),
    }
    partial = PARTIALS.get(request.htmx.target or "", "")  # type: ignore[attr-defined]
    template = f"backtests/portfolio_create.html{partial}"
    return TemplateResponse(request, template, context, status=422 if has_errors else 200)


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def portfolio_detail(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    run = portfolio_or_404(request, portfolio_id)
    pages = {"run-body": "detail.html#body", "trades": "trades.html"}
    page = pages.get(request.htmx.target or "", "detail.html")  # type: ignore[attr-defined]
    context: dict[str, Any] = {"run": run}
    if run.status == PortfolioRun.Status.SUCCEEDED:
        context |= {
            "stats": stat_strip(run),
            "groups": metric_groups(run),
            "instruments": instrument_rows(run),
            "trades": portfolio_trade_page(
                run,
                page=_number(request.GET.get("page")),
                sort=request.GET.get("sort", "-exit_bar"),
            ),
        }
    return TemplateResponse(request, f"backtests/portfolio_{page}", context)


@require_POST
def portfolio_delete(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    run = portfolio_or_404(request, portfolio_id)
    try:
        delete_run(run=run)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(run)
    messages.success(request, "Portfolio backtest deleted.")
    return redirect("backtests:portfolio_list")


@require_GET
def portfolio_strategy_detail(request: HttpRequest, portfolio_strategy: str) -> HttpResponse:
    strategy = _strategy_or_404(portfolio_strategy)
    runs = portfolio_runs_visible_to(request.user).filter(strategy=strategy.name)
    context = {"strategy": strategy, "runs": runs[:RUNS_OF_STRATEGY]}
    return TemplateResponse(request, "backtests/portfolio_strategy.html", context)


@require_POST
def portfolio_sample(request: HttpRequest, portfolio_strategy: str) -> HttpResponse:
    strategy = _strategy_or_404(portfolio_strategy)
    try:
        run = request_portfolio_sample(
            owner=request.user, strategy=strategy.name, now=timezone.now()
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("backtests:portfolio_strategy", strategy.name)
    return redirect(run)


def _run_again(request: HttpRequest, number: str) -> HttpResponse:
    run = portfolio_or_404(request, _number(number))
    try:
        return redirect(request_portfolio_again(run=run, now=timezone.now()))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(run)


def _strategy_or_404(name: str) -> PortfolioStrategy:
    try:
        return get_portfolio_strategy(name)
    except UnknownStrategy as error:
        raise Http404 from error


def _known(strategy: str | None) -> str:
    try:
        return get_portfolio_strategy(strategy or DEFAULT_STRATEGY).name
    except UnknownStrategy:
        return DEFAULT_STRATEGY


def _initial(request: HttpRequest) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Values to begin with: of the run to clone, or of the form or link."""
    clone = request.GET.get("clone", "")
    if clone.isdecimal() and len(clone) < 19:  # noqa: PLR2004 -- bigint
        return portfolio_initial(portfolio_or_404(request, int(clone)))
    given: QueryDict = request.POST if request.method == "POST" else request.GET
    kept = {name: value for name, value in given.items() if value}
    if request.method != "POST":
        kept.pop("request_key", None)
        return kept, [{} for _ in range(FIRST_MEMBERS)]
    return kept, member_rows(given)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else 1  # noqa: PLR2004 -- sane page
