from django.apps import AppConfig


class GreeksConfig(AppConfig):
    name = "greeks"
