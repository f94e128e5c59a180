"""Numbers of many options."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from greeks.selectors import BadColumns, implied_vol_batch, price_batch
from greeks.selectors.batches import STYLES, UNITS, Batch


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
    dividends = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        required=False,
        help_text="Cash per share by years from now, of American options: [[0.1, 0.5]].",
    )


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
