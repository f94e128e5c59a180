from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from greeks.engine.positions import CATALOGUE
from greeks.forms import CalculatorForm
from greeks.selectors import (
    chain_view,
    curve_chart,
    expirations_of,
    expiry_chart,
    expiry_rows,
    expiry_summary,
    exposure_view,
    levels_of,
    matrix_chart,
    nearest_monthly,
    payoff_chart,
    position_view,
    profile_chart,
    smile_chart,
    strike_chart,
    strike_rows,
    symbols_with_options,
    valuation,
)
from greeks.selectors.exposures import DEFAULT_SIGNS, SIGN_MODELS, STICKY_NAMES
from greeks.selectors.positions import DEFAULT_STRATEGY
from market.vendors.options import UnknownExpiration
from pulse.common.errors import DomainError

DEFAULT_SYMBOL = "SPY"
STRIKES_AROUND = 15
DEFAULT_WIDTH = 2
LARGEST_VOL_SHIFT = 50
EXPOSURE_CHARTS = {"strikes": strike_chart, "expiries": expiry_chart, "profile": profile_chart}
CURVES = ("price", "delta", "gamma", "vega", "theta")


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def calculator(request: HttpRequest) -> HttpResponse:
    form = CalculatorForm(request.GET or CalculatorForm.EXAMPLE)
    now = timezone.now()
    context: dict[str, Any] = {"form": form, "now": now}
    if form.is_valid():
        terms = form.terms(now)
        query = request.GET or _example()
        context |= {
            "terms": terms,
            "valuation": valuation(terms),
            "clock": form.clock,
            "query": query.urlencode(),
        }
    is_live = request.htmx.target == "valuation"  # type: ignore[attr-defined]
    partial = "#valuation" if is_live else ""
    status = 422 if form.errors else 200
    return TemplateResponse(request, f"greeks/calculator.html{partial}", context, status=status)


@require_GET
def calculator_curve(request: HttpRequest, greek: str) -> JsonResponse:
    form = CalculatorForm(request.GET or CalculatorForm.EXAMPLE)
    if greek not in CURVES or not form.is_valid():
        return JsonResponse({"empty": "There is no option to draw."})
    return JsonResponse(curve_chart(form.terms(timezone.now()), greek))


def _example() -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(CalculatorForm.EXAMPLE)
    return query


@require_GET
def chain(request: HttpRequest) -> HttpResponse:
    now, symbol = timezone.now(), _symbol(request)
    context: dict[str, Any] = {"symbol": symbol, "symbols": symbols_with_options()}
    is_whole = request.GET.get("strikes") == "all"
    try:
        days = expirations_of(symbol, now=now)
        expiration = _day(request) or nearest_monthly(days, now.date())
        view = chain_view(symbol, expiration, now=now)
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/chain.html", context, status=422)
    context |= {
        "view": view,
        "expiration": expiration,
        "summary": expiry_summary(view),
        "rows": strike_rows(view, around=None if is_whole else STRIKES_AROUND),
        "is_whole": is_whole,
    }
    return TemplateResponse(request, "greeks/chain.html", context)


@require_GET
def chain_smile(request: HttpRequest) -> JsonResponse:
    now, symbol = timezone.now(), _symbol(request)
    try:
        days = expirations_of(symbol, now=now)
        expiration = _day(request) or nearest_monthly(days, now.date())
        return JsonResponse(smile_chart(chain_view(symbol, expiration, now=now)))
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})


@require_GET
def exposure(request: HttpRequest) -> HttpResponse:
    chosen = _assumptions(request)
    context: dict[str, Any] = {
        **chosen,
        "symbols": symbols_with_options(),
        "sign_models": SIGN_MODELS.items(),
        "sticky_rules": STICKY_NAMES.items(),
    }
    try:
        view = exposure_view(**chosen, now=timezone.now())
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/exposure.html", context, status=422)
    query = QueryDict(mutable=True)
    query.update(chosen)
    context |= {
        "view": view,
        "levels": levels_of(view),
        "by_expiry": expiry_rows(view),
        "query": query.urlencode(),
    }
    return TemplateResponse(request, "greeks/exposure.html", context)


@require_GET
def exposure_table(request: HttpRequest, table: str) -> JsonResponse:
    if table not in EXPOSURE_CHARTS:
        return JsonResponse({"empty": "There is no such chart."})
    try:
        view = exposure_view(**_assumptions(request), now=timezone.now())
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})
    return JsonResponse(EXPOSURE_CHARTS[table](view))


@require_GET
def strategy(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "symbol": _symbol(request),
        "symbols": symbols_with_options(),
        "strategy": request.GET.get("strategy", DEFAULT_STRATEGY),
        "plans": CATALOGUE.values(),
        "width": _whole(request.GET.get("width"), DEFAULT_WIDTH),
        "vol_points": _vol_points(request),
    }
    try:
        view = position_view(now=timezone.now(), **_position(request))
        days = expirations_of(view.source.chain.symbol, now=timezone.now())
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return TemplateResponse(request, "greeks/strategy.html", context, status=422)
    query = QueryDict(mutable=True)
    query.update({name: context[name] for name in ("symbol", "strategy", "width", "vol_points")})
    query["expiration"] = view.expiration.isoformat()
    context |= {"view": view, "days": days, "query": query.urlencode()}
    return TemplateResponse(request, "greeks/strategy.html", context)


@require_GET
def strategy_chart(request: HttpRequest, chart: str) -> JsonResponse:
    if chart not in {"payoff", "matrix"}:
        return JsonResponse({"empty": "There is no such chart."})
    try:
        view = position_view(now=timezone.now(), **_position(request))
    except DomainError as refusal:
        return JsonResponse({"empty": refusal.sentence})
    if chart == "payoff":
        return JsonResponse(payoff_chart(view))
    return JsonResponse(matrix_chart(view, vol_points=_vol_points(request)))


def _position(request: HttpRequest) -> dict[str, Any]:
    return {
        "symbol": _symbol(request),
        "strategy": request.GET.get("strategy", DEFAULT_STRATEGY),
        "expiration": _day(request),
        "width": _whole(request.GET.get("width"), DEFAULT_WIDTH),
    }


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else default  # noqa: PLR2004 -- sane number


def _vol_points(request: HttpRequest) -> int:
    text = request.GET.get("vol_points", "")
    size = _whole(text.removeprefix("-"), 0)
    return max(min(-size if text.startswith("-") else size, LARGEST_VOL_SHIFT), -LARGEST_VOL_SHIFT)


def _symbol(request: HttpRequest) -> str:
    return request.GET.get("symbol", "").strip().upper()[:24] or DEFAULT_SYMBOL


def _day(request: HttpRequest) -> date | None:
    text = request.GET.get("expiration", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UnknownExpiration({"expiration": "Write the expiration as 2026-12-18."}) from error


def _assumptions(request: HttpRequest) -> dict[str, Any]:
    return {
        "symbol": _symbol(request),
        "sign_model": request.GET.get("sign_model", DEFAULT_SIGNS),
        "sticky": request.GET.get("sticky", "strike"),
    }
