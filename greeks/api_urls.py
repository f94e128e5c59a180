from django.urls import path

from greeks import api

urlpatterns = [
    path("greeks/", api.GreeksApi.as_view(), name="api_greeks"),
    path("greeks/implied-volatility/", api.ImpliedVolApi.as_view(), name="api_implied_vol"),
    path("market-data/options-chain/", api.ChainApi.as_view(), name="api_options_chain"),
    path("market-data/chains/", api.ChainUploadListApi.as_view(), name="api_chain_list"),
    path(
        "market-data/chains/<int:chain_id>/",
        api.ChainUploadDetailApi.as_view(),
        name="api_chain_detail",
    ),
    path(
        "market-data/chains/<int:chain_id>/commit/",
        api.ChainUploadCommitApi.as_view(),
        name="api_chain_commit",
    ),
    path("greeks/positions/", api.PositionListApi.as_view(), name="api_position_list"),
    path(
        "greeks/positions/analysis/",
        api.PositionAnalysisApi.as_view(),
        name="api_position_analysis",
    ),
    path(
        "greeks/positions/<int:position_id>/",
        api.PositionDetailApi.as_view(),
        name="api_position_detail",
    ),
    path("greeks/surface/", api.SurfaceApi.as_view(), name="api_surface"),
    path("market-data/gamma-exposure/", api.GammaExposureApi.as_view(), name="api_gamma_exposure"),
    path(
        "market-data/gamma-exposure/history/",
        api.ExposureHistoryApi.as_view(),
        name="api_exposure_history",
    ),
]
