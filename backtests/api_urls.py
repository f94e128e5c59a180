from django.urls import path

from backtests import api

urlpatterns = [
    path("backtests/", api.RunListApi.as_view(), name="api_run_list"),
    path("backtests/<int:run_id>/", api.RunDetailApi.as_view(), name="api_run_detail"),
    path("backtests/<int:run_id>/cancel/", api.RunCancelApi.as_view(), name="api_run_cancel"),
    path("backtests/<int:run_id>/retry/", api.RunRetryApi.as_view(), name="api_run_retry"),
    path("backtests/<int:run_id>/trades/", api.RunTradesApi.as_view(), name="api_run_trades"),
    path("backtests/<int:run_id>/curve/", api.RunCurveApi.as_view(), name="api_run_curve"),
    path("strategies/", api.StrategyListApi.as_view(), name="api_strategy_list"),
]
