"""What a run of one instrument and a run of several have in common: an account and its terms."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from pulse.common.models import Job

ACCOUNT_FIELDS = (
    "fill",
    "commission",
    "commission_fixed",
    "commission_per_unit",
    "commission_min",
    "commission_tiers",
    "slippage",
    "slippage_impact",
    "volume_limit",
    "spread",
    "borrow_rate",
    "financing_rate",
    "margin",
    "maintenance",
    "fractional",
)


class AccountRun(Job):
    """One simulation of a strategy on one account over [starts_at, ends_at).

    The fields named by `ACCOUNT_FIELDS` are those of the engine's `Terms`.
    """

    class Fill(models.TextChoices):
        NEXT_OPEN = "next_open", "Open of the next bar"
        CLOSE = "close", "Close of the signal's bar"

    route: ClassVar[str]  # what the names of its pages begin with

    name = models.CharField(max_length=200)
    is_simulated_data = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    strategy = models.CharField(max_length=80)
    strategy_version = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    initial_cash = models.DecimalField(max_digits=20, decimal_places=8, default=Decimal(10_000))
    fill = models.CharField(max_length=12, choices=Fill, default=Fill.NEXT_OPEN)
    commission = models.FloatField(default=0.0, help_text="Fraction of traded value a side.")
    commission_fixed = models.FloatField(default=0.0, help_text="Money an order.")
    commission_per_unit = models.FloatField(default=0.0, help_text="Money a unit.")
    commission_min = models.FloatField(default=0.0, help_text="Least money an order.")
    commission_tiers = models.JSONField(
        default=list, blank=True, help_text="Pairs of traded value and the fraction from there on."
    )
    slippage = models.FloatField(default=0.0, help_text="Fraction of price, against you.")
    slippage_impact = models.FloatField(
        default=0.0, help_text="Fraction of price times the squared share of the bar's volume."
    )
    volume_limit = models.FloatField(
        default=0.0, help_text="Largest entry as a fraction of the bar's volume; 0 for none."
    )
    spread = models.FloatField(default=0.0, help_text="Fraction of price, full width.")
    margin = models.FloatField(default=1.0, help_text="Initial margin; leverage is 1 / margin.")
    maintenance = models.FloatField(
        default=0.0, help_text="Equity below this fraction of what is held liquidates it."
    )
    borrow_rate = models.FloatField(default=0.0, help_text="A year, on short positions.")
    financing_rate = models.FloatField(default=0.0, help_text="A year, on borrowed cash.")
    fractional = models.BooleanField(default=False)

    n_bars = models.PositiveIntegerField(null=True, editable=False)
    n_trades = models.PositiveIntegerField(null=True, editable=False)
    metrics = models.JSONField(null=True, editable=False)
    assumptions = models.JSONField(null=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta(Job.Meta):
        abstract = True
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(starts_at__lt=F("ends_at")),
                name="%(class)s_period_not_empty",
                violation_error_message="The end must come after the start.",
            ),
            models.CheckConstraint(
                condition=Q(initial_cash__gt=0),
                name="%(class)s_initial_cash_positive",
                violation_error_message="Starting cash must be above 0.",
            ),
            models.CheckConstraint(
                condition=Q(commission__gte=0, commission__lt=1)
                & Q(slippage__gte=0, slippage__lt=1)
                & Q(spread__gte=0, spread__lt=1)
                & Q(commission_fixed__gte=0),
                name="%(class)s_costs_in_range",
                violation_error_message="Costs must be 0 or more, and fractions below 1.",
            ),
            models.CheckConstraint(
                condition=Q(margin__gt=0, margin__lte=1),
                name="%(class)s_margin_in_range",
                violation_error_message="Margin must be above 0 and at most 1.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Page of the run."""
        return reverse(f"backtests:{self.route}_detail", args=[self.pk])

    @property
    def clone_url(self) -> str:
        """The form, filled with what this run was asked."""
        return f"{reverse(f'backtests:{self.route}_create')}?clone={self.pk}"

    @property
    def took(self) -> timedelta | None:
        """Time from start to end of the work."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at

    @property
    def leverage(self) -> float:
        """Position value that one unit of cash may carry."""
        return 1 / self.margin
