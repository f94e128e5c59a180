from django.contrib import admin
from unfold.admin import ModelAdmin

from market.models import BarSeries, ChainUpload, Instrument, Upload


@admin.register(Instrument)
class InstrumentAdmin(ModelAdmin):
    list_display = ["symbol", "name", "kind", "calendar", "currency"]
    list_filter = ["kind", "calendar"]
    search_fields = ["symbol", "name"]
    raw_id_fields = ["underlying"]

    def get_readonly_fields(self, request: object, obj: Instrument | None = None) -> list[str]:
        return ["symbol"] if obj else []  # the files of its series lie under the symbol


@admin.register(BarSeries)
class BarSeriesAdmin(ModelAdmin):
    list_display = ["instrument", "timeframe", "source", "owner", "n_rows", "n_gaps", "updated_at"]
    list_filter = ["source", "timeframe"]
    list_select_related = ["instrument", "owner"]
    search_fields = ["instrument__symbol", "owner__email"]
    readonly_fields = ["owner", "instrument", "source", "timeframe", "fingerprint", "n_rows"]

    def has_add_permission(self, *_args: object) -> bool:
        return False  # a row without files would be a lie

    def has_delete_permission(self, *_args: object) -> bool:
        return False  # the owner deletes: row and files together


@admin.register(Upload)
class UploadAdmin(ModelAdmin):
    list_display = ["file_name", "symbol", "owner", "status", "n_rows", "n_bad", "created_at"]
    list_filter = ["status"]
    list_select_related = ["owner"]
    search_fields = ["file_name", "symbol", "owner__email"]

    def has_add_permission(self, *_args: object) -> bool:
        return False

    def has_change_permission(self, *_args: object) -> bool:
        return False  # what a file held, and what its owner decided, are facts


@admin.register(ChainUpload)
class ChainUploadAdmin(ModelAdmin):
    list_display = ["file_name", "symbol", "owner", "status", "as_of", "n_contracts", "created_at"]
    list_filter = ["status", "symbol"]
    list_select_related = ["owner"]
    search_fields = ["file_name", "symbol", "owner__email"]

    def has_add_permission(self, *_args: object) -> bool:
        return False

    def has_delete_permission(self, *_args: object) -> bool:
        return False  # the owner deletes: row and file together
