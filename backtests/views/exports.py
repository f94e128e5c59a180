import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from backtests.selectors import equity_rows, result_document, trade_rows
from backtests.views.shared import finished_run_or_404


@require_GET
def trades_csv(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    run = finished_run_or_404(request, run_id)
    return csv_response(trade_rows(run), f"run-{run.pk}-trades.csv")


@require_GET
def equity_csv(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    run = finished_run_or_404(request, run_id)
    return csv_response(equity_rows(run), f"run-{run.pk}-equity.csv")


@require_GET
def result_json(request: HttpRequest, run_id: int) -> JsonResponse:
    run = finished_run_or_404(request, run_id)
    response = JsonResponse(result_document(run), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.json"'
    return response


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_response(rows: Iterator[list[Any]], name: str) -> StreamingHttpResponse:
    writer = csv.writer(_Line())
    response = StreamingHttpResponse(map(writer.writerow, rows), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
