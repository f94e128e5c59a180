from django.urls import path

from backtests.api import compare, exports, runs, strategies

urlpatterns = [
    path("backtests/", runs.RunListApi.as_view(), name="api_run_list"),
    path("backtests/compare/", compare.RunCompareApi.as_view(), name="api_run_compare"),
    path("backtests/<int:run_id>/", runs.RunDetailApi.as_view(), name="api_run_detail"),
    path("backtests/<int:run_id>/cancel/", runs.RunCancelApi.as_view(), name="api_run_cancel"),
    path("backtests/<int:run_id>/retry/", runs.RunRetryApi.as_view(), name="api_run_retry"),
    path("backtests/<int:run_id>/trades/", runs.RunTradesApi.as_view(), name="api_run_trades"),
    path("backtests/<int:run_id>/curve/", runs.RunCurveApi.as_view(), name="api_run_curve"),
    path("backtests/<int:run_id>/export/", exports.RunExportApi.as_view(), name="api_run_export"),
    path("strategies/", strategies.StrategyListApi.as_view(), name="api_strategy_list"),
]
