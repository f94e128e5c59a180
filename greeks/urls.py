from django.urls import path

from greeks import views

app_name = "greeks"
urlpatterns = [
    path("", views.calculator, name="calculator"),
    path("curves/<slug:greek>.json", views.calculator_curve, name="calculator_curve"),
]
