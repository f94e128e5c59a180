from django.urls import path

from market import views

app_name = "market"
urlpatterns = [
    path("", views.series_list, name="series_list"),
    path("samples/", views.sample_install, name="sample_install"),
    path("simulate/", views.series_simulate, name="series_simulate"),
    path("uploads/new/", views.upload_create, name="upload_create"),
    path("uploads/<int:upload_id>/", views.upload_detail, name="upload_detail"),
    path("uploads/<int:upload_id>/commit/", views.upload_commit, name="upload_commit"),
    path("uploads/<int:upload_id>/discard/", views.upload_discard, name="upload_discard"),
    path("<int:series_id>/", views.series_detail, name="series_detail"),
    path("<int:series_id>/candles.json", views.series_candles, name="series_candles"),
    path("<int:series_id>/delete/", views.series_delete, name="series_delete"),
]
