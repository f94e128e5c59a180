from django.urls import path

from backtests import views

app_name = "backtests"
urlpatterns = [
    path("backtests/", views.run_list, name="run_list"),
    path("backtests/new/", views.run_create, name="run_create"),
    path("strategies/", views.strategy_list, name="strategy_list"),
    path("strategies/<slug:name>/", views.strategy_detail, name="strategy_detail"),
    path("backtests/<int:run_id>/", views.run_detail, name="run_detail"),
    path("backtests/<int:run_id>/delete/", views.run_delete, name="run_delete"),
    path("backtests/<int:run_id>/equity.json", views.run_equity, name="run_equity"),
    path("backtests/<int:run_id>/drawdown.json", views.run_drawdown, name="run_drawdown"),
    path("backtests/<int:run_id>/price.json", views.run_price, name="run_price"),
    path("backtests/<int:run_id>/equity.csv", views.equity_csv, name="equity_csv"),
    path("backtests/<int:run_id>/trades.csv", views.trades_csv, name="trades_csv"),
    path("backtests/<int:run_id>/result.json", views.result_json, name="result_json"),
]
