"""What people do with their account: make, use and revoke API keys, set preferences."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import ApiKey, Profile, User
from pulse.common.errors import DomainError

USE_RECORDED_EVERY = timedelta(minutes=1)
MAX_KEYS = 50


class TooManyKeys(DomainError):
    """The user has as many keys as anyone may have."""

    default_code = "too_many_api_keys"


class UnknownScope(DomainError):
    """A scope that no key can have was asked for."""

    default_code = "unknown_scope"


def create_api_key(
    *,
    owner: User,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a personal API key; the secret is returned here and nowhere else.

    Returns
    -------
    tuple of ApiKey and str
        The stored row and the secret, which is not stored.

    Raises
    ------
    UnknownScope
        If a scope is not one of `ApiKey.Scope`.
    TooManyKeys
        If the owner has 50 keys already.
    ValidationError
        If the name is empty or the expiry has passed.
    """
    unknown = [scope for scope in scopes if scope not in ApiKey.Scope.values]
    if unknown or not scopes:
        known = ", ".join(ApiKey.Scope.values)
        raise UnknownScope({"scopes": f"A key needs one or more of these scopes: {known}."})
    if ApiKey.objects.filter(owner=owner, revoked_at__isnull=True).count() >= MAX_KEYS:
        raise TooManyKeys(f"You have {MAX_KEYS} keys. Revoke one to make another.")
    secret = ApiKey.new_secret()
    key = ApiKey(
        owner=owner,
        name=name,
        scopes=list(dict.fromkeys(scopes)),
        digest=ApiKey.digest_of(secret),
        hint=f"{secret[:4]}…{secret[-4:]}",
        created_at=now,
        expires_at=expires_at,
    )
    key.full_clean()
    key.save()
    return key, secret


def use_api_key(*, secret: str, now: datetime) -> ApiKey | None:
    """Return the key that `secret` opens, its use recorded; None where it opens nothing."""
    key = (
        ApiKey.objects.select_related("owner")
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
        .filter(digest=ApiKey.digest_of(secret), revoked_at__isnull=True, owner__is_active=True)
        .first()
    )
    if key and (key.latest_use_at is None or now - key.latest_use_at > USE_RECORDED_EVERY):
        ApiKey.objects.filter(pk=key.pk).update(latest_use_at=now)
    return key


def revoke_api_key(*, key: ApiKey, now: datetime) -> None:
    """Make a key useless from now on."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now)


def set_theme(*, profile: Profile, theme: str) -> None:
    """Store the theme that a user chose.

    Raises
    ------
    ValidationError
        If there is no such theme.
    """
    if theme not in Profile.Theme.values:
        raise ValidationError({"theme": "There is no such theme."})
    profile.theme = theme
    profile.save(update_fields=["theme"])
