"""What the API of runs of one instrument and of several share."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtests.engine.terms import N_TIERS
from backtests.models import AccountRun
from backtests.services import delete_run
from pulse.common.api import HistoryPagination
from pulse.common.jobs import request_cancel, request_retry

MAX_PAGE_DIGITS = 8


class FiniteFloatField(serializers.FloatField):
    """A number; `nan` and `inf` written as text are none."""

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        if not math.isfinite(number):
            raise serializers.ValidationError("A finite number is needed.")
        return number


class AccountInput(serializers.Serializer[Any]):
    """What every run may be asked: its period, its cash and its costs."""

    params = serializers.DictField(child=serializers.JSONField(), default=dict)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    initial_cash = serializers.DecimalField(
        max_digits=20, decimal_places=8, min_value=0, default=Decimal(10_000)
    )
    fill = serializers.ChoiceField(AccountRun.Fill.choices, default=AccountRun.Fill.NEXT_OPEN)
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
    slippage = FiniteFloatField(
        default=0.0, min_value=0, max_value=0.5, help_text="Fraction of price, against you."
    )
    slippage_impact = FiniteFloatField(
        default=0.0,
        min_value=0,
        help_text="Fraction of price times the squared share of the bar's volume.",
    )
    volume_limit = FiniteFloatField(
        default=0.0, min_value=0, help_text="Largest entry, a fraction of the bar's volume."
    )
    spread = FiniteFloatField(
        default=0.0, min_value=0, max_value=0.5, help_text="Fraction of price, full width."
    )
    borrow_rate = FiniteFloatField(default=0.0, min_value=0, help_text="A year, when short.")
    financing_rate = FiniteFloatField(
        default=0.0, min_value=0, help_text="A year, on borrowed cash."
    )
    margin = FiniteFloatField(default=1.0, min_value=0.01, max_value=1)
    maintenance = FiniteFloatField(
        default=0.0,
        min_value=0,
        help_text="Equity below this fraction of what is held liquidates it.",
    )
    fractional = serializers.BooleanField(default=False)


class RunErrorOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class AccountOutput(serializers.Serializer[Any]):
    """What was asked, what came out, and what it rests on."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(AccountRun.Status.choices)
    progress = serializers.FloatField(help_text="Work done in [0, 1].")
    message = serializers.CharField()
    error = RunErrorOutput(allow_null=True)
    strategy = serializers.CharField()
    strategy_version = serializers.CharField()
    params = serializers.DictField()
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


class TradesOutput(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    n_pages = serializers.IntegerField()
    n_trades = serializers.IntegerField()
    trades = serializers.ListField(child=serializers.DictField())


TRADE_QUERY = [
    OpenApiParameter("page", OpenApiTypes.INT),
    OpenApiParameter("sort", OpenApiTypes.STR, description="Column, `-` first for falling."),
]


class RunsApi(APIView):
    """Runs of one kind.

    Attributes
    ----------
    visible_to : callable(user) -> QuerySet
    document : callable(run) -> dict
    key : str
        Name of the run's number in the address.
    """

    visible_to: ClassVar[Any]
    document: ClassVar[Any]
    key: ClassVar[str]

    def run(self, request: Request) -> Any:
        """Return the run the address names, if it is the caller's."""
        return get_object_or_404(self.visible_to(request.user), pk=self.kwargs[self.key])

    def finished(self, request: Request) -> Any:
        """Return the run the address names, if it has a result."""
        run = self.run(request)
        if run.status != AccountRun.Status.SUCCEEDED:
            raise Http404
        return run

    def told(self, run: AccountRun, code: int = status.HTTP_200_OK) -> Response:
        """Return the answer that tells of a run."""
        return Response(self.document(run), status=code)

    def page(self, request: Request) -> Response:
        """Return a page of the caller's runs, latest first."""
        pages = HistoryPagination()
        rows: Any = pages.paginate_queryset(self.visible_to(request.user), request, view=self)
        return pages.get_paginated_response([self.document(run) for run in rows or []])

    def delete_run(self, request: Request) -> Response:
        """Delete the run the address names."""
        delete_run(run=self.run(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def cancel(self, request: Request) -> Response:
        """Ask the run the address names to stop."""
        run = self.run(request)
        request_cancel(run, now=timezone.now())
        return self.told(run)

    def retry(self, request: Request) -> Response:
        """Queue the run the address names again."""
        run = self.run(request)
        request_retry(run, now=timezone.now())
        return self.told(run)

    def trades(self, request: Request, trade_page: Callable[..., Any]) -> Response:
        """Return a page of the trades of the run the address names."""
        text = request.query_params.get("page", "1")
        number = int(text) if text.isdecimal() and len(text) <= MAX_PAGE_DIGITS else 1
        sort = request.query_params.get("sort", "entry_bar")
        page = trade_page(self.finished(request), page=number, sort=sort)
        return Response(
            {
                "page": page.number,
                "n_pages": page.n_pages,
                "n_trades": page.n_trades,
                "trades": page.rows,
            }
        )
