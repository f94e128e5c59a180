"""Positions people built."""

from django.conf import settings
from django.db import models
from django.urls import reverse


class SavedPosition(models.Model):
    """A position of one user as it was entered; its value is that of today's chain.

    `symbol` names the source of quotes, too: SPY, or SPY@12 for an uploaded chain. `legs` is a
    list of objects with kind, quantity, strike, expiration, premium and vol; every premium is
    known, a vol only where it is the owner's own.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="option_positions"
    )
    name = models.CharField(max_length=120)
    symbol = models.CharField(max_length=48)
    legs = models.JSONField()
    notes = models.TextField(max_length=2000, blank=True)
    entry_spot = models.FloatField()
    entered_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="option_position_name_once_an_owner",
                violation_error_message="You have a position of this name already.",
            ),
            models.CheckConstraint(
                condition=models.Q(entry_spot__gt=0), name="option_position_spot_above_zero"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Page of the position."""
        return reverse("greeks:position_detail", args=[self.pk])
