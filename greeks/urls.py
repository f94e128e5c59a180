from django.urls import path

from greeks import views

app_name = "greeks"
urlpatterns = [
    path("", views.calculator, name="calculator"),
    path("curves/<slug:greek>.json", views.calculator_curve, name="calculator_curve"),
    path("chain/", views.chain, name="chain"),
    path("chain/smile.json", views.chain_smile, name="chain_smile"),
    path("chain/export.csv", views.chain_export, name="chain_export"),
    path("chains/", views.chain_uploads, name="chain_uploads"),
    path("chains/new/", views.chain_upload_create, name="chain_upload_create"),
    path("chains/<int:chain_id>/", views.chain_upload_detail, name="chain_upload_detail"),
    path("chains/<int:chain_id>/restate/", views.chain_upload_restate, name="chain_upload_restate"),
    path("chains/<int:chain_id>/commit/", views.chain_upload_commit, name="chain_upload_commit"),
    path("chains/<int:chain_id>/delete/", views.chain_upload_delete, name="chain_upload_delete"),
    path("strategy/", views.strategy, name="strategy"),
    path("strategy/<slug:chart>.json", views.strategy_chart, name="strategy_chart"),
    path("positions/", views.positions, name="positions"),
    path("positions/save/", views.position_save, name="position_save"),
    path("positions/<int:position_id>/", views.position_detail, name="position_detail"),
    path(
        "positions/<int:position_id>/duplicate/",
        views.position_duplicate,
        name="position_duplicate",
    ),
    path("positions/<int:position_id>/delete/", views.position_delete, name="position_delete"),
    path("surface/", views.surface, name="surface"),
    path("surface/<slug:chart>.json", views.surface_chart, name="surface_chart"),
    path("exposure/", views.exposure, name="exposure"),
    path("exposure/<slug:table>.json", views.exposure_table, name="exposure_table"),
    path("history/", views.history, name="history"),
    path("history/export.csv", views.history_export, name="history_export"),
    path("history/take/", views.history_take, name="history_take"),
    path("history/<slug:chart>.json", views.history_table, name="history_table"),
]
