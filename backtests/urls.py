from django.urls import path

from backtests.selectors.analysis import CHARTS
from backtests.views import (
    builder,
    compare,
    exports,
    portfolio_results,
    portfolios,
    results,
    run_list,
    runs,
    strategies,
)

app_name = "backtests"
urlpatterns = [
    path("backtests/", run_list.run_list, name="run_list"),
    path("backtests/delete/", run_list.run_delete_many, name="run_delete_many"),
    path("backtests/new/", runs.run_create, name="run_create"),
    path("backtests/compare/", compare.compare, name="compare"),
    path("backtests/compare/equity.json", compare.compare_equity, name="compare_equity"),
    path("backtests/compare/drawdown.json", compare.compare_drawdown, name="compare_drawdown"),
    path("strategies/", strategies.strategy_list, name="strategy_list"),
    path("strategies/new/", builder.strategy_create, name="strategy_create"),
    path("strategies/<slug:name>/", strategies.strategy_detail, name="strategy_detail"),
    path("strategies/<slug:name>/sample.json", results.strategy_sample, name="strategy_sample"),
    path("strategies/templates/<slug:name>/use/", strategies.template_use, name="template_use"),
    path("strategies/saved/<int:strategy_id>/", strategies.saved_strategy, name="saved_strategy"),
    path("strategies/saved/<int:strategy_id>/edit/", builder.strategy_edit, name="strategy_edit"),
    path("strategies/saved/<int:strategy_id>/rules.json", strategies.rules_json, name="rules_json"),
    *(
        path(f"strategies/saved/<int:strategy_id>/{word}/", view, name=f"strategy_{word}")
        for word, view in (
            ("rename", strategies.strategy_rename),
            ("clone", strategies.strategy_clone),
            ("archive", strategies.strategy_archive),
            ("restore", strategies.strategy_restore),
            ("delete", strategies.strategy_delete),
        )
    ),
    path("backtests/<int:run_id>/", runs.run_detail, name="run_detail"),
    path("backtests/<int:run_id>/again/", runs.run_repeat, name="run_again"),
    path("backtests/<int:run_id>/delete/", runs.run_delete, name="run_delete"),
    path("backtests/<int:run_id>/equity.json", results.run_equity, name="run_equity"),
    path("backtests/<int:run_id>/drawdown.json", results.run_drawdown, name="run_drawdown"),
    path("backtests/<int:run_id>/price.json", results.run_price, name="run_price"),
    *(
        path(
            f"backtests/<int:run_id>/{chart}.json",
            results.run_chart,
            {"chart": chart},
            name=f"run_{chart}",
        )
        for chart in CHARTS
    ),
    path("backtests/<int:run_id>/equity.csv", exports.equity_csv, name="equity_csv"),
    path("backtests/<int:run_id>/trades.csv", exports.trades_csv, name="trades_csv"),
    path("backtests/<int:run_id>/trades.parquet", exports.trades_parquet, name="trades_parquet"),
    path("backtests/<int:run_id>/equity.parquet", exports.equity_parquet, name="equity_parquet"),
    path("backtests/<int:run_id>/report.xlsx", exports.report_xlsx, name="report_xlsx"),
    path("backtests/<int:run_id>/tearsheet.html", exports.tearsheet_html, name="tearsheet_html"),
    path("backtests/<int:run_id>/result.json", exports.result_json, name="result_json"),
    path("backtests/portfolios/", run_list.portfolio_list, name="portfolio_list"),
    path(
        "backtests/portfolios/delete/",
        run_list.portfolio_delete_many,
        name="portfolio_delete_many",
    ),
    path("backtests/portfolios/new/", portfolios.portfolio_create, name="portfolio_create"),
    path(
        "backtests/portfolios/strategies/<slug:portfolio_strategy>/",
        portfolios.portfolio_strategy_detail,
        name="portfolio_strategy",
    ),
    path(
        "backtests/portfolios/strategies/<slug:portfolio_strategy>/samples/",
        portfolios.portfolio_sample,
        name="portfolio_sample",
    ),
    path(
        "backtests/portfolios/<int:portfolio_id>/",
        portfolios.portfolio_detail,
        name="portfolio_detail",
    ),
    path(
        "backtests/portfolios/<int:portfolio_id>/delete/",
        portfolios.portfolio_delete,
        name="portfolio_delete",
    ),
    *(
        path(
            f"backtests/portfolios/<int:portfolio_id>/{chart}.json",
            portfolio_results.portfolio_curve,
            {"chart": chart},
            name=f"portfolio_{chart}",
        )
        for chart in portfolio_results.CURVES
    ),
    *(
        path(
            f"backtests/portfolios/<int:portfolio_id>/{chart}.json",
            portfolio_results.portfolio_chart,
            {"chart": chart},
            name=f"portfolio_{chart}",
        )
        for chart in portfolio_results.CHARTS
    ),
    *(
        path(
            f"backtests/portfolios/<int:portfolio_id>/{table}.csv",
            portfolio_results.portfolio_csv,
            {"table": table},
            name=f"portfolio_{table}_csv",
        )
        for table in portfolio_results.TABLES
    ),
    path(
        "backtests/portfolios/<int:portfolio_id>/indicators/<int:number>.json",
        portfolio_results.portfolio_indicator,
        name="portfolio_indicator",
    ),
    path(
        "backtests/portfolios/<int:portfolio_id>/result.json",
        portfolio_results.portfolio_json,
        name="portfolio_result",
    ),
]
