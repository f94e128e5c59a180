from django.urls import path

from backtests.api import analysis, compare, exports, portfolios, runs, strategies

urlpatterns = [
    path("backtests/", runs.RunListApi.as_view(), name="api_run_list"),
    path("backtests/compare/", compare.RunCompareApi.as_view(), name="api_run_compare"),
    path("backtests/<int:run_id>/", runs.RunDetailApi.as_view(), name="api_run_detail"),
    path("backtests/<int:run_id>/cancel/", runs.RunCancelApi.as_view(), name="api_run_cancel"),
    path("backtests/<int:run_id>/retry/", runs.RunRetryApi.as_view(), name="api_run_retry"),
    path("backtests/<int:run_id>/trades/", runs.RunTradesApi.as_view(), name="api_run_trades"),
    path(
        "backtests/<int:run_id>/analysis/",
        analysis.RunAnalysisApi.as_view(),
        name="api_run_analysis",
    ),
    path("backtests/<int:run_id>/curve/", runs.RunCurveApi.as_view(), name="api_run_curve"),
    path("backtests/<int:run_id>/export/", exports.RunExportApi.as_view(), name="api_run_export"),
    path("strategies/", strategies.StrategyListApi.as_view(), name="api_strategy_list"),
    *(
        path(f"strategies/{address}", view.as_view(), name=f"api_{name}")
        for address, view, name in (
            ("schema/", strategies.StrategySchemaApi, "strategy_schema"),
            ("validate/", strategies.StrategyValidateApi, "strategy_validate"),
            ("templates/", strategies.StrategyTemplateListApi, "template_list"),
            ("saved/", strategies.SavedStrategyListApi, "saved_strategy_list"),
            ("saved/<int:strategy_id>/", strategies.SavedStrategyDetailApi, "saved_strategy"),
            (
                "saved/<int:strategy_id>/versions/",
                strategies.StrategyVersionListApi,
                "strategy_version_list",
            ),
            (
                "saved/<int:strategy_id>/versions/<int:version>/",
                strategies.StrategyVersionApi,
                "strategy_version",
            ),
            ("saved/<int:strategy_id>/clone/", strategies.StrategyCloneApi, "strategy_clone"),
            (
                "saved/<int:strategy_id>/archive/",
                strategies.StrategyArchiveApi,
                "strategy_archive",
            ),
            (
                "saved/<int:strategy_id>/restore/",
                strategies.StrategyRestoreApi,
                "strategy_restore",
            ),
        )
    ),
    path(
        "portfolio-strategies/",
        portfolios.PortfolioStrategyListApi.as_view(),
        name="api_portfolio_strategy_list",
    ),
    path("portfolio-backtests/", portfolios.PortfolioListApi.as_view(), name="api_portfolio_list"),
    path(
        "portfolio-backtests/<int:portfolio_id>/",
        portfolios.PortfolioDetailApi.as_view(),
        name="api_portfolio_detail",
    ),
    path(
        "portfolio-backtests/<int:portfolio_id>/cancel/",
        portfolios.PortfolioCancelApi.as_view(),
        name="api_portfolio_cancel",
    ),
    path(
        "portfolio-backtests/<int:portfolio_id>/retry/",
        portfolios.PortfolioRetryApi.as_view(),
        name="api_portfolio_retry",
    ),
    path(
        "portfolio-backtests/<int:portfolio_id>/trades/",
        portfolios.PortfolioTradesApi.as_view(),
        name="api_portfolio_trades",
    ),
    path(
        "portfolio-backtests/<int:portfolio_id>/curve/",
        portfolios.PortfolioCurveApi.as_view(),
        name="api_portfolio_curve",
    ),
]
