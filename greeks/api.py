from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from greeks.engine.exposure import DEALER_SIGNS
from greeks.engine.exposure.profile import STICKY_RULES
from greeks.selectors import (
    BadColumns,
    chain_document,
    chain_view,
    expirations_of,
    exposure_document,
    exposure_view,
    implied_vol_batch,
    price_batch,
)
from greeks.selectors.batches import STYLES, UNITS, Batch
from greeks.selectors.exposures import DEFAULT_SIGNS


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "array", "items": {}}]})
class Column(serializers.JSONField):
    """A number, or a list of numbers with null where none is known."""


class OptionsInput(serializers.Serializer[Any]):
    style = serializers.ChoiceField(STYLES, default="european")  # type: ignore[assignment]  # the name of the value, not of the field
    kind = Column(help_text="call or put, or 1 or -1; or a list.")
    spot = Column()
    strike = Column()
    years = Column(required=False, help_text="Years to expiry; or say `expires_at`.")
    expires_at = Column(required=False, help_text="Times with zone; counted in calendar time.")
    rate = Column(help_text="Per year, continuously compounded: 0.04.")
    dividend_yield = Column(help_text="Per year, continuously compounded.")


class PriceInput(OptionsInput):
    vol = Column(help_text="Per year: 0.2 is 20 %.")
    which = serializers.ListField(child=serializers.CharField(), required=False)
    units = serializers.ChoiceField(UNITS, default="screen")


class ImpliedVolInput(OptionsInput):
    price = Column()


class BatchOutput(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    model = serializers.CharField()
    clock = serializers.CharField()
    units = serializers.DictField(child=serializers.CharField())
    n_rows = serializers.IntegerField()
    status = serializers.ListField(child=serializers.CharField())
    values = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True))
    )


class BatchApi(APIView):
    """Numbers of many options; nothing is stored, so a key needs only `read`."""

    scope = "read"
    compute: Callable[..., Batch]

    def answer(self, request: Request) -> Response:
        given = request.data
        if not isinstance(given, Mapping):
            raise BadColumns("Send an object with a list, or a number, for each column.")
        now: datetime = timezone.now()
        return Response(type(self).compute(given, now=now))


class GreeksApi(BatchApi):
    """Prices and Greeks of many options."""

    compute = staticmethod(price_batch)

    @extend_schema(request=PriceInput, responses=BatchOutput)
    def post(self, request: Request) -> Response:
        """Return prices and Greeks, with a status for each row."""
        return self.answer(request)


class ImpliedVolApi(BatchApi):
    """Implied volatilities of many options."""

    compute = staticmethod(implied_vol_batch)

    @extend_schema(request=ImpliedVolInput, responses=BatchOutput)
    def post(self, request: Request) -> Response:
        """Return implied volatilities, with a status for each row."""
        return self.answer(request)


class ChainQuery(serializers.Serializer[Any]):
    symbol = serializers.CharField(max_length=24, help_text="The underlying, as SPY.")
    expiration = serializers.DateField(required=False)


class ExposureQuery(ChainQuery):
    sign_model = serializers.ChoiceField(list(DEALER_SIGNS), default=DEFAULT_SIGNS)
    sticky = serializers.ChoiceField(STICKY_RULES, default="strike")


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


class ExposureExpirationOutput(serializers.Serializer[Any]):
    expiration = serializers.DateField()
    days = serializers.FloatField()
    call = serializers.FloatField()
    put = serializers.FloatField()
    net = serializers.FloatField()


class ExposureOutput(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    as_of = serializers.DateTimeField()
    open_interest_on = serializers.DateField()
    spot = serializers.FloatField()
    sign_model = serializers.CharField()
    assumption = serializers.CharField()
    sticky = serializers.CharField()
    model = serializers.CharField()
    clock = serializers.CharField()
    units = serializers.DictField(child=serializers.CharField())
    totals = serializers.DictField(child=serializers.FloatField(allow_null=True))
    call_gex_usd_per_1pct = serializers.FloatField()
    put_gex_usd_per_1pct = serializers.FloatField()
    levels = serializers.DictField(child=serializers.FloatField(allow_null=True))
    zero_gamma_levels = serializers.ListField(child=serializers.FloatField())
    n_contracts = serializers.IntegerField()
    n_used = serializers.IntegerField()
    status = serializers.DictField(child=serializers.IntegerField())
    by_strike = serializers.DictField(child=serializers.ListField(child=serializers.FloatField()))
    by_expiration = ExposureExpirationOutput(many=True)


class ChainApi(APIView):
    """Option chains."""

    @extend_schema(parameters=[ChainQuery], responses=ChainOutput)
    def get(self, request: Request) -> Response:
        """Return the chain of one expiry; without `expiration` the days there are."""
        query = _checked(ChainQuery(data=request.query_params))
        symbol, now = query["symbol"].upper(), timezone.now()
        if "expiration" not in query:
            return Response({"symbol": symbol, "expirations": expirations_of(symbol, now=now)})
        expiration: date = query["expiration"]
        return Response(chain_document(chain_view(symbol, expiration, now=now)))


class GammaExposureApi(APIView):
    """Dealer exposure."""

    @extend_schema(parameters=[ExposureQuery], responses=ExposureOutput)
    def get(self, request: Request) -> Response:
        """Return gamma, delta, vanna and charm exposure with the assumption behind them."""
        query = _checked(ExposureQuery(data=request.query_params))
        query["symbol"] = query["symbol"].upper()
        return Response(exposure_document(exposure_view(**query, now=timezone.now())))


def _checked(query: serializers.Serializer[Any]) -> dict[str, Any]:
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)
