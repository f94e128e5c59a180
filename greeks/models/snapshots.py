"""Dealer exposure day by day."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ExposureSnapshot(models.Model):
    """Dealer exposure of a symbol after one session, under one assumption about dealers.

    Units are those of `greeks.engine.exposure.Exposure`. Snapshots of simulated chains have no
    owner and everybody sees them; one of an uploaded chain is its owner's and goes with the chain.
    """

    class Source(models.TextChoices):
        SIMULATED = "SIMULATED", "Simulated"
        UPLOAD = "UPLOAD", "Upload"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    chain_upload = models.ForeignKey(
        "market.ChainUpload", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    symbol = models.CharField(max_length=24)
    source = models.CharField(max_length=16, choices=Source)
    session_on = models.DateField()
    as_of = models.DateTimeField()
    open_interest_on = models.DateField()
    sign_model = models.CharField(max_length=32)
    model = models.CharField(max_length=120)
    clock = models.CharField(max_length=120)
    spot = models.FloatField()
    gex_usd_per_1pct = models.FloatField()
    call_gex_usd_per_1pct = models.FloatField()
    put_gex_usd_per_1pct = models.FloatField()
    dex_usd = models.FloatField()
    vex_usd_per_1volpt = models.FloatField()
    chex_usd_per_day = models.FloatField()
    call_wall = models.FloatField(null=True, blank=True)
    put_wall = models.FloatField(null=True, blank=True)
    absolute_gamma_strike = models.FloatField(null=True, blank=True)
    zero_gamma = models.FloatField(null=True, blank=True)
    n_contracts = models.PositiveIntegerField()
    n_used = models.PositiveIntegerField()
    by_strike = models.JSONField(default=dict)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["symbol", "-session_on", "sign_model"]
        indexes = [
            models.Index(fields=["symbol", "sign_model", "session_on"], name="exposure_history")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["symbol", "source", "session_on", "sign_model"],
                condition=Q(owner__isnull=True),
                name="exposure_once_a_session",
            ),
            models.UniqueConstraint(
                fields=["owner", "symbol", "source", "session_on", "sign_model"],
                condition=Q(owner__isnull=False),
                name="exposure_once_a_session_of_owner",
            ),
            models.CheckConstraint(
                condition=Q(source="SIMULATED", owner__isnull=True, chain_upload__isnull=True)
                | Q(source="UPLOAD", owner__isnull=False, chain_upload__isnull=False),
                name="exposure_owner_fits_source",
            ),
            models.CheckConstraint(
                condition=Q(n_used__gt=0) & Q(n_used__lte=models.F("n_contracts")),
                name="exposure_measures_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} exposure of {self.session_on}, {self.sign_model}"
