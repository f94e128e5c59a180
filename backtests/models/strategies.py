"""Strategies people wrote as rules: a name, and versions that never change once used."""

from django.conf import settings
from django.db import models
from django.urls import reverse


class SavedStrategy(models.Model):
    """A strategy of one user; what it does is in its versions."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="strategies"
    )
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "saved strategies"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                condition=models.Q(archived_at__isnull=True),
                name="saved_strategy_name_once_an_owner",
                violation_error_message="You have a strategy of this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Page of the strategy."""
        return reverse("backtests:saved_strategy", args=[self.pk])


class StrategyVersion(models.Model):
    """One state of a strategy's rules; a run keeps the version it ran."""

    strategy = models.ForeignKey(SavedStrategy, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField(help_text="Rules as of the schema of rule strategies.")
    digest = models.CharField(max_length=12, help_text="Version of the rules: equal rules, equal.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["strategy", "number"], name="strategy_version_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.strategy} v{self.number}"
