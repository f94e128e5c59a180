from decimal import Decimal
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtests.api.runs import FiniteFloatField, RunErrorOutput
from backtests.engine.action_lines import MAX_ACTIONS, check_action
from backtests.engine.portfolio_strategy import MAX_MEMBERS
from backtests.engine.registry import portfolio_strategies
from backtests.engine.terms import N_TIERS
from backtests.models import BacktestRun, PortfolioMember, PortfolioRun
from backtests.selectors.portfolio_results import portfolio_points
from backtests.selectors.portfolio_trades import portfolio_trade_page
from backtests.selectors.portfolios import portfolio_document, portfolio_runs_visible_to
from backtests.services.portfolio_checks import NoSuchSeries
from backtests.services.portfolios import (
    MemberSpec,
    delete_portfolio_run,
    request_portfolio_run,
)
from market.selectors import series_visible_to
from pulse.common.api import HistoryPagination, idempotent
from pulse.common.jobs import request_cancel, request_retry


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


def _fraction(words: str, most: float = 0.5) -> FiniteFloatField:
    return FiniteFloatField(default=0.0, min_value=0, max_value=most, help_text=words)


class PortfolioInput(serializers.Serializer[Any]):
    members = serializers.ListField(
        child=PortfolioMemberInput(), min_length=1, max_length=MAX_MEMBERS
    )
    strategy = serializers.CharField(max_length=80)
    params = serializers.DictField(child=serializers.JSONField(), default=dict)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    initial_cash = serializers.DecimalField(
        max_digits=20, decimal_places=8, min_value=0, default=Decimal(100_000)
    )
    fill = serializers.ChoiceField(BacktestRun.Fill.choices, default=BacktestRun.Fill.NEXT_OPEN)
    commission = _fraction("Fraction of value, each side.")
    commission_fixed = FiniteFloatField(default=0.0, min_value=0, help_text="An order.")
    commission_per_unit = FiniteFloatField(default=0.0, min_value=0, help_text="A unit.")
    commission_min = FiniteFloatField(default=0.0, min_value=0, help_text="Least of an order.")
    commission_tiers = serializers.ListField(
        child=serializers.ListField(child=FiniteFloatField(), min_length=2, max_length=2),
        default=list,
        max_length=N_TIERS,
        help_text="Pairs of traded value and the commission from there on.",
    )
    slippage = _fraction("Fraction of price, against you.")
    slippage_impact = _fraction("Times the squared share of the bar's volume.")
    volume_limit = _fraction("Largest fill as a fraction of the bar's volume.", 0.99)
    spread = _fraction("Fraction of price, full width.")
    borrow_rate = _fraction("A year, on short positions.", 10)
    financing_rate = _fraction("A year, on borrowed cash.", 10)
    margin = FiniteFloatField(default=1.0, min_value=0.01, max_value=1)
    maintenance = _fraction("Equity below this fraction of positions liquidates them.", 0.99)
    fractional = serializers.BooleanField(default=True)
    min_trade = _fraction("Smaller changes, as a fraction of equity, are not traded.", 0.99)


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


