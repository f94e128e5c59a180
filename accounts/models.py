"""Users, their profile and their personal API keys."""

import hashlib
import secrets
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Makes users that sign in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person; the e-mail address is the name."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_ignoring_case"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def initials(self) -> str:
        """Two letters for the user menu."""
        name = self.get_full_name() or self.email
        parts = [part for part in name.replace("@", " ").replace(".", " ").split() if part]
        return "".join(part[0] for part in parts[:2]).upper()


def check_time_zone(name: str) -> None:
    """Refuse a name that is not an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("%(name)s is not a known time zone.", params={"name": name})


class Profile(models.Model):
    """How one user wants to see things."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    class Palette(models.TextChoices):
        DEFAULT = "default", "Green and red"
        CB = "cb", "Blue and orange"

    class Density(models.TextChoices):
        COMPACT = "compact", "Compact"
        REGULAR = "regular", "Regular"
        COMFORTABLE = "comfortable", "Comfortable"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_time_zone])
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM)
    palette = models.CharField(max_length=8, choices=Palette, default=Palette.DEFAULT)
    density = models.CharField(max_length=12, choices=Density, default=Density.REGULAR)
    shortcuts_enabled = models.BooleanField("Single-key shortcuts", default=True)

    def __str__(self) -> str:
        return f"Profile of {self.user_id}"


class ApiKey(models.Model):
    """A personal key for the API: only its hash is kept, the key itself is shown once."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        TRADE = "trade", "Trade"

    PREFIX = "pe_"

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    latest_use_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=models.F("created_at")),
                name="api_key_expires_after_creation",
                violation_error_message="The expiry must lie in the future.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"

    @classmethod
    def new_secret(cls) -> str:
        """Return a fresh key: 256 random bits."""
        return cls.PREFIX + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        """Return the hash under which a key is stored; its 256 random bits need no salt."""
        return hashlib.sha256(secret.encode()).hexdigest()
