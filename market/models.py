from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from market.engine import CALENDARS, TIMEFRAMES

SYMBOL_PATTERN = r"^[A-Z0-9][A-Z0-9._/-]{0,23}\Z"
check_symbol = RegexValidator(
    SYMBOL_PATTERN,
    "A symbol has 1 to 24 capital letters, digits, dots, dashes, slashes or underscores.",
)
CALENDAR_CHOICES = [(name, name) for name in CALENDARS]
TIMEFRAME_CHOICES = [(code, code) for code in TIMEFRAMES]
OPTION_FIELDS = ("underlying", "expires_on", "strike", "option_right")


def _all_null() -> Q:
    return Q(**{f"{name}__isnull": True for name in OPTION_FIELDS})


def _none_null() -> Q:
    return Q(**{f"{name}__isnull": False for name in OPTION_FIELDS})


class Instrument(models.Model):
    """Something that is traded; options carry the fields of their OCC symbol."""

    class Kind(models.TextChoices):
        EQUITY = "EQUITY", "Share"
        ETF = "ETF", "Fund"
        CRYPTO = "CRYPTO", "Crypto pair"
        FUTURE = "FUTURE", "Future"
        INDEX = "INDEX", "Index"
        FX = "FX", "Currency pair"
        OPTION = "OPTION", "Option"
        OTHER = "OTHER", "Other"

    class Right(models.TextChoices):
        CALL = "CALL", "Call"
        PUT = "PUT", "Put"

    symbol = models.CharField(max_length=24, unique=True, validators=[check_symbol])
    name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.OTHER)
    calendar = models.CharField(max_length=16, choices=CALENDAR_CHOICES, default="XNYS")
    currency = models.CharField(max_length=8, default="USD")
    tick_size = models.DecimalField(max_digits=18, decimal_places=10, default="0.01")
    multiplier = models.DecimalField(max_digits=18, decimal_places=6, default=1)
    underlying = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_on = models.DateField(null=True, blank=True)
    strike = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    option_right = models.CharField(max_length=4, choices=Right, null=True, blank=True)  # noqa: DJ001 -- null with its three neighbours

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="OPTION") & _none_null() | ~Q(kind="OPTION") & _all_null(),
                name="instrument_option_fields_together",
                violation_error_message="An option has an underlying, expiry, strike and right.",
            ),
            models.CheckConstraint(
                condition=Q(tick_size__gt=0) & Q(multiplier__gt=0),
                name="instrument_steps_positive",
                violation_error_message="Tick size and multiplier must be above 0.",
            ),
        ]

    def __str__(self) -> str:
        return self.symbol


