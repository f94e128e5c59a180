from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtests.engine import strategies
from backtests.engine.rules import RuleStrategy, rules_schema
from backtests.models import SavedStrategy, StrategyVersion
from backtests.selectors.strategies import (
    exported,
    latest_version_of,
    rules_of,
    strategies_visible_to,
    templates,
    versions_visible_to,
)
from backtests.services import (
    InvalidRules,
    archive_strategy,
    check_rules,
    clone_strategy,
    create_strategy,
    delete_strategy,
    restore_strategy,
    save_strategy,
)
from backtests.services.strategies import MAX_NAME
from pulse.common.api import idempotent

RULES_HELP = "A rule document as an object, or as its JSON text, which may be nested deeper."


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


class SavedStrategyInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=MAX_NAME, required=False, default="")
    document = serializers.JSONField(help_text=RULES_HELP)


class SavedStrategyUpdate(SavedStrategyInput):
    base = serializers.CharField(
        required=False,
        default="",
        help_text="Digest of the version that was changed: refused if another was saved since.",
    )


class VersionOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="What a backtest takes as `rules`.")
    number = serializers.IntegerField()
    digest = serializers.CharField(help_text="Equal rules have equal ones.")
    created_at = serializers.DateTimeField()
    n_runs = serializers.IntegerField()


class VersionDetailOutput(VersionOutput):
    document = serializers.JSONField()
    sentences = serializers.ListField(child=serializers.CharField())
    params = ParamOutput(many=True)


class SavedStrategyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)
    latest = VersionDetailOutput()


class DocumentInput(serializers.Serializer[Any]):
    document = serializers.JSONField(help_text=RULES_HELP)


class FaultOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON pointer to the place.")
    where = serializers.CharField()
    message = serializers.CharField()


