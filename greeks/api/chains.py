"""Option chains."""

from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from greeks.selectors import chain_document, chain_view, expirations_of, option_source
from greeks.selectors.chains import EUROPEAN, EXERCISES
from greeks.selectors.sources import OptionSource


class SourceQuery(serializers.Serializer[Any]):
    symbol = serializers.CharField(max_length=24, help_text="The underlying, as SPY.")
    source = serializers.CharField(  # type: ignore[assignment]  # the name of the value, not of the field
        max_length=24, default="simulated", help_text="simulated, or the number of a stored chain."
    )


class ChainQuery(SourceQuery):
    expiration = serializers.DateField(required=False)
    exercise = serializers.ChoiceField(list(EXERCISES), default=EUROPEAN)


class ChainExpirationOutput(serializers.Serializer[Any]):
    expiration = serializers.DateField()
    years = serializers.FloatField()
    forward = serializers.FloatField()
    rate = serializers.FloatField()
    dividend_yield = serializers.FloatField()
    atm_vol = serializers.FloatField(allow_null=True)
    expected_move_from_vol = serializers.FloatField(allow_null=True)
    expected_move_from_straddle = serializers.FloatField(allow_null=True)


class ChainOutput(serializers.Serializer[Any]):
    """Without `expiration` only the first two fields."""

    symbol = serializers.CharField()
    expirations = serializers.ListField(child=serializers.DateField())
    source = serializers.CharField(required=False)  # type: ignore[assignment]  # the name of the value, not of the field
    source_id = serializers.CharField(required=False)
    exercise = serializers.CharField(required=False)
    as_of = serializers.DateTimeField(required=False)
    open_interest_on = serializers.DateField(required=False)
    spot = serializers.FloatField(required=False)
    multiplier = serializers.FloatField(required=False)
    model = serializers.CharField(required=False)
    clock = serializers.CharField(required=False)
    units = serializers.DictField(child=serializers.CharField(), required=False)
    by_expiration = ChainExpirationOutput(many=True, required=False)
    n_contracts = serializers.IntegerField(required=False)
    contracts = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField()),
        required=False,
        help_text="Columns; null where there is no number, with a status and its issues.",
    )


class ChainApi(APIView):
    """Option chains."""

    @extend_schema(parameters=[ChainQuery], responses=ChainOutput)
    def get(self, request: Request) -> Response:
        """Return the chain of one expiry; without `expiration` the days there are."""
        query = checked(ChainQuery(data=request.query_params))
        source, now = source_of(request, query), timezone.now()
        if "expiration" not in query:
            days = expirations_of(source, now=now)
            return Response({"symbol": source.symbol, "expirations": days})
        expiration: date = query["expiration"]
        view = chain_view(source, expiration, now=now, exercise=query["exercise"])
        return Response(chain_document(view))


def checked(query: serializers.Serializer[Any]) -> dict[str, Any]:
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def source_of(request: Request, query: dict[str, Any]) -> OptionSource:
    """Take symbol and source out of a query; 404 for a chain that is not the caller's."""
    return option_source(request.user, query.pop("symbol").upper(), query.pop("source"))
