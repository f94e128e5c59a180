from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtests.api.account import (
    TRADE_QUERY,
    AccountInput,
    AccountOutput,
    FiniteFloatField,
    RunsApi,
    TradesOutput,
)
from backtests.api.strategies import ParamOutput, StrategyOutput
from backtests.engine.action_lines import MAX_ACTIONS, check_action
from backtests.engine.portfolio_strategy import MAX_MEMBERS
from backtests.engine.registry import portfolio_strategies
from backtests.models import PortfolioMember
from backtests.selectors.portfolio_results import portfolio_points
from backtests.selectors.portfolio_trades import portfolio_trade_page
from backtests.selectors.portfolios import portfolio_document, portfolio_runs_visible_to
from backtests.services.portfolio_checks import NoSuchSeries
from backtests.services.portfolios import (
    MemberSpec,
    request_portfolio_run,
)
from market.selectors import series_visible_to
from pulse.common.api import idempotent


class PortfolioActionInput(serializers.Serializer[Any]):
    date = serializers.CharField(max_length=10, help_text="ISO date.")
    kind = serializers.ChoiceField(["split", "dividend"])
    value = FiniteFloatField(help_text="New shares for an old one, or money a share.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            return check_action(attrs["date"], attrs["kind"], attrs["value"])
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error


class PortfolioMemberInput(serializers.Serializer[Any]):
    series = serializers.IntegerField(help_text="Number of one of your bar series.")
    weight = FiniteFloatField(
        required=False, allow_null=True, min_value=-10, max_value=10,
        help_text="Fraction of equity, for strategies that ask for it.",
    )  # fmt: skip
    max_weight = FiniteFloatField(
        required=False, allow_null=True, min_value=0.0001, max_value=10,
        help_text="Largest fraction of equity, long or short.",
    )  # fmt: skip
    max_units = FiniteFloatField(required=False, allow_null=True, min_value=1e-8)
    adjustment = serializers.ChoiceField(
        PortfolioMember.Adjustment.choices,
        default=PortfolioMember.Adjustment.ALL,
        help_text="What the prices are adjusted for already.",
    )
    actions = serializers.ListField(
        child=PortfolioActionInput(), default=list, max_length=MAX_ACTIONS
    )


class PortfolioInput(AccountInput):
    members = serializers.ListField(
        child=PortfolioMemberInput(), min_length=1, max_length=MAX_MEMBERS
    )
    strategy = serializers.CharField(max_length=80)
    initial_cash = serializers.DecimalField(
        max_digits=20, decimal_places=8, min_value=0, default=Decimal(100_000)
    )
    fractional = serializers.BooleanField(default=True)
    min_trade = FiniteFloatField(
        default=0.0,
        min_value=0,
        max_value=0.99,
        help_text="Smaller changes, as a fraction of equity, are not traded.",
    )


class PortfolioMemberOutput(serializers.Serializer[Any]):
    series = serializers.IntegerField(allow_null=True)
    symbol = serializers.CharField()
    series_label = serializers.CharField()
    weight = serializers.FloatField(allow_null=True)
    max_weight = serializers.FloatField(allow_null=True)
    max_units = serializers.FloatField(allow_null=True)
    adjustment = serializers.ChoiceField(PortfolioMember.Adjustment.choices)
    actions = PortfolioActionInput(many=True)
    data_fingerprint = serializers.CharField()


class PortfolioOutput(AccountOutput):
    """A run of several instruments: what was asked, and what came out."""

    members = PortfolioMemberOutput(many=True)


class PortfolioCurveOutput(serializers.Serializer[Any]):
    time = serializers.ListField(child=serializers.IntegerField(), help_text="Seconds UTC.")
    equity = serializers.ListField(child=serializers.FloatField())
    cash = serializers.ListField(child=serializers.FloatField())
    benchmark = serializers.ListField(
        child=serializers.FloatField(), help_text="Equal parts, bought once and held."
    )
    drawdown = serializers.ListField(child=serializers.FloatField(), help_text="Fraction.")
    weights = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="Fractions of equity by symbol.",
    )