class ValidationOutput(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    faults = FaultOutput(many=True)
    sentences = serializers.ListField(child=serializers.CharField())
    params = ParamOutput(many=True)
    lookback = serializers.IntegerField(
        allow_null=True, help_text="Bars before the first decision."
    )


class TemplateOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    sentences = serializers.ListField(child=serializers.CharField())
    document = serializers.JSONField()


class CloneInput(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False, help_text="Number of the version; the latest if left out."
    )


class StrategyListApi(APIView):
    """The strategies that can be run."""

    @extend_schema(responses=StrategyOutput(many=True))
    def get(self, request: Request) -> Response:
        """List installed strategies with their parameters."""
        return Response(StrategyOutput(list(strategies().values()), many=True).data)


class SavedStrategyListApi(APIView):
    """The strategies the caller wrote as rules."""

    @extend_schema(responses=SavedStrategyOutput(many=True))
    def get(self, request: Request) -> Response:
        """List saved strategies by name, archived ones too."""
        return Response([_strategy_document(one) for one in strategies_visible_to(request.user)])

    @extend_schema(request=SavedStrategyInput, responses={201: SavedStrategyOutput})
    @idempotent
    def post(self, request: Request) -> Response:
        """Save rules as a new strategy."""
        body = _body(SavedStrategyInput, request)
        made = create_strategy(owner=request.user, now=timezone.now(), **body)
        return Response(_fresh(request, made), status=status.HTTP_201_CREATED)


class SavedStrategyDetailApi(APIView):
    """One strategy the caller wrote."""

    @extend_schema(responses=SavedStrategyOutput)
    def get(self, request: Request, strategy_id: int) -> Response:
        """Return a strategy with its latest rules."""
        return Response(_strategy_document(_strategy(request, strategy_id)))

    @extend_schema(request=SavedStrategyUpdate, responses=SavedStrategyOutput)
    @idempotent
    def put(self, request: Request, strategy_id: int) -> Response:
        """Save changed rules: a new version if the latest one was run."""
        strategy = _strategy(request, strategy_id)
        body = _body(SavedStrategyUpdate, request)
        save_strategy(strategy=strategy, now=timezone.now(), **body)
        return Response(_fresh(request, strategy))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, strategy_id: int) -> Response:
        """Delete a strategy that no backtest ran."""
        delete_strategy(strategy=_strategy(request, strategy_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class StrategyVersionListApi(APIView):
    """The versions of a saved strategy."""

    @extend_schema(responses=VersionOutput(many=True))
    def get(self, request: Request, strategy_id: int) -> Response:
        """List versions, latest first."""
        versions = _strategy(request, strategy_id).versions.all()
        return Response(VersionOutput(versions, many=True).data)


class StrategyVersionApi(APIView):
    """One version of a saved strategy."""

    @extend_schema(responses=VersionDetailOutput)
    def get(self, request: Request, strategy_id: int, version: int) -> Response:
        """Return a version with its rules."""
        found = [v for v in _strategy(request, strategy_id).versions.all() if v.number == version]
        return Response(_version_document(_only(request, found)))


class StrategyCloneApi(APIView):
    """Copies of a saved strategy."""

    @extend_schema(request=CloneInput, responses={201: SavedStrategyOutput})
    @idempotent
    def post(self, request: Request, strategy_id: int) -> Response:
        """Start a new strategy from a version."""
        strategy = _strategy(request, strategy_id)
        number = _body(CloneInput, request).get("version")
        latest = latest_version_of(strategy)
        found = [v for v in strategy.versions.all() if v.number == (number or latest.number)]
        version = _only(request, found)
        made = clone_strategy(owner=request.user, version=version, now=timezone.now())
        return Response(_fresh(request, made), status=status.HTTP_201_CREATED)


class StrategyArchiveApi(APIView):
    """The archive of saved strategies."""

    @extend_schema(request=None, responses=SavedStrategyOutput)
    def post(self, request: Request, strategy_id: int) -> Response:
        """Set a strategy aside."""
        strategy = _strategy(request, strategy_id)
        archive_strategy(strategy=strategy, now=timezone.now())
        return Response(_strategy_document(strategy))


class StrategyRestoreApi(APIView):
    """The way back from the archive."""

    @extend_schema(request=None, responses=SavedStrategyOutput)
    def post(self, request: Request, strategy_id: int) -> Response:
        """Take a strategy back from the archive."""
        strategy = _strategy(request, strategy_id)
        restore_strategy(strategy=strategy)
        return Response(_strategy_document(strategy))


class StrategySchemaApi(APIView):
    """The JSON Schema of rules."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return the JSON Schema (2020-12) of a rule document."""
        return Response(rules_schema())


class StrategyValidateApi(APIView):
    """A look at rules without saving them."""

    @extend_schema(request=DocumentInput, responses=ValidationOutput)
    def post(self, request: Request) -> Response:
        """Say what rules do in words, or what is wrong with them and where."""
        try:
            rules = check_rules(_body(DocumentInput, request)["document"])
        except InvalidRules as error:
            faults = [fault._asdict() for fault in error.faults]
            none: dict[str, Any] = {"sentences": [], "params": [], "lookback": None}
            return Response(ValidationOutput({"valid": False, "faults": faults, **none}).data)
        found = {"valid": True, "faults": [], **_rules_document(rules)}
        return Response(ValidationOutput({**found, "lookback": rules.lookback}).data)


class StrategyTemplateListApi(APIView):
    """Ready rules to start from."""

    @extend_schema(responses=TemplateOutput(many=True))
    def get(self, request: Request) -> Response:
        """List rule documents to start from."""
        return Response(TemplateOutput(templates(), many=True).data)


def _body(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _strategy(request: Request, strategy_id: int) -> SavedStrategy:
    return get_object_or_404(strategies_visible_to(request.user), pk=strategy_id)


def _only(request: Request, found: list[StrategyVersion]) -> StrategyVersion:
    numbers = [version.pk for version in found]
    return get_object_or_404(versions_visible_to(request.user), pk__in=numbers)


def _fresh(request: Request, strategy: SavedStrategy) -> dict[str, Any]:
    return _strategy_document(_strategy(request, strategy.pk))


def _strategy_document(strategy: SavedStrategy) -> dict[str, Any]:
    fields = ("id", "name", "created_at", "updated_at", "archived_at")
    document = {name: getattr(strategy, name) for name in fields}
    document["latest"] = _version_document(latest_version_of(strategy))
    return dict(SavedStrategyOutput(document).data)


def _version_document(version: StrategyVersion) -> dict[str, Any]:
    fields = ("id", "number", "digest", "created_at", "n_runs")
    document = {name: getattr(version, name) for name in fields}
    rules = _rules_document(rules_of(version))
    return dict(VersionDetailOutput({**document, "document": exported(version), **rules}).data)


def _rules_document(rules: RuleStrategy) -> dict[str, Any]:
    return {"sentences": rules.rules, "params": rules.params}
