"""Volatility surfaces."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from greeks.api.chains import SourceQuery, checked, source_of
from greeks.selectors.surfaces import DEFAULT_MODEL, MODELS, surface_document, surface_view


class SurfaceQuery(SourceQuery):
    model = serializers.ChoiceField(list(MODELS), default=DEFAULT_MODEL)


def _figure(**kwargs: Any) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, **kwargs)


class SurfaceExpirationOutput(serializers.Serializer[Any]):
    """Figures are null where an expiry has no curve; `verdict` says why, or what fails."""

    expiration = serializers.DateField()
    years = serializers.FloatField()
    days = serializers.FloatField()
    forward = _figure()
    rate = _figure()
    dividend_yield = _figure()
    atm_vol = _figure()
    risk_reversal_25d = _figure()
    butterfly_25d = _figure()
    expected_move_from_vol = _figure()
    expected_move_from_straddle = _figure()
    n_points = serializers.IntegerField()
    is_fitted = serializers.BooleanField()
    rmse_vol = _figure()
    worst_vol = _figure()
    inside_spread = _figure()
    least_butterfly = _figure()
    is_butterfly_free = serializers.BooleanField(allow_null=True)
    is_calendar_free = serializers.BooleanField(allow_null=True)
    params = serializers.DictField(
        child=serializers.FloatField(), allow_null=True, help_text="Raw SVI; null under SSVI."
    )
    verdict = serializers.CharField(allow_blank=True)


class SurfaceOutput(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    source_id = serializers.CharField()
    as_of = serializers.DateTimeField()
    spot = serializers.FloatField()
    model = serializers.CharField()
    model_words = serializers.CharField()
    clock = serializers.CharField()
    units = serializers.DictField(child=serializers.CharField())
    is_arbitrage_free = serializers.BooleanField()
    ssvi = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    by_expiration = SurfaceExpirationOutput(many=True)
    by_moneyness = serializers.JSONField(help_text="rows, columns, values in points of vol")
    by_delta = serializers.JSONField(help_text="rows, columns, values in points of vol")


class SurfaceApi(APIView):
    """Volatility surfaces."""

    @extend_schema(parameters=[SurfaceQuery], responses=SurfaceOutput)
    def get(self, request: Request) -> Response:
        """Return the surface through a chain's smiles, its fit and its arbitrage."""
        query = checked(SurfaceQuery(data=request.query_params))
        source = source_of(request, query)
        return Response(surface_document(surface_view(source, now=timezone.now(), **query)))
