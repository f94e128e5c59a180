from django.contrib import admin
from unfold.admin import ModelAdmin

from backtests.models import BacktestRun


@admin.register(BacktestRun)
class BacktestRunAdmin(ModelAdmin):
    list_display = ["name", "owner", "status", "progress", "requested_at", "finished_at"]
    list_filter = ["status", "strategy"]
    search_fields = ["name", "owner__email"]
    list_select_related = ["owner"]
