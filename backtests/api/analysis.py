from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtests.models import BacktestRun
from backtests.selectors import runs_visible_to
from backtests.selectors.analysis import read_analysis


class RunAnalysisOutput(serializers.Serializer[Any]):
    months = serializers.DictField(
        help_text="`years`, `table` (12 fractions a year), `totals`, `market` (fractions)."
    )
    rolling = serializers.DictField(
        help_text="`window` in days, `time` in seconds UTC, `sharpe` and `volatility`, a year."
    )
    exposure = serializers.DictField(help_text="`time` and `values`, a signed fraction of equity.")
    days = serializers.DictField(help_text="`edges` and `counts` of daily returns that moved.")
    trades = serializers.DictField(help_text="`edges` and `counts` of the returns of trades.")
    drawdowns = serializers.ListField(
        child=serializers.DictField(),
        help_text="The ten deepest: `peak`, `trough`, `end` (null: it lasts), `depth`, `days`.",
    )
    costs = serializers.ListField(
        child=serializers.DictField(),
        help_text="`name`, `amount`, and its share `of_costs` and `of_gross` profit.",
    )
    sides = serializers.ListField(child=serializers.DictField(), help_text="Long and short.")
    reasons = serializers.ListField(child=serializers.DictField(), help_text="By what closed it.")
    holding = serializers.DictField(help_text="Days winners and losers were held; longest runs.")
    top_share = serializers.FloatField(
        allow_null=True, help_text="Part of the net profit that the five best trades made."
    )
    trust = serializers.DictField(
        help_text="`lookahead`, `ambiguous`, `stress`, `signals`, `warm_up`; or `fault`."
    )


class RunAnalysisApi(APIView):
    """The tables of a result, and how far it can be trusted."""

    @extend_schema(responses=RunAnalysisOutput)
    def get(self, request: Request, run_id: int) -> Response:
        """Return the tables; 404 for a run that is not finished or was stored without them."""
        run = get_object_or_404(runs_visible_to(request.user), pk=run_id)
        tables = read_analysis(run) if run.status == BacktestRun.Status.SUCCEEDED else None
        if tables is None:
            raise Http404
        return Response(tables)
