import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from backtests.engine.registry import UnknownStrategy
from backtests.forms import RunForm, initial_of
from backtests.models import BacktestRun
from backtests.selectors import metric_groups, stat_strip, trade_page, why_no_trades
from backtests.selectors.analysis import (
    MONTHS,
    cost_rows,
    drawdown_rows,
    month_rows,
    read_analysis,
    stress_heads,
    stress_rows,
    trust_lines,
)
from backtests.selectors.strategies import choosable, sentences_of
from backtests.selectors.terms import terms_in_effect
from backtests.selectors.trades import TradeFilter
from backtests.services import delete_run, request_run, run_again
from backtests.views.shared import run_or_404
from market.selectors import series_visible_to

DEFAULT_STRATEGY = "sma_cross"
TRADE_FILTERS = ("side", "outcome", "reason", "since", "until")


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def run_create(request: HttpRequest) -> HttpResponse:
    initial = _initial(request)
    strategy = _known(request, initial.get("strategy"))
    is_submitted = request.method == "POST" and "change_strategy" not in request.POST
    form = RunForm(
        request.POST if is_submitted else None,
        owner=request.user,
        strategy=strategy,
        initial=initial,
    )
    if is_submitted and form.is_valid():
        try:
            run = request_run(owner=request.user, now=timezone.now(), **form.spec())
        except ValidationError as error:
            form.add_refusal(error)
        else:
            return redirect(run)
    context = {"form": form, "has_data": series_visible_to(request.user).exists()}
    status = 422 if form.errors else 200
    partial = "#params" if request.htmx.target == "strategy-params" else ""  # type: ignore[attr-defined]
    template = f"backtests/run_create.html{partial}"
    return TemplateResponse(request, template, context, status=status)


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def run_detail(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_or_404(request, run_id)
    templates = {"run-body": "run_detail.html#body", "trades": "trades.html"}
    template = templates.get(request.htmx.target or "", "run_detail.html")  # type: ignore[attr-defined]
    context: dict[str, Any] = {"run": run}
    if run.status == BacktestRun.Status.SUCCEEDED:
        tables = read_analysis(run)
        context |= {
            "request_key": uuid.uuid4(),
            "stats": stat_strip(run),
            "sentences": sentences_of(run),
            "groups": metric_groups(run),
            "no_trades_reason": "" if run.n_trades else why_no_trades(run, tables),
            "terms": terms_in_effect(run),
            "trades": trade_page(
                run,
                page=_number(request.GET.get("page")),
                sort=request.GET.get("sort", "-entry_bar"),
                chosen=_filter(request),
            ),
        }
        if tables:
            context |= {
                "tables": tables,
                "months": month_rows(tables),
                "month_names": MONTHS,
                "drawdowns": drawdown_rows(tables),
                "cost_rows": cost_rows(tables),
                "trust": trust_lines(run, tables),
                "stress": stress_rows(tables),
                "stress_heads": stress_heads(),
            }
    return TemplateResponse(request, f"backtests/{template}", context)


@require_POST
def run_repeat(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_or_404(request, run_id)
    try:
        key = uuid.UUID(request.POST.get("request_key", ""))
    except ValueError:
        key = uuid.uuid4()
    try:
        return redirect(run_again(run=run, now=timezone.now(), request_key=key))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(run)


@require_POST
def run_delete(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_or_404(request, run_id)
    try:
        delete_run(run=run)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(run)
    messages.success(request, "Backtest deleted.")
    return redirect("backtests:run_list")


def _filter(request: HttpRequest) -> TradeFilter:
    return TradeFilter(**{name: request.GET.get(name, "") for name in TRADE_FILTERS})


def _known(request: HttpRequest, key: str | None) -> str:
    try:
        choosable(request.user, key or DEFAULT_STRATEGY)
    except UnknownStrategy:
        return DEFAULT_STRATEGY
    return key or DEFAULT_STRATEGY


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Values to begin with: of the run to clone, or of the form or link."""
    clone = request.GET.get("clone", "")
    if clone.isdecimal() and len(clone) < 19:  # noqa: PLR2004 -- bigint
        return initial_of(run_or_404(request, int(clone)))
    given = request.POST if request.method == "POST" else request.GET
    kept = {name: value for name, value in given.items() if value}
    kept.pop("request_key", None)
    return kept


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else 1  # noqa: PLR2004 -- sane page
