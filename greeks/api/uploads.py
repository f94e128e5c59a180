"""Option chains of the caller."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from greeks.services import store_chain
from market.models import ChainUpload
from market.selectors import chains_visible_to
from market.services import delete_chain, stage_chain
from pulse.common.api import HistoryPagination, idempotent


class ChainUploadInput(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    symbol = serializers.CharField(max_length=24, default="", allow_blank=True)
    as_of = serializers.DateTimeField(default=None, allow_null=True)
    spot = serializers.FloatField(default=None, allow_null=True)
    rate = serializers.FloatField(default=None, allow_null=True, help_text="Per year: 0.04.")
    dividend_yield = serializers.FloatField(default=None, allow_null=True)
    multiplier = serializers.FloatField(default=None, allow_null=True)


class ChainIssueOutput(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    column = serializers.CharField()
    reason = serializers.CharField()
    rule = serializers.CharField()


class ChainUploadOutput(serializers.ModelSerializer[ChainUpload]):
    status = serializers.CharField(read_only=True, help_text="STAGED or COMMITTED.")
    expirations = serializers.ListField(child=serializers.DateField(), read_only=True)
    issues = ChainIssueOutput(many=True, read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    notes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ChainUpload
        fields = [
            "id",
            "file_name",
            "symbol",
            "status",
            "layout",
            "as_of",
            "open_interest_on",
            "spot",
            "rate",
            "dividend_yield",
            "multiplier",
            "n_rows",
            "n_bad",
            "n_contracts",
            "expirations",
            "issues",
            "counts",
            "notes",
            "created_at",
            "decided_at",
        ]
        read_only_fields = fields


class ChainCommitInput(serializers.Serializer[Any]):
    on_bad_rows = serializers.ChoiceField(["refuse", "skip"], default="refuse")


class ChainUploadListApi(APIView):
    """Option chains of the caller."""

    parser_classes = [MultiPartParser]

    @extend_schema(responses=ChainUploadOutput(many=True))
    def get(self, request: Request) -> Response:
        """List chains, latest first; a stored one's number is the `source` of other requests."""
        pages = HistoryPagination()
        rows = pages.paginate_queryset(chains_visible_to(request.user), request, view=self)
        return pages.get_paginated_response(ChainUploadOutput(rows or [], many=True).data)

    @extend_schema(
        request={"multipart/form-data": ChainUploadInput}, responses={201: ChainUploadOutput}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Read and check a CSV file of option quotes; it is stored when it is committed."""
        body = ChainUploadInput(data=request.data)
        body.is_valid(raise_exception=True)
        spec = body.validated_data
        upload = stage_chain(
            owner=request.user,  # type: ignore[arg-type]  # signed in by permission
            file_name=spec["file"].name,
            now=timezone.now(),
            **spec,
        )
        return Response(ChainUploadOutput(upload).data, status=status.HTTP_201_CREATED)


class ChainUploadDetailApi(APIView):
    """One chain of the caller."""

    @extend_schema(responses=ChainUploadOutput)
    def get(self, request: Request, chain_id: int) -> Response:
        """Return a chain with its bad rows."""
        return Response(ChainUploadOutput(_upload(request, chain_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, chain_id: int) -> Response:
        """Delete a chain, and the exposure measured from it."""
        delete_chain(upload=_upload(request, chain_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ChainUploadCommitApi(APIView):
    """The decision to keep a chain."""

    @extend_schema(
        parameters=[OpenApiParameter("chain_id", int, OpenApiParameter.PATH)],
        request=ChainCommitInput,
        responses={201: ChainUploadOutput},
    )
    @idempotent
    def post(self, request: Request, chain_id: int) -> Response:
        """Store the good contracts, and the exposure measured from them."""
        body = ChainCommitInput(data=request.data)
        body.is_valid(raise_exception=True)
        upload, _ = store_chain(
            upload=_upload(request, chain_id), now=timezone.now(), **body.validated_data
        )
        return Response(ChainUploadOutput(upload).data, status=status.HTTP_201_CREATED)


def _upload(request: Request, chain_id: int) -> ChainUpload:
    return get_object_or_404(chains_visible_to(request.user), pk=chain_id)
