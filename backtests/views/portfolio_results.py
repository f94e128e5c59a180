import csv
import io

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from backtests.selectors.portfolio_results import (
    contribution_chart,
    correlation_chart,
    indicator_chart,
    months_chart,
    portfolio_drawdown_chart,
    portfolio_equity_chart,
    portfolio_equity_rows,
    portfolio_fill_rows,
    portfolio_weights_chart,
)
from backtests.selectors.portfolio_trades import portfolio_trade_rows
from backtests.selectors.portfolios import portfolio_document
from backtests.views.portfolios import finished_portfolio_or_404
from backtests.views.results import range_of

CHARTS = {
    "contribution": contribution_chart,
    "correlation": correlation_chart,
    "months": months_chart,
}
CURVES = {
    "equity": portfolio_equity_chart,
    "drawdown": portfolio_drawdown_chart,
    "weights": portfolio_weights_chart,
}
TABLES = {
    "equity": portfolio_equity_rows,
    "trades": portfolio_trade_rows,
    "fills": portfolio_fill_rows,
}


@require_GET
@cache_control(private=True, max_age=60)
def portfolio_curve(request: HttpRequest, portfolio_id: int, chart: str) -> JsonResponse:
    run = finished_portfolio_or_404(request, portfolio_id)
    return JsonResponse(CURVES[chart](run, **range_of(request)))


@require_GET
@cache_control(private=True, max_age=60)
def portfolio_chart(request: HttpRequest, portfolio_id: int, chart: str) -> JsonResponse:
    return JsonResponse(CHARTS[chart](finished_portfolio_or_404(request, portfolio_id)))


@require_GET
@cache_control(private=True, max_age=60)
def portfolio_indicator(request: HttpRequest, portfolio_id: int, number: int) -> JsonResponse:
    run = finished_portfolio_or_404(request, portfolio_id)
    try:
        return JsonResponse(indicator_chart(run, number))
    except IndexError as error:
        raise Http404 from error


@require_GET
def portfolio_csv(request: HttpRequest, portfolio_id: int, table: str) -> HttpResponse:
    run = finished_portfolio_or_404(request, portfolio_id)
    lines = io.StringIO()
    csv.writer(lines).writerows(TABLES[table](run))
    response = HttpResponse(lines.getvalue(), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="portfolio-{run.pk}-{table}.csv"'
    return response


@require_GET
def portfolio_json(request: HttpRequest, portfolio_id: int) -> JsonResponse:
    run = finished_portfolio_or_404(request, portfolio_id)
    response = JsonResponse(portfolio_document(run), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="portfolio-{run.pk}.json"'
    return response
