from django.contrib import admin
from unfold.admin import ModelAdmin

from greeks.models import ExposureSnapshot, SavedPosition


@admin.register(SavedPosition)
class SavedPositionAdmin(ModelAdmin):
    list_display = ["name", "symbol", "owner", "entered_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "symbol", "owner__email"]

    def has_add_permission(self, *_args: object) -> bool:
        return False  # its legs come from the builder


@admin.register(ExposureSnapshot)
class ExposureSnapshotAdmin(ModelAdmin):
    list_display = ["symbol", "session_on", "source", "sign_model", "gex_usd_per_1pct", "owner"]
    list_filter = ["source", "sign_model", "symbol"]
    list_select_related = ["owner"]
    search_fields = ["symbol", "owner__email"]
    date_hierarchy = "session_on"

    def has_add_permission(self, *_args: object) -> bool:
        return False  # measured from a chain, never written by hand

    def has_change_permission(self, *_args: object) -> bool:
        return False