class PortfolioOutput(serializers.Serializer[Any]):
    """What `portfolio_document` returns."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(PortfolioRun.Status.choices)
    progress = serializers.FloatField(help_text="Work done in [0, 1].")
    message = serializers.CharField()
    error = RunErrorOutput(allow_null=True)
    strategy = serializers.CharField()
    strategy_version = serializers.CharField()
    params = serializers.DictField()
    members = PortfolioMemberOutput(many=True)
    is_simulated_data = serializers.BooleanField()
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    spec = serializers.DictField()
    metrics = serializers.DictField(allow_null=True, child=serializers.FloatField(allow_null=True))
    assumptions = serializers.DictField(allow_null=True)
    n_bars = serializers.IntegerField(allow_null=True)
    n_trades = serializers.IntegerField(allow_null=True)
    fingerprint = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class PortfolioTradesOutput(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    n_pages = serializers.IntegerField()
    n_trades = serializers.IntegerField()
    trades = serializers.ListField(child=serializers.DictField())


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


class PortfolioParamOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    kind = serializers.CharField()
    default = serializers.JSONField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    step = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    help = serializers.CharField()


class PortfolioStrategyOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of the value, not of the field
    version = serializers.CharField()
    description = serializers.CharField()
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


class PortfolioListApi(APIView):
    """Portfolio backtests of the caller."""

    @extend_schema(responses=PortfolioOutput(many=True))
    def get(self, request: Request) -> Response:
        """List portfolio backtests, latest first."""
        pages = HistoryPagination()
        rows = pages.paginate_queryset(portfolio_runs_visible_to(request.user), request, view=self)
        return pages.get_paginated_response([portfolio_document(run) for run in rows or []])

    @extend_schema(request=PortfolioInput, responses={201: PortfolioOutput})
    @idempotent
    def post(self, request: Request) -> Response:
        """Queue a portfolio backtest."""
        body = PortfolioInput(data=request.data)
        body.is_valid(raise_exception=True)
        spec = dict(body.validated_data)
        members = _members(request, spec.pop("members"))
        run = request_portfolio_run(owner=request.user, members=members, now=timezone.now(), **spec)
        return Response(portfolio_document(run), status=status.HTTP_201_CREATED)


class PortfolioDetailApi(APIView):
    """One portfolio backtest of the caller."""

    @extend_schema(responses=PortfolioOutput)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Return a portfolio backtest with its metrics."""
        return Response(portfolio_document(_run(request, portfolio_id)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, portfolio_id: int) -> Response:
        """Delete a portfolio backtest that has ended."""
        delete_portfolio_run(run=_run(request, portfolio_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PortfolioCancelApi(APIView):
    """Stop a portfolio backtest."""

    @extend_schema(request=None, responses=PortfolioOutput)
    def post(self, request: Request, portfolio_id: int) -> Response:
        """Ask a queued or running portfolio backtest to stop."""
        run = _run(request, portfolio_id)
        request_cancel(run, now=timezone.now())
        return Response(portfolio_document(run))


class PortfolioRetryApi(APIView):
    """Run again what failed or was cancelled."""

    @extend_schema(request=None, responses=PortfolioOutput)
    def post(self, request: Request, portfolio_id: int) -> Response:
        """Queue a failed or cancelled portfolio backtest again."""
        run = _run(request, portfolio_id)
        request_retry(run, now=timezone.now())
        return Response(portfolio_document(run))


class PortfolioTradesApi(APIView):
    """The trade list of a portfolio backtest."""

    @extend_schema(
        parameters=[
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter(
                "sort", OpenApiTypes.STR, description="Column, `-` first for falling."
            ),
        ],
        responses=PortfolioTradesOutput,
    )
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Return a page of 25 trades."""
        text = request.query_params.get("page", "1")
        number = int(text) if text.isdecimal() and len(text) < 9 else 1  # noqa: PLR2004 -- sane page
        page = portfolio_trade_page(
            _finished(request, portfolio_id),
            page=number,
            sort=request.query_params.get("sort", "entry_bar"),
        )
        return Response(
            {
                "page": page.number,
                "n_pages": page.n_pages,
                "n_trades": page.n_trades,
                "trades": page.rows,
            }
        )


class PortfolioCurveApi(APIView):
    """The equity curve and weights of a portfolio backtest."""

    @extend_schema(responses=PortfolioCurveOutput)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Return at most 2,000 points that keep every peak and trough."""
        return Response(portfolio_points(_finished(request, portfolio_id)))


def _members(request: Request, asked: list[dict[str, Any]]) -> list[MemberSpec]:
    """Return the members with the caller's series in the place of their numbers."""
    known = {
        series.pk: series
        for series in series_visible_to(request.user).filter(pk__in=[m["series"] for m in asked])
    }
    missing = [str(member["series"]) for member in asked if member["series"] not in known]
    if missing:
        words = f"You have no bar series of number {', '.join(missing)}."
        raise NoSuchSeries({"members": words})
    return [{**member, "series": known[member["series"]]} for member in asked]  # type: ignore[typeddict-item]  # checked by the serializer


def _run(request: Request, portfolio_id: int) -> PortfolioRun:
    return get_object_or_404(portfolio_runs_visible_to(request.user), pk=portfolio_id)


def _finished(request: Request, portfolio_id: int) -> PortfolioRun:
    run = _run(request, portfolio_id)
    if run.status != PortfolioRun.Status.SUCCEEDED:
        raise Http404
    return run
