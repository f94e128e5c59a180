"""Dealer exposure."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from greeks.api.chains import SourceQuery, checked, source_of
from greeks.engine.exposure import DEALER_SIGNS
from greeks.engine.exposure.profile import STICKY_RULES
from greeks.selectors import exposure_document, exposure_view
from greeks.selectors.chains import EUROPEAN, EXERCISES
from greeks.selectors.exposures import DEFAULT_SIGNS


class ExposureQuery(SourceQuery):
    expiration = serializers.DateField(required=False)
    sign_model = serializers.ChoiceField(list(DEALER_SIGNS), default=DEFAULT_SIGNS)
    sticky = serializers.ChoiceField(STICKY_RULES, default="strike")
    exercise = serializers.ChoiceField(list(EXERCISES), default=EUROPEAN)


class ExposureExpirationOutput(serializers.Serializer[Any]):
    expiration = serializers.DateField()
    days = serializers.FloatField()
    call = serializers.FloatField()
    put = serializers.FloatField()
    net = serializers.FloatField()


class ExposureOutput(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    source_id = serializers.CharField()
    as_of = serializers.DateTimeField()
    open_interest_on = serializers.DateField()
    spot = serializers.FloatField()
    sign_model = serializers.CharField()
    assumption = serializers.CharField()
    sticky = serializers.CharField()
    exercise = serializers.CharField()
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


class GammaExposureApi(APIView):
    """Dealer exposure."""

    @extend_schema(parameters=[ExposureQuery], responses=ExposureOutput)
    def get(self, request: Request) -> Response:
        """Return gamma, delta, vanna and charm exposure with the assumption behind them."""
        query = checked(ExposureQuery(data=request.query_params))
        source = source_of(request, query)
        return Response(exposure_document(exposure_view(source, **query, now=timezone.now())))
