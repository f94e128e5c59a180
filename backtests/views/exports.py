from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from backtests.documents.report import report_of_run
from backtests.documents.serving import download, file_name
from backtests.selectors import result_document
from backtests.selectors.analysis import read_analysis
from backtests.views.shared import finished_run_or_404


@require_GET
def trades_csv(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    return _download(request, run_id, "trades_csv")


@require_GET
def equity_csv(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    return _download(request, run_id, "equity_csv")


@require_GET
def trades_parquet(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    return _download(request, run_id, "trades_parquet")


@require_GET
def equity_parquet(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    return _download(request, run_id, "equity_parquet")


@require_GET
def report_xlsx(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    return _download(request, run_id, "xlsx")


@require_GET
def tearsheet_html(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    return _download(request, run_id, "html")


@require_GET
def result_json(request: HttpRequest, run_id: int) -> JsonResponse:
    run = finished_run_or_404(request, run_id)
    document = {**result_document(run), "analysis": read_analysis(run)}
    response = JsonResponse(document, json_dumps_params={"indent": 1})
    name = file_name(report_of_run(run), "result.json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _download(request: HttpRequest, run_id: int, kind: str) -> StreamingHttpResponse:
    return download(request, report_of_run(finished_run_or_404(request, run_id)), kind)