class PortfolioParamOutput(ParamOutput):
    choices = serializers.ListField(child=serializers.CharField())


class PortfolioStrategyOutput(StrategyOutput):
    """A strategy of several instruments."""

    rules = serializers.ListField(child=serializers.CharField())
    min_members = serializers.IntegerField()
    max_members = serializers.IntegerField()
    uses_weights = serializers.BooleanField()
    params = PortfolioParamOutput(many=True)


class PortfolioStrategyListApi(APIView):
    """The strategies of several instruments."""

    @extend_schema(responses=PortfolioStrategyOutput(many=True))
    def get(self, request: Request) -> Response:
        """List portfolio strategies with their rules and parameters."""
        known = list(portfolio_strategies().values())
        return Response(PortfolioStrategyOutput(known, many=True).data)


class PortfolioRunsApi(RunsApi):
    """Portfolio backtests of the caller."""

    visible_to = staticmethod(portfolio_runs_visible_to)
    document = staticmethod(portfolio_document)
    key = "portfolio_id"


class PortfolioListApi(PortfolioRunsApi):
    """Portfolio backtests of the caller."""

    @extend_schema(responses=PortfolioOutput(many=True))
    def get(self, request: Request) -> Response:
        """List portfolio backtests, latest first."""
        return self.page(request)

    @extend_schema(request=PortfolioInput, responses={201: PortfolioOutput})
    @idempotent
    def post(self, request: Request) -> Response:
        """Queue a portfolio backtest."""
        body = PortfolioInput(data=request.data)
        body.is_valid(raise_exception=True)
        spec = dict(body.validated_data)
        members = _members(request, spec.pop("members"))
        run = request_portfolio_run(owner=request.user, members=members, now=timezone.now(), **spec)
        return self.told(run, status.HTTP_201_CREATED)


class PortfolioDetailApi(PortfolioRunsApi):
    """One portfolio backtest of the caller."""

    @extend_schema(responses=PortfolioOutput)
    def get(self, request: Request, **_key: int) -> Response:
        """Return a portfolio backtest with its metrics."""
        return self.told(self.run(request))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, **_key: int) -> Response:
        """Delete a portfolio backtest that has ended."""
        return self.delete_run(request)


class PortfolioCancelApi(PortfolioRunsApi):
    """Stop a portfolio backtest."""

    @extend_schema(request=None, responses=PortfolioOutput)
    def post(self, request: Request, **_key: int) -> Response:
        """Ask a queued or running portfolio backtest to stop."""
        return self.cancel(request)


class PortfolioRetryApi(PortfolioRunsApi):
    """Run again what failed or was cancelled."""

    @extend_schema(request=None, responses=PortfolioOutput)
    def post(self, request: Request, **_key: int) -> Response:
        """Queue a failed or cancelled portfolio backtest again."""
        return self.retry(request)


class PortfolioTradesApi(PortfolioRunsApi):
    """The trade list of a portfolio backtest."""

    @extend_schema(parameters=TRADE_QUERY, responses=TradesOutput)
    def get(self, request: Request, **_key: int) -> Response:
        """Return a page of 25 trades."""
        return self.trades(request, portfolio_trade_page)


class PortfolioCurveApi(PortfolioRunsApi):
    """The equity curve and weights of a portfolio backtest."""

    @extend_schema(responses=PortfolioCurveOutput)
    def get(self, request: Request, **_key: int) -> Response:
        """Return at most 2,000 points that keep every peak and trough."""
        return Response(portfolio_points(self.finished(request)))


def _members(request: Request, asked: list[dict[str, Any]]) -> list[MemberSpec]:
    """Return the members with the caller's series in the place of their numbers."""
    known = {series.pk: series for series in series_visible_to(request.user)}
    missing = [str(member["series"]) for member in asked if member["series"] not in known]
    if missing:
        words = f"You have no bar series of number {', '.join(missing)}."
        raise NoSuchSeries({"members": words})
    return [{**member, "series": known[member["series"]]} for member in asked]  # type: ignore[typeddict-item]  # checked by the serializer
