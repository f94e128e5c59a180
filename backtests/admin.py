from django.contrib import admin
from unfold.admin import ModelAdmin

from backtests.models import BacktestRun, PortfolioRun, SavedStrategy, StrategyVersion


@admin.register(BacktestRun)
class BacktestRunAdmin(ModelAdmin):
    list_display = ["name", "owner", "status", "progress", "requested_at", "finished_at"]
    list_filter = ["status", "strategy"]
    search_fields = ["name", "owner__email"]
    list_select_related = ["owner"]


@admin.register(PortfolioRun)
class PortfolioRunAdmin(ModelAdmin):
    list_display = ["name", "owner", "status", "progress", "requested_at", "finished_at"]
    list_filter = ["status", "strategy"]
    search_fields = ["name", "owner__email"]
    list_select_related = ["owner"]


@admin.register(SavedStrategy)
class SavedStrategyAdmin(ModelAdmin):
    list_display = ["name", "owner", "created_at", "updated_at", "archived_at"]
    search_fields = ["name", "owner__email"]
    list_select_related = ["owner"]


@admin.register(StrategyVersion)
class StrategyVersionAdmin(ModelAdmin):
    list_display = ["strategy", "number", "digest", "created_at"]
    search_fields = ["strategy__name"]
    list_select_related = ["strategy"]
