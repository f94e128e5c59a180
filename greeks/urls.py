from django.urls import path

from greeks import views

app_name = "greeks"
urlpatterns = [
    path("", views.calculator, name="calculator"),
    path("curves/<slug:greek>.json", views.calculator_curve, name="calculator_curve"),
    path("chain/", views.chain, name="chain"),
    path("chain/smile.json", views.chain_smile, name="chain_smile"),
    path("strategy/", views.strategy, name="strategy"),
    path("strategy/<slug:chart>.json", views.strategy_chart, name="strategy_chart"),
    path("exposure/", views.exposure, name="exposure"),
    path("exposure/<slug:table>.json", views.exposure_table, name="exposure_table"),
]
