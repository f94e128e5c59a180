from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from backtests.api.account import (
    TRADE_QUERY,
    AccountInput,
    AccountOutput,
    FiniteFloatField,
    RunsApi,
    TradesOutput,
)
from backtests.models import BacktestRun, StrategyVersion
from backtests.selectors import (
    curve_points,
    result_document,
    runs_visible_to,
    trade_page,
)
from backtests.selectors.strategies import VERSION, version_called
from backtests.services import request_run, version_for
from market.models import BarSeries
from market.selectors import series_visible_to
from pulse.common.api import idempotent


class RunInput(AccountInput):
    series = serializers.IntegerField(help_text="Number of one of your bar series.")
    strategy = serializers.CharField(
        max_length=80,
        required=False,
        help_text="Name of an installed strategy, or `saved-12` for the latest of your own.",
    )
    rules = serializers.IntegerField(
        required=False, help_text="Number of a version of one of your strategies."
    )
    document = serializers.JSONField(
        required=False,
        help_text="Rules to run; they are saved first, unless you have equal ones.",
    )
    side = serializers.ChoiceField(BacktestRun.Side.choices, default=BacktestRun.Side.BOTH)
    intrabar = serializers.ChoiceField(
        BacktestRun.Intrabar.choices,
        default=BacktestRun.Intrabar.PESSIMISTIC,
        help_text="What came first where a bar touches stop and target.",
    )
    detail = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Number of a series of shorter bars that say what happened inside a bar.",
    )
    benchmark = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Number of a series that alpha, beta and the like are measured against.",
    )
    sizing = serializers.ChoiceField(BacktestRun.Size.choices, default=BacktestRun.Size.ALL)
    size_value = FiniteFloatField(
        default=1.0,
        help_text="Units, cash, or a fraction of equity, of volatility a year, or of Kelly.",
    )
    size_window = serializers.IntegerField(
        default=20,
        min_value=2,
        max_value=5000,
        help_text="Bars that measure volatility, or trades before Kelly counts.",
    )
    size_cap = FiniteFloatField(default=1.0, help_text="Largest fraction of equity.")
    stop_loss = FiniteFloatField(
        required=False,
        allow_null=True,
        min_value=0.0001,
        max_value=0.99,
        help_text="Leave this far against you, as a fraction of the signal's close.",
    )
    take_profit = FiniteFloatField(
        required=False,
        allow_null=True,
        min_value=0.0001,
        max_value=100,
        help_text="Leave this far in your favour, as a fraction of the signal's close.",
    )
    trail = FiniteFloatField(
        required=False,
        allow_null=True,
        min_value=0.0001,
        max_value=0.99,
        help_text="Distance of a trailing stop, as a fraction of the signal's close.",
    )
    delay = serializers.IntegerField(
        default=0, min_value=0, max_value=100, help_text="Bars that decisions wait."
    )
    close_at_end = serializers.BooleanField(default=False)


class RunOutput(AccountOutput):
    """A run of one instrument: what was asked, and what came out."""

    rules = serializers.IntegerField(allow_null=True)
    series = serializers.IntegerField(allow_null=True)
    series_label = serializers.CharField()
    data_fingerprint = serializers.CharField()


class CurveOutput(serializers.Serializer[Any]):
    time = serializers.ListField(child=serializers.IntegerField(), help_text="Seconds UTC.")
    equity = serializers.ListField(child=serializers.FloatField())
    buy_and_hold = serializers.ListField(child=serializers.FloatField())
    benchmark = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="Where the run has one."
    )
    drawdown = serializers.ListField(child=serializers.FloatField(), help_text="Per cent.")


class BacktestRunsApi(RunsApi):
    """Runs of the caller."""

    visible_to = staticmethod(runs_visible_to)
    document = staticmethod(result_document)
    key = "run_id"


class RunListApi(BacktestRunsApi):
    """Backtest runs of the caller."""

    @extend_schema(responses=RunOutput(many=True))
    def get(self, request: Request) -> Response:
        """List runs, latest first."""
        return self.page(request)

    @extend_schema(request=RunInput, responses={201: RunOutput})
    @idempotent
    def post(self, request: Request) -> Response:
        """Queue a run."""
        body = RunInput(data=request.data)
        body.is_valid(raise_exception=True)
        spec = dict(body.validated_data)
        spec["strategy"] = _strategy(request, spec)
        series = _series(request, "series", spec.pop("series"))
        for name in ("detail", "benchmark"):
            if spec.get(name) is not None:
                spec[name] = _series(request, name, spec[name])
        run = request_run(owner=request.user, series=series, now=timezone.now(), **spec)
        return self.told(run, status.HTTP_201_CREATED)


class RunDetailApi(BacktestRunsApi):
    """One run of the caller."""

    @extend_schema(responses=RunOutput)
    def get(self, request: Request, **_key: int) -> Response:
        """Return a run with its metrics."""
        return self.told(self.run(request))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, **_key: int) -> Response:
        """Delete a run that has ended."""
        return self.delete_run(request)


class RunCancelApi(BacktestRunsApi):
    """Stop a run."""

    @extend_schema(request=None, responses=RunOutput)
    def post(self, request: Request, **_key: int) -> Response:
        """Ask a queued or running run to stop."""
        return self.cancel(request)


class RunRetryApi(BacktestRunsApi):
    """Run again what failed or was cancelled."""

    @extend_schema(request=None, responses=RunOutput)
    def post(self, request: Request, **_key: int) -> Response:
        """Queue a failed or cancelled run again."""
        return self.retry(request)


class RunTradesApi(BacktestRunsApi):
    """The trade list of a run."""

    @extend_schema(parameters=TRADE_QUERY, responses=TradesOutput)
    def get(self, request: Request, **_key: int) -> Response:
        """Return a page of 25 trades."""
        return self.trades(request, trade_page)


class RunCurveApi(BacktestRunsApi):
    """The equity curve of a run."""

    @extend_schema(responses=CurveOutput)
    def get(self, request: Request, **_key: int) -> Response:
        """Return at most 2,000 points that keep every peak and trough."""
        return Response(curve_points(self.finished(request)))


def _strategy(request: Request, spec: dict[str, Any]) -> str | StrategyVersion:
    """Return the one strategy that was named in one of three ways."""
    given = {name: spec.pop(name) for name in ("strategy", "rules", "document") if name in spec}
    if len(given) != 1:
        raise serializers.ValidationError(
            {"strategy": ["Give exactly one of strategy, rules and document."]}
        )
    if "document" in given:
        return version_for(owner=request.user, document=given["document"], now=timezone.now())
    key = str(given.get("strategy", f"{VERSION}{given.get('rules')}"))
    version = version_called(request.user, key)
    if version is None and "rules" in given:
        raise serializers.ValidationError({"rules": ["You have no version of this number."]})
    return version or key


def _series(request: Request, field: str, number: int) -> BarSeries:
    series = series_visible_to(request.user).filter(pk=number).first()
    if series is None:
        raise serializers.ValidationError({field: ["You have no bar series of this number."]})
    return series