class BarSeries(models.Model):
    """Catalogue row of the bars of one instrument, timeframe and source of one owner."""

    class Source(models.TextChoices):
        UPLOAD = "UPLOAD", "Upload"
        SIMULATED = "SIMULATED", "Simulated"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=16, choices=Source)
    timeframe = models.CharField(max_length=4, choices=TIMEFRAME_CHOICES)
    calendar = models.CharField(max_length=16, choices=CALENDAR_CHOICES)
    first_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_at = models.DateTimeField(null=True, blank=True, editable=False)
    n_rows = models.PositiveBigIntegerField(default=0, editable=False)
    n_gaps = models.PositiveIntegerField(default=0, editable=False)
    n_missing = models.PositiveBigIntegerField(default=0, editable=False)
    n_corrected = models.PositiveBigIntegerField(default=0, editable=False)
    n_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["instrument__symbol", "timeframe", "source", "pk"]
        verbose_name_plural = "bar series"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "instrument", "source", "timeframe"], name="bar_series_once"
            ),
            models.CheckConstraint(
                condition=Q(n_rows=0, first_at__isnull=True, last_at__isnull=True)
                | Q(n_rows__gt=0, first_at__lte=F("last_at")),
                name="bar_series_range_with_rows",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument.symbol}, {self.timeframe}, {self.get_source_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("market:series_detail", args=[self.pk])

    @property
    def symbol(self) -> str:
        """Symbol of the instrument."""
        return self.instrument.symbol

    @property
    def is_simulated(self) -> bool:
        """Whether the bars were made up."""
        return self.source == self.Source.SIMULATED

    @property
    def vendor(self) -> str:
        """Where the bars came from, as a word in paths."""
        return self.source.lower()


class CheckedFile(models.Model):
    """What every uploaded file has: who sent it, how it was read, and which rows are bad."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=120)
    symbol = models.CharField(max_length=24, validators=[check_symbol])
    status = models.CharField(max_length=16)  # each kind of file has its own states
    layout = models.CharField(max_length=32)
    issues = models.JSONField(default=list, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    notes = models.JSONField(default=list, blank=True)
    preview = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_staged(self) -> bool:
        """Whether the owner has still to decide."""
        return self.status == "STAGED"

    @property
    def rules(self) -> list[tuple[str, Any]]:
        """Broken rules with their counts, the most frequent first."""
        return sorted(self.counts.items(), key=lambda item: -item[1])


class Upload(CheckedFile):
    """A file that was read and waits for its owner's decision."""

    class Status(models.TextChoices):
        STAGED = "STAGED", "Waiting for you"
        COMMITTED = "COMMITTED", "Stored"
        DISCARDED = "DISCARDED", "Discarded"

    timeframe = models.CharField(max_length=4, choices=TIMEFRAME_CHOICES)
    calendar = models.CharField(max_length=16, choices=CALENDAR_CHOICES)
    zone = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=Status, default=Status.STAGED)
    n_rows = models.PositiveBigIntegerField()
    n_bad = models.PositiveBigIntegerField()
    staged_name = models.UUIDField()
    series = models.ForeignKey(
        BarSeries, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["owner", "status"], name="upload_of_owner")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="STAGED", decided_at__isnull=True)
                | (~Q(status="STAGED") & Q(decided_at__isnull=False)),
                name="upload_decided_once",
            ),
            models.CheckConstraint(
                condition=Q(n_bad__lte=F("n_rows")), name="upload_bad_within_rows"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} as {self.symbol}"

    def get_absolute_url(self) -> str:
        return reverse("market:upload_detail", args=[self.pk])

    @property
    def preview_places(self) -> int:
        """Decimals that the previewed prices need, at least 2."""
        prices = [row[name] for row in self.preview for name in ("open", "high", "low", "close")]
        return max([2, *(len(f"{price:.8f}".rstrip("0").partition(".")[2]) for price in prices)])

    @property
    def n_good(self) -> int:
        """Rows that can be stored."""
        return self.n_rows - self.n_bad


class ChainUpload(CheckedFile):
    """An option chain that its owner uploaded: a file that waits, then a source of quotes."""

    class Status(models.TextChoices):
        STAGED = "STAGED", "Waiting for you"
        COMMITTED = "COMMITTED", "Stored"

    status = models.CharField(max_length=16, choices=Status, default=Status.STAGED)
    as_of = models.DateTimeField()
    open_interest_on = models.DateField()
    spot = models.FloatField(null=True, blank=True)
    rate = models.FloatField(default=0.0)
    dividend_yield = models.FloatField(default=0.0)
    multiplier = models.FloatField(default=100.0)
    n_rows = models.PositiveIntegerField()
    n_bad = models.PositiveIntegerField()
    n_contracts = models.PositiveIntegerField()
    expirations = models.JSONField(default=list, blank=True)
    stored_name = models.UUIDField(unique=True)
    n_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["owner", "status", "symbol"], name="chain_of_owner")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="STAGED", decided_at__isnull=True)
                | Q(status="COMMITTED", decided_at__isnull=False, spot__isnull=False),
                name="chain_upload_decided_with_spot",
            ),
            models.CheckConstraint(
                condition=Q(n_bad__lte=F("n_rows"), n_contracts__lte=F("n_rows")),
                name="chain_upload_parts_within_rows",
            ),
            models.CheckConstraint(
                condition=(Q(spot__isnull=True) | Q(spot__gt=0)) & Q(multiplier__gt=0),
                name="chain_upload_spot_positive",
                violation_error_message="The price of the underlying must be above 0.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} as the chain of {self.symbol}"

    def get_absolute_url(self) -> str:
        return reverse("greeks:chain_upload_detail", args=[self.pk])
