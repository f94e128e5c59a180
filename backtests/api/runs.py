import math
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

from backtests.engine.terms import N_TIERS
from backtests.models import BacktestRun, StrategyVersion
from backtests.selectors import (
    curve_points,
    result_document,
    runs_visible_to,
    trade_page,
)
from backtests.selectors.strategies import VERSION, version_called
from backtests.services import delete_run, request_run, version_for
from market.models import BarSeries
from market.selectors import series_visible_to
from pulse.common.api import HistoryPagination, idempotent
from pulse.common.jobs import request_cancel, request_retry


class FiniteFloatField(serializers.FloatField):
    """A number; `nan` and `inf` written as text are none."""

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        if not math.isfinite(number):
            raise serializers.ValidationError("A finite number is needed.")
        return number


class RunInput(serializers.Serializer[Any]):
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
    params = serializers.DictField(child=serializers.JSONField(), default=dict)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    initial_cash = serializers.DecimalField(
        max_digits=20, decimal_places=8, min_value=0, default=Decimal(10_000)
    )
    side = serializers.ChoiceField(BacktestRun.Side.choices, default=BacktestRun.Side.BOTH)
    fill = serializers.ChoiceField(BacktestRun.Fill.choices, default=BacktestRun.Fill.NEXT_OPEN)
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
    commission = FiniteFloatField(
        default=0.0, min_value=0, max_value=0.5, help_text="Fraction of value, each side."
    )
    commission_fixed = FiniteFloatField(default=0.0, min_value=0, help_text="An order.")
    commission_per_unit = FiniteFloatField(default=0.0, min_value=0, help_text="A unit.")
    commission_min = FiniteFloatField(default=0.0, min_value=0, help_text="Least, an order.")
    commission_tiers = serializers.ListField(
        child=serializers.ListField(child=FiniteFloatField(), min_length=2, max_length=2),
        max_length=N_TIERS,
        default=list,
        help_text="Pairs of value traded so far and the commission from there on.",
    )
    slippage = FiniteFloatField(default=0.0, min_value=0, max_value=0.5)
    slippage_impact = FiniteFloatField(
        default=0.0,
        min_value=0,
        help_text="Fraction of price times the squared share of the bar's volume.",
    )
    volume_limit = FiniteFloatField(
        default=0.0, min_value=0, help_text="Largest entry, a fraction of the bar's volume."
    )
    spread = FiniteFloatField(default=0.0, min_value=0, max_value=0.5)
    borrow_rate = FiniteFloatField(default=0.0, min_value=0, help_text="A year, when short.")
    financing_rate = FiniteFloatField(
        default=0.0, min_value=0, help_text="A year, on borrowed cash."
    )
    margin = FiniteFloatField(default=1.0, min_value=0.01, max_value=1)
    maintenance = FiniteFloatField(
        default=0.0,
        min_value=0,
        help_text="Equity below this fraction of the position's value liquidates it.",
    )
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
    fractional = serializers.BooleanField(default=False)
    delay = serializers.IntegerField(
        default=0, min_value=0, max_value=100, help_text="Bars that decisions wait."
    )
    close_at_end = serializers.BooleanField(default=False)


class RunErrorOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class RunOutput(serializers.Serializer[Any]):
    """What `result_document` returns."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(BacktestRun.Status.choices)
    progress = serializers.FloatField(help_text="Work done in [0, 1].")
    message = serializers.CharField()
    error = RunErrorOutput(allow_null=True)
    strategy = serializers.CharField()
    strategy_version = serializers.CharField()
    rules = serializers.IntegerField(allow_null=True)
    params = serializers.DictField()
    series = serializers.IntegerField(allow_null=True)
    series_label = serializers.CharField()
    is_simulated_data = serializers.BooleanField()
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    spec = serializers.DictField()
    metrics = serializers.DictField(allow_null=True, child=serializers.FloatField(allow_null=True))
    assumptions = serializers.DictField(allow_null=True)
    n_bars = serializers.IntegerField(allow_null=True)
    n_trades = serializers.IntegerField(allow_null=True)
    fingerprint = serializers.CharField()
    data_fingerprint = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class TradesOutput(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    n_pages = serializers.IntegerField()
    n_trades = serializers.IntegerField()
    trades = serializers.ListField(child=serializers.DictField())


class CurveOutput(serializers.Serializer[Any]):
    time = serializers.ListField(child=serializers.IntegerField(), help_text="Seconds UTC.")
    equity = serializers.ListField(child=serializers.FloatField())
    buy_and_hold = serializers.ListField(child=serializers.FloatField())
    benchmark = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="Where the run has one."
    )
    drawdown = serializers.ListField(child=serializers.FloatField(), help_text="Per cent.")


class RunListApi(APIView):
    """Backtest runs of the caller."""

    @extend_schema(responses=RunOutput(many=True))
    def get(self, request: Request) -> Response:
        """List runs, latest first."""
        pages = HistoryPagination()
        rows = pages.paginate_queryset(runs_visible_to(request.user), request, view=self)
        return pages.get_paginated_response([result_document(run) for run in rows or []])

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
        return Response(result_document(run), status=status.HTTP_201_CREATED)


class RunDetailApi(APIView):
    """One run of the caller."""

    @extend_schema(responses=RunOutput)
    def get(self, request: Request, run_id: int) -> Response:
        """Return a run with its metrics."""
        return Response(result_document(_run(request, run_id)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, run_id: int) -> Response:
        """Delete a run that has ended."""
        delete_run(run=_run(request, run_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RunCancelApi(APIView):
    """Stop a run."""

    @extend_schema(request=None, responses=RunOutput)
    def post(self, request: Request, run_id: int) -> Response:
        """Ask a queued or running run to stop."""
        run = _run(request, run_id)
        request_cancel(run, now=timezone.now())
        return Response(result_document(run))


class RunRetryApi(APIView):
    """Run again what failed or was cancelled."""

    @extend_schema(request=None, responses=RunOutput)
    def post(self, request: Request, run_id: int) -> Response:
        """Queue a failed or cancelled run again."""
        run = _run(request, run_id)
        request_retry(run, now=timezone.now())
        return Response(result_document(run))


class RunTradesApi(APIView):
    """The trade list of a run."""

    @extend_schema(
        parameters=[
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter(
                "sort", OpenApiTypes.STR, description="Column, `-` first for falling."
            ),
        ],
        responses=TradesOutput,
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Return a page of 25 trades."""
        text = request.query_params.get("page", "1")
        number = int(text) if text.isdecimal() and len(text) < 9 else 1  # noqa: PLR2004 -- sane page
        page = trade_page(
            _finished(request, run_id),
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


class RunCurveApi(APIView):
    """The equity curve of a run."""

    @extend_schema(responses=CurveOutput)
    def get(self, request: Request, run_id: int) -> Response:
        """Return at most 2,000 points that keep every peak and trough."""
        return Response(curve_points(_finished(request, run_id)))


def _strategy(request: Request, spec: dict[str, Any]) -> str | StrategyVersion:
    """Return the one strategy that was named in one of three ways."""
    given = {name: spec.pop(name) for name in ("strategy", "rules", "document") if name in spec}
    if len(given) != 1:
        raise serializers.ValidationError(
            {"strategy": "Give exactly one of strategy, rules and document."}
        )
    if "document" in given:
        return version_for(owner=request.user, document=given["document"], now=timezone.now())
    key = str(given.get("strategy", f"{VERSION}{given.get('rules')}"))
    version = version_called(request.user, key)
    if version is None and "rules" in given:
        raise serializers.ValidationError({"rules": "You have no version of this number."})
    return version or key


def _series(request: Request, field: str, number: int) -> BarSeries:
    series = series_visible_to(request.user).filter(pk=number).first()
    if series is None:
        raise serializers.ValidationError({field: "You have no bar series of this number."})
    return series


def _run(request: Request, run_id: int) -> BacktestRun:
    return get_object_or_404(runs_visible_to(request.user), pk=run_id)


def _finished(request: Request, run_id: int) -> BacktestRun:
    run = _run(request, run_id)
    if run.status != BacktestRun.Status.SUCCEEDED:
        raise Http404
    return run
