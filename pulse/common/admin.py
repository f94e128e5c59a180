from django.contrib import admin
from unfold.admin import ModelAdmin

from pulse.common.models import IdempotencyRecord, OutboxEvent


@admin.register(OutboxEvent)
class OutboxEventAdmin(ModelAdmin):
    list_display = ["id", "kind", "owner", "created_at"]
    list_filter = ["kind"]


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ModelAdmin):
    list_display = ["key", "owner", "response_status", "created_at"]
