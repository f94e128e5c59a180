from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtests.engine import strategies


class ParamOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    kind = serializers.CharField()
    default = serializers.JSONField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    step = serializers.FloatField(allow_null=True)
    help = serializers.CharField()


class StrategyOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    version = serializers.CharField()
    description = serializers.CharField()
    params = ParamOutput(many=True)


class StrategyListApi(APIView):
    """The strategies that can be run."""

    @extend_schema(responses=StrategyOutput(many=True))
    def get(self, request: Request) -> Response:
        """List strategies with their parameters."""
        return Response(StrategyOutput(list(strategies().values()), many=True).data)
