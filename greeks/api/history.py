"""Dealer exposure over the sessions."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from greeks.api.chains import SourceQuery, checked, source_of
from greeks.engine.exposure import SIGN_MODEL_WORDS
from greeks.models import ExposureSnapshot
from greeks.selectors import exposure_history
from greeks.selectors.exposures import DEFAULT_SIGNS, SIGN_MODELS, UNITS
from greeks.selectors.history import COLUMNS


class HistoryQuery(SourceQuery):
    sign_model = serializers.ChoiceField(list(SIGN_MODELS), default=DEFAULT_SIGNS)
    limit = serializers.IntegerField(min_value=1, max_value=500, default=50, required=False)


class SessionPagination(CursorPagination):
    """Pages by session, latest first."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 500
    ordering = ("-session_on", "-pk")


class SnapshotOutput(serializers.ModelSerializer[ExposureSnapshot]):
    """Dollars per 1 % move, dollars of delta, levels of the underlying; null where none is."""

    assumption = serializers.SerializerMethodField()
    by_strike = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField()), read_only=True
    )

    class Meta:
        model = ExposureSnapshot
        fields = ["symbol", *COLUMNS, "assumption", "clock", "by_strike", "taken_at"]
        read_only_fields = fields

    def get_assumption(self, row: ExposureSnapshot) -> str:
        return SIGN_MODEL_WORDS[row.sign_model]


class ExposureHistoryApi(APIView):
    """Dealer exposure over the sessions."""

    @extend_schema(parameters=[HistoryQuery], responses=SnapshotOutput(many=True))
    def get(self, request: Request) -> Response:
        """List the stored sessions of a symbol, latest first."""
        query = checked(HistoryQuery(data=request.query_params))
        source = source_of(request, query)
        found = exposure_history(request.user, source, sign_model=query["sign_model"])
        pages = SessionPagination()
        rows = pages.paginate_queryset(found, request, view=self)
        answer = pages.get_paginated_response(SnapshotOutput(rows or [], many=True).data)
        answer.data["units"] = UNITS
        return answer
