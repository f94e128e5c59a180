"""Option positions: any legs valued, and those that the caller saved."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from greeks.api.chains import SourceQuery, checked, source_of
from greeks.models import SavedPosition
from greeks.selectors import option_source, position_of
from greeks.selectors.chains import EUROPEAN, EXERCISES
from greeks.selectors.legs import BASES, LegTerms
from greeks.selectors.position_documents import position_document
from greeks.selectors.positions import LARGEST_VOL_SHIFT, Scenario
from greeks.selectors.saved_positions import (
    positions_visible_to,
    sources_of,
    valued_position,
    valued_positions,
)
from greeks.services import change_position, delete_position, save_position
from pulse.common.api import idempotent


class LegInput(serializers.Serializer[Any]):
    """A leg; without premium and vol it takes the chain's."""

    kind = serializers.CharField(max_length=8, help_text="call, put or stock")
    quantity = serializers.IntegerField(help_text="Lots; above 0 bought, below 0 sold.")
    strike = serializers.FloatField(required=False, allow_null=True, default=None)
    expiration = serializers.DateField(required=False, allow_null=True, default=None)
    premium = serializers.FloatField(required=False, allow_null=True, default=None)
    vol = serializers.FloatField(required=False, allow_null=True, default=None)


class ScenarioInput(serializers.Serializer[Any]):
    spot = serializers.FloatField(
        required=False, allow_null=True, default=None, min_value=1e-6, max_value=1e9
    )
    days = serializers.FloatField(default=0.0, min_value=0.0, max_value=3700.0)
    vol_points = serializers.FloatField(
        default=0.0, min_value=-LARGEST_VOL_SHIFT, max_value=LARGEST_VOL_SHIFT
    )


class AnalysisInput(SourceQuery):
    legs = LegInput(many=True)
    scenario = ScenarioInput(required=False)
    basis = serializers.ChoiceField(list(BASES), default="mid")
    exercise = serializers.ChoiceField(list(EXERCISES.items()), default=EUROPEAN)


class AnalysisOutput(serializers.Serializer[Any]):
    """Null where there is no number; `units` name those of every figure."""

    symbol = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    source_id = serializers.CharField()
    as_of = serializers.DateTimeField()
    spot = serializers.FloatField()
    multiplier = serializers.FloatField()
    exercise = serializers.CharField()
    model = serializers.CharField()
    clock = serializers.CharField()
    units = serializers.DictField(child=serializers.CharField())
    first_expiration = serializers.DateField()
    scenario = serializers.JSONField()
    scenario_profit = serializers.FloatField(allow_null=True)
    legs = serializers.ListField(child=serializers.JSONField())
    cost = serializers.FloatField()
    max_profit = serializers.FloatField(allow_null=True)
    is_profit_unbounded = serializers.BooleanField()
    max_loss = serializers.FloatField(allow_null=True)
    is_loss_unbounded = serializers.BooleanField()
    break_evens = serializers.ListField(child=serializers.FloatField())
    is_exact = serializers.BooleanField()
    atm_vol = serializers.FloatField(allow_null=True)
    odds = serializers.JSONField()
    levels = serializers.ListField(child=serializers.JSONField())
    greeks = serializers.DictField(child=serializers.FloatField(allow_null=True))
    curve = serializers.JSONField()


class PositionInput(SourceQuery):
    name = serializers.CharField(max_length=120)
    notes = serializers.CharField(max_length=2000, allow_blank=True, default="")
    legs = LegInput(many=True)


class PositionUpdate(serializers.Serializer[Any]):
    """Only what is sent changes; legs are entered anew at the present quotes."""

    name = serializers.CharField(max_length=120, required=False)
    notes = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    legs = LegInput(many=True, required=False)


class PositionOutput(serializers.ModelSerializer[SavedPosition]):
    """As stored, with today's value; null where `note` says why."""

    cost = serializers.FloatField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    profit = serializers.FloatField(allow_null=True)
    note = serializers.CharField(allow_blank=True)

    class Meta:
        model = SavedPosition
        fields = [
            "id", "name", "symbol", "legs", "notes", "entry_spot", "entered_at", "created_at",
            "updated_at", "cost", "value", "profit", "note",
        ]  # fmt: skip
        read_only_fields = fields


class PositionAnalysisApi(APIView):
    """Any legs valued; nothing is stored, so a key needs only `read`."""

    scope = "read"

    @extend_schema(request=AnalysisInput, responses=AnalysisOutput)
    def post(self, request: Request) -> Response:
        """Return outcome, odds, Greeks and curves of a position."""
        body = checked(AnalysisInput(data=request.data))
        source = source_of(request, body)
        view = position_of(
            source,
            _terms(body["legs"]),
            now=timezone.now(),
            scenario=Scenario(**body.get("scenario", {})),
            basis=body["basis"],
            exercise=body["exercise"],
        )
        return Response(position_document(view))


class PositionListApi(APIView):
    """The positions the caller saved."""

    @extend_schema(responses=PositionOutput(many=True))
    def get(self, request: Request) -> Response:
        """List saved positions by name with their present value."""
        rows = valued_positions(request.user, now=timezone.now())
        return Response([_document(row) for row in rows])

    @extend_schema(request=PositionInput, responses={201: PositionOutput})
    @idempotent
    def post(self, request: Request) -> Response:
        """Save a position at its prices; a leg without one is entered at the mid."""
        body = checked(PositionInput(data=request.data))
        source = source_of(request, body)
        made = save_position(
            owner=request.user,
            name=body["name"],
            notes=body["notes"],
            source=source,
            terms=_terms(body["legs"]),
            now=timezone.now(),
        )
        return Response(_valued(request, made), status=status.HTTP_201_CREATED)


class PositionDetailApi(APIView):
    """One position the caller saved."""

    @extend_schema(responses=PositionOutput)
    def get(self, request: Request, position_id: int) -> Response:
        """Return a position with its present value."""
        return Response(_valued(request, _position(request, position_id)))

    @extend_schema(request=PositionUpdate, responses=PositionOutput)
    @idempotent
    def patch(self, request: Request, position_id: int) -> Response:
        """Change name, notes or legs."""
        position = _position(request, position_id)
        body = checked(PositionUpdate(data=request.data))
        legs = body.get("legs")
        change_position(
            position=position,
            now=timezone.now(),
            name=body.get("name"),
            notes=body.get("notes"),
            source=None if legs is None else option_source(request.user, position.symbol),
            terms=None if legs is None else _terms(legs),
        )
        return Response(_valued(request, position))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, position_id: int) -> Response:
        """Delete a position."""
        delete_position(position=_position(request, position_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _position(request: Request, position_id: int) -> SavedPosition:
    return get_object_or_404(positions_visible_to(request.user), pk=position_id)


def _terms(legs: list[dict[str, Any]]) -> list[LegTerms]:
    return [LegTerms(**leg) for leg in legs]


def _valued(request: Request, position: SavedPosition) -> dict[str, Any]:
    return _document(valued_position(position, sources_of(request.user), now=timezone.now()))


def _document(row: dict[str, Any]) -> dict[str, Any]:
    position = row["position"]
    for name in ("cost", "value", "profit", "note"):
        setattr(position, name, row[name])
    return dict(PositionOutput(position).data)
