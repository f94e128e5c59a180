"""Reads of users' own settings and keys."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import ApiKey, Profile, User


def profile_of(user: Any) -> Profile:
    """Return the profile of `user`, made at the first look."""
    try:
        profile: Profile = user.profile
    except Profile.DoesNotExist:
        profile, _ = Profile.objects.get_or_create(user=user)
    return profile


def api_keys_of(user: User) -> QuerySet[ApiKey]:
    """Return the keys of `user` that are not revoked, latest first."""
    return ApiKey.objects.filter(owner=user, revoked_at__isnull=True)
