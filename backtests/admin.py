from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from backtests.models import (
    BacktestRun,
    PortfolioMember,
    PortfolioRun,
    SavedStrategy,
    StrategyVersion,
)


class MadeElsewhere:
    """Rows that only a service makes: with a job, a digest or a result beside them."""

    def has_add_permission(self, *_args: object) -> bool:
        return False


@admin.register(BacktestRun)
class RunAdmin(MadeElsewhere, ModelAdmin):
    list_display = ["name", "owner", "status", "progress", "requested_at", "finished_at"]
    list_filter = ["status", "strategy"]
    search_fields = ["name", "owner__email"]
    list_select_related = ["owner"]


class PortfolioMemberInline(MadeElsewhere, TabularInline):
    model = PortfolioMember
    extra = 0


@admin.register(PortfolioRun)
class PortfolioRunAdmin(RunAdmin):
    inlines = [PortfolioMemberInline]


@admin.register(SavedStrategy)
class SavedStrategyAdmin(MadeElsewhere, ModelAdmin):
    list_display = ["name", "owner", "created_at", "updated_at", "archived_at"]
    search_fields = ["name", "owner__email"]
    list_select_related = ["owner"]


@admin.register(StrategyVersion)
class StrategyVersionAdmin(MadeElsewhere, ModelAdmin):
    list_display = ["strategy", "number", "digest", "created_at"]
    search_fields = ["strategy__name"]
    list_select_related = ["strategy"]

    def has_change_permission(self, *_args: object) -> bool:
        return False  # what runs were made of
