"""Portfolio runs: several instruments on one account, and the summary of what came out."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from backtests.models.runs import BacktestRun
from pulse.common.models import Job

PORTFOLIO_TERM_FIELDS = (
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


class PortfolioRun(Job):
    """One simulation of a portfolio strategy on several bar series over [starts_at, ends_at)."""

    runner: ClassVar[str] = "backtests.portfolio_jobs.execute_portfolio_run"

    name = models.CharField(max_length=200)
    is_simulated_data = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    strategy = models.CharField(max_length=80)
    strategy_version = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    initial_cash = models.DecimalField(max_digits=20, decimal_places=8, default=Decimal(100_000))
    fill = models.CharField(
        max_length=12, choices=BacktestRun.Fill, default=BacktestRun.Fill.NEXT_OPEN
    )
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
        default=0.0, help_text="Largest fill as a fraction of the bar's volume; 0 for none."
    )
    spread = models.FloatField(default=0.0, help_text="Fraction of price, full width.")
    borrow_rate = models.FloatField(default=0.0, help_text="A year, on short positions.")
    financing_rate = models.FloatField(default=0.0, help_text="A year, on borrowed cash.")
    margin = models.FloatField(default=1.0, help_text="Initial margin; leverage is 1 / margin.")
    maintenance = models.FloatField(
        default=0.0, help_text="Equity below this fraction of the positions liquidates them."
    )
    fractional = models.BooleanField(default=True)
    min_trade = models.FloatField(
        default=0.0, help_text="Smaller changes, as a fraction of equity, are not traded."
    )

    n_bars = models.PositiveIntegerField(null=True, editable=False)
    n_trades = models.PositiveIntegerField(null=True, editable=False)
    metrics = models.JSONField(null=True, editable=False)
    assumptions = models.JSONField(null=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta(Job.Meta):
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(starts_at__lt=F("ends_at")),
                name="portfolio_period_not_empty",
                violation_error_message="The end must come after the start.",
            ),
            models.CheckConstraint(
                condition=Q(initial_cash__gt=0),
                name="portfolio_initial_cash_positive",
                violation_error_message="Starting cash must be above 0.",
            ),
            models.CheckConstraint(
                condition=Q(min_trade__gte=0, min_trade__lt=1),
                name="portfolio_min_trade_is_fraction",
                violation_error_message="The smallest trade must lie between 0 and 100 %.",
            ),
            models.CheckConstraint(
                condition=Q(margin__gt=0, margin__lte=1),
                name="portfolio_margin_in_range",
                violation_error_message="Margin must be above 0 and at most 1.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Page of the run."""
        return reverse("backtests:portfolio_detail", args=[self.pk])

    @property
    def clone_url(self) -> str:
        """The form, filled with what this run was asked."""
        return f"{reverse('backtests:portfolio_create')}?clone={self.pk}"

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


class PortfolioMember(models.Model):
    """One instrument of a portfolio run."""

    class Adjustment(models.TextChoices):
        NONE = "none", "Nothing: as traded"
        SPLITS = "splits", "Splits"
        ALL = "all", "Splits and dividends"

    run = models.ForeignKey(PortfolioRun, on_delete=models.CASCADE, related_name="members")
    position = models.PositiveSmallIntegerField(help_text="Order in the portfolio, from 0.")
    series = models.ForeignKey(
        "market.BarSeries", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    symbol = models.CharField(max_length=24)
    series_label = models.CharField(max_length=120)
    weight = models.FloatField(
        null=True, blank=True, help_text="Fraction of equity, for strategies that ask for it."
    )
    max_weight = models.FloatField(null=True, blank=True, help_text="Fraction of equity.")
    max_units = models.FloatField(null=True, blank=True)
    adjustment = models.CharField(max_length=8, choices=Adjustment, default=Adjustment.ALL)
    actions = models.JSONField(
        default=list, blank=True, help_text="Splits and dividends: date, kind, value."
    )
    data_fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "position"], name="portfolio_member_position_once"
            ),
            models.UniqueConstraint(fields=["run", "symbol"], name="portfolio_member_symbol_once"),
            models.CheckConstraint(
                condition=(Q(max_weight__isnull=True) | Q(max_weight__gt=0))
                & (Q(max_units__isnull=True) | Q(max_units__gt=0)),
                name="portfolio_member_limits_positive",
                violation_error_message="Limits must be above 0.",
            ),
        ]

    def __str__(self) -> str:
        return self.symbol
