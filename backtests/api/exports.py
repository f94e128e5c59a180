from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from backtests.documents.report import report_of_run
from backtests.documents.serving import EXPORTS, download
from backtests.models import BacktestRun
from backtests.selectors import runs_visible_to


class RunExportApi(APIView):
    """A result as a file."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "file", OpenApiTypes.STR, enum=list(EXPORTS), required=True, description="Which."
            )
        ],
        responses={
            (200, "application/octet-stream"): OpenApiResponse(
                OpenApiTypes.BINARY, description="The file, in its own content type."
            )
        },
    )
    def get(self, request: Request, run_id: int) -> StreamingHttpResponse:
        """Return trades or equity as CSV or Parquet, a workbook, or a tearsheet."""
        run = get_object_or_404(runs_visible_to(request.user), pk=run_id)
        if run.status != BacktestRun.Status.SUCCEEDED:
            raise Http404
        kind = request.query_params.get("file", "")
        if kind not in EXPORTS:
            raise serializers.ValidationError({"file": [f"One of {', '.join(EXPORTS)}."]})
        return download(request._request, report_of_run(run), kind)  # noqa: SLF001 -- tells WSGI from ASGI
