from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from market.engine import CALENDARS, TIMEFRAMES
from market.models import BarSeries, Upload
from market.selectors import bar_page, gap_rows, series_visible_to, uploads_visible_to
from market.services import (
    commit_upload,
    delete_series,
    discard_upload,
    fetch_bars,
    stage_upload,
)
from market.vendors import SimulatedVendor
from pulse.common.api import HistoryPagination, idempotent

MAX_BARS_A_PAGE = 10_000


class SeriesInput(serializers.Serializer[Any]):
    symbol = serializers.CharField(max_length=24)
    timeframe = serializers.ChoiceField(SimulatedVendor.timeframes)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(help_text="Exclusive.")


class SeriesOutput(serializers.ModelSerializer[BarSeries]):
    symbol = serializers.CharField(read_only=True)
    is_simulated = serializers.BooleanField(read_only=True)

    class Meta:
        model = BarSeries
        fields = [
            "id",
            "symbol",
            "timeframe",
            "source",
            "is_simulated",
            "calendar",
            "first_at",
            "last_at",
            "n_rows",
            "n_gaps",
            "n_missing",
            "n_corrected",
            "n_bytes",
            "fingerprint",
            "updated_at",
        ]
        read_only_fields = fields


class BarQuery(serializers.Serializer[Any]):
    start = serializers.DateTimeField(required=False, help_text="First close; default: the oldest.")
    limit = serializers.IntegerField(min_value=1, max_value=MAX_BARS_A_PAGE, default=1000)


class BarsOutput(serializers.Serializer[Any]):
    ts_ns = serializers.ListField(
        child=serializers.IntegerField(), help_text="Close of each bar, nanoseconds since 1970 UTC."
    )
    open = serializers.ListField(child=serializers.FloatField())
    high = serializers.ListField(child=serializers.FloatField())
    low = serializers.ListField(child=serializers.FloatField())
    close = serializers.ListField(child=serializers.FloatField())
    volume = serializers.ListField(child=serializers.FloatField())
    next = serializers.DateTimeField(allow_null=True, help_text="`start` of the next page.")


class GapOutput(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    n_missing = serializers.IntegerField()


class UploadInput(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    symbol = serializers.CharField(max_length=24)
    timeframe = serializers.ChoiceField(list(TIMEFRAMES), default="", allow_blank=True)
    zone = serializers.CharField(max_length=64, default="UTC")
    calendar = serializers.ChoiceField(CALENDARS, default="", allow_blank=True)
    stamped_by = serializers.ChoiceField(["auto", "open", "close"], default="auto")


class IssueOutput(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    column = serializers.CharField()
    reason = serializers.CharField()
    rule = serializers.CharField()


class UploadOutput(serializers.ModelSerializer[Upload]):
    issues = IssueOutput(many=True, read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    notes = serializers.ListField(child=serializers.CharField(), read_only=True)
    preview = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Upload
        fields = [
            "id",
            "file_name",
            "symbol",
            "timeframe",
            "calendar",
            "zone",
            "status",
            "layout",
            "n_rows",
            "n_bad",
            "issues",
            "counts",
            "notes",
            "preview",
            "series",
            "created_at",
        ]
        read_only_fields = fields


class CommitInput(serializers.Serializer[Any]):
    on_bad_rows = serializers.ChoiceField(["refuse", "skip"], default="refuse")


class SeriesListApi(APIView):
    """Bar series of the caller."""

    @extend_schema(responses=SeriesOutput(many=True))
    def get(self, request: Request) -> Response:
        """List series, latest first."""
        pages = HistoryPagination()
        rows = pages.paginate_queryset(series_visible_to(request.user), request, view=self)
        return pages.get_paginated_response(SeriesOutput(rows or [], many=True).data)

    @extend_schema(request=SeriesInput, responses={201: SeriesOutput})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make simulated bars; a series that exists is extended."""
        body = SeriesInput(data=request.data)
        body.is_valid(raise_exception=True)
        series = fetch_bars(owner=request.user, now=timezone.now(), **body.validated_data)  # type: ignore[arg-type]  # signed in by permission
        return Response(SeriesOutput(series).data, status=status.HTTP_201_CREATED)


class SeriesDetailApi(APIView):
    """One series of the caller."""

    @extend_schema(responses=SeriesOutput)
    def get(self, request: Request, series_id: int) -> Response:
        """Return a series."""
        return Response(SeriesOutput(_series(request, series_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, series_id: int) -> Response:
        """Delete a series with its bars."""
        delete_series(series=_series(request, series_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class BarListApi(APIView):
    """Bars of a series."""

    @extend_schema(parameters=[BarQuery], responses=BarsOutput)
    def get(self, request: Request, series_id: int) -> Response:
        """Return a page of bars as columns."""
        series = _series(request, series_id)
        query = BarQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        start, limit = query.validated_data.get("start"), query.validated_data["limit"]
        return Response(BarsOutput(bar_page(series, start=start, limit=limit)).data)


class GapListApi(APIView):
    """Gaps of a series."""

    @extend_schema(responses=GapOutput(many=True))
    def get(self, request: Request, series_id: int) -> Response:
        """List the first 100 gaps."""
        return Response(GapOutput(gap_rows(_series(request, series_id)), many=True).data)


class UploadListApi(APIView):
    """Uploads of the caller."""

    parser_classes = [MultiPartParser]

    @extend_schema(responses=UploadOutput(many=True))
    def get(self, request: Request) -> Response:
        """List uploads, latest first."""
        pages = HistoryPagination()
        rows = pages.paginate_queryset(uploads_visible_to(request.user), request, view=self)
        return pages.get_paginated_response(UploadOutput(rows or [], many=True).data)

    @extend_schema(request={"multipart/form-data": UploadInput}, responses={201: UploadOutput})
    @idempotent
    def post(self, request: Request) -> Response:
        """Read and check a CSV or Parquet file; it is stored when it is committed."""
        body = UploadInput(data=request.data)
        body.is_valid(raise_exception=True)
        spec = body.validated_data
        upload = stage_upload(
            owner=request.user,  # type: ignore[arg-type]  # signed in by permission
            file_name=spec["file"].name,
            now=timezone.now(),
            **spec,
        )
        return Response(UploadOutput(upload).data, status=status.HTTP_201_CREATED)


class UploadDetailApi(APIView):
    """One upload of the caller."""

    @extend_schema(responses=UploadOutput)
    def get(self, request: Request, upload_id: int) -> Response:
        """Return an upload with its bad rows."""
        return Response(UploadOutput(_upload(request, upload_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, upload_id: int) -> Response:
        """Discard an upload."""
        discard_upload(upload=_upload(request, upload_id), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class UploadCommitApi(APIView):
    """The decision to keep an upload."""

    @extend_schema(
        parameters=[OpenApiParameter("upload_id", int, OpenApiParameter.PATH)],
        request=CommitInput,
        responses={201: SeriesOutput},
    )
    @idempotent
    def post(self, request: Request, upload_id: int) -> Response:
        """Store the good rows."""
        body = CommitInput(data=request.data)
        body.is_valid(raise_exception=True)
        series, _ = commit_upload(
            upload=_upload(request, upload_id), now=timezone.now(), **body.validated_data
        )
        return Response(SeriesOutput(series).data, status=status.HTTP_201_CREATED)


def _series(request: Request, series_id: int) -> BarSeries:
    return get_object_or_404(series_visible_to(request.user), pk=series_id)


def _upload(request: Request, upload_id: int) -> Upload:
    return get_object_or_404(uploads_visible_to(request.user), pk=upload_id)
