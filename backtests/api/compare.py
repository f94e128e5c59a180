from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtests.selectors.compare import (
    BASES,
    check_comparable,
    chosen_runs,
    comparison_document,
    numbers_of,
)


class ComparedRunOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    strategy = serializers.CharField()


class ComparedTermOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    values = serializers.ListField(child=serializers.CharField(), help_text="One a run.")
    differs = serializers.BooleanField()


class ComparedMetricOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    group = serializers.CharField()
    unit = serializers.CharField()
    higher_is_better = serializers.BooleanField(allow_null=True)
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))
    differences = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="To the first run."
    )
    best = serializers.ListField(
        child=serializers.IntegerField(), help_text="Numbers of the best runs."
    )


class ComparedCurvesOutput(serializers.Serializer[Any]):
    base = serializers.ChoiceField(BASES)
    time = serializers.ListField(child=serializers.IntegerField(), help_text="Seconds UTC.")
    equity = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="One list a run; null outside its period.",
    )
    drawdown = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="Fractions, 0 or below.",
    )


class ComparisonOutput(serializers.Serializer[Any]):
    """What `comparison_document` returns."""

    runs = ComparedRunOutput(many=True)
    cautions = serializers.ListField(
        child=serializers.CharField(), help_text="Why the runs are not like for like."
    )
    terms = ComparedTermOutput(many=True)
    metrics = ComparedMetricOutput(many=True)
    correlations = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="Of returns between the days that both runs have.",
    )
    n_returns = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    curves = ComparedCurvesOutput()


class RunCompareApi(APIView):
    """Runs side by side."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "run",
                OpenApiTypes.INT,
                many=True,
                required=True,
                description="Number of a finished run; two to five of them.",
            ),
            OpenApiParameter(
                "base",
                OpenApiTypes.STR,
                enum=BASES,
                description="Equity from 100 (default) or in money.",
            ),
        ],
        responses=ComparisonOutput,
    )
    def get(self, request: Request) -> Response:
        """Return terms, metrics, correlations and about 2,000 points of the curves."""
        chosen = chosen_runs(request.user, numbers_of(request.query_params))
        if chosen.missing:
            raise Http404
        check_comparable(chosen)
        base = request.query_params.get("base", BASES[0])
        if base not in BASES:
            raise serializers.ValidationError({"base": [f"One of {', '.join(BASES)}."]})
        return Response(comparison_document(chosen.runs, base=base))
