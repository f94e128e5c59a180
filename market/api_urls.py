from django.urls import path

from market import api

urlpatterns = [
    path("market-data/series/", api.SeriesListApi.as_view(), name="api_series_list"),
    path(
        "market-data/series/<int:series_id>/",
        api.SeriesDetailApi.as_view(),
        name="api_series_detail",
    ),
    path("market-data/series/<int:series_id>/bars/", api.BarListApi.as_view(), name="api_bar_list"),
    path("market-data/series/<int:series_id>/gaps/", api.GapListApi.as_view(), name="api_gap_list"),
    path("market-data/uploads/", api.UploadListApi.as_view(), name="api_upload_list"),
    path(
        "market-data/uploads/<int:upload_id>/",
        api.UploadDetailApi.as_view(),
        name="api_upload_detail",
    ),
    path(
        "market-data/uploads/<int:upload_id>/commit/",
        api.UploadCommitApi.as_view(),
        name="api_upload_commit",
    ),
]
