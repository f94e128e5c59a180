from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm

from accounts.models import ApiKey, Profile, User


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User], ModelAdmin):
    change_password_form = AdminPasswordChangeForm
    ordering = ["email"]
    list_display = ["email", "is_active", "is_staff", "date_joined", "last_login"]
    search_fields = ["email"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Name", {"fields": ["first_name", "last_name"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "password1", "password2"]})]


@admin.register(Profile)
class ProfileAdmin(ModelAdmin):
    list_display = ["user", "time_zone", "theme"]
    search_fields = ["user__email"]


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    list_display = ["name", "hint", "owner", "created_at", "latest_use_at", "revoked_at"]
    search_fields = ["name", "owner__email"]
    exclude = ["digest"]
    readonly_fields = ["hint", "owner", "scopes", "created_at", "latest_use_at"]

    def has_add_permission(self, request: object) -> bool:
        return False  # a key is shown to its owner once, so only the owner can make one
