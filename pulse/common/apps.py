from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "pulse.common"
    label = "common"
    verbose_name = "Platform"
