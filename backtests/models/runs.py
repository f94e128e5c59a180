"""Backtest runs: what was asked, and the summary of what came out."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from backtests.models.strategies import StrategyVersion
from pulse.common.models import Job

TERM_FIELDS = (
    "side",
    "fill",
    "intrabar",
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
    "stop_loss",
    "take_profit",
    "trail",
    "fractional",
    "delay",
    "close_at_end",
)
SIZING_FIELDS = ("sizing", "size_value", "size_window", "size_cap")


class BacktestRun(Job):
    """One simulation of a strategy on one bar series over [starts_at, ends_at)."""

    class Side(models.TextChoices):
        BOTH = "both", "Long and short"
        LONG = "long", "Long only"
        SHORT = "short", "Short only"

    class Fill(models.TextChoices):
        NEXT_OPEN = "next_open", "Open of the next bar"
        CLOSE = "close", "Close of the signal's bar"

    class Intrabar(models.TextChoices):
        PESSIMISTIC = "pessimistic", "The stop first (pessimistic)"
        OPTIMISTIC = "optimistic", "The target first (optimistic)"
        OHLC = "ohlc", "Open, high, low, close"

    class Size(models.TextChoices):
        ALL = "all", "All cash"
        UNITS = "units", "Units"
        CASH = "cash", "Cash amount"
        EQUITY = "equity", "Part of equity"
        VOLATILITY = "volatility", "Target volatility"
        KELLY = "kelly", "Part of Kelly, capped"

    runner: ClassVar[str] = "backtests.jobs.execute_run"

    name = models.CharField(max_length=200)
    series = models.ForeignKey(
        "market.BarSeries", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    series_label = models.CharField(max_length=120)
    is_simulated_data = models.BooleanField(default=False)
    detail = models.ForeignKey(
        "market.BarSeries",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Bars of a shorter timeframe that say what happened inside a bar.",
    )
    benchmark = models.ForeignKey(
        "market.BarSeries",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="What the account is measured against, where not the instrument itself.",
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    strategy = models.CharField(max_length=80)
    strategy_version = models.CharField(max_length=40)
    rules = models.ForeignKey(
        StrategyVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
        help_text="The rules that were run, where the strategy is not a plugin.",
    )
    params = models.JSONField(default=dict, blank=True)
    initial_cash = models.DecimalField(max_digits=20, decimal_places=8, default=Decimal(10_000))
    side = models.CharField(max_length=8, choices=Side, default=Side.BOTH)
    fill = models.CharField(max_length=12, choices=Fill, default=Fill.NEXT_OPEN)
    intrabar = models.CharField(max_length=12, choices=Intrabar, default=Intrabar.PESSIMISTIC)
    sizing = models.CharField(max_length=12, choices=Size, default=Size.ALL)
    size_value = models.FloatField(
        default=1.0, help_text="Units, cash, or a fraction, as the sizing says."
    )
    size_window = models.PositiveSmallIntegerField(
        default=20, help_text="Bars that measure volatility; trades before Kelly counts."
    )
    size_cap = models.FloatField(default=1.0, help_text="Largest fraction of equity.")
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
        default=0.0, help_text="Equity below this fraction of the position liquidates it."
    )
    borrow_rate = models.FloatField(default=0.0, help_text="A year, on short positions.")
    financing_rate = models.FloatField(default=0.0, help_text="A year, on borrowed cash.")
    stop_loss = models.FloatField(null=True, blank=True, help_text="Fraction of signal close.")
    take_profit = models.FloatField(null=True, blank=True, help_text="Fraction of signal close.")
    trail = models.FloatField(null=True, blank=True, help_text="Fraction of signal close.")
    fractional = models.BooleanField(default=False)
    delay = models.PositiveSmallIntegerField(default=0, help_text="Bars decisions wait.")
    close_at_end = models.BooleanField(default=False)

    n_bars = models.PositiveIntegerField(null=True, editable=False)
    n_trades = models.PositiveIntegerField(null=True, editable=False)
    metrics = models.JSONField(null=True, editable=False)
    assumptions = models.JSONField(null=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    data_fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta(Job.Meta):
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(starts_at__lt=F("ends_at")),
                name="run_period_not_empty",
                violation_error_message="The end must come after the start.",
            ),
            models.CheckConstraint(
                condition=Q(initial_cash__gt=0),
                name="run_initial_cash_positive",
                violation_error_message="Starting cash must be above 0.",
            ),
            models.CheckConstraint(
                condition=Q(commission__gte=0, commission__lt=1)
                & Q(slippage__gte=0, slippage__lt=1)
                & Q(spread__gte=0, spread__lt=1)
                & Q(commission_fixed__gte=0),
                name="run_costs_in_range",
                violation_error_message="Costs must be 0 or more, and fractions below 1.",
            ),
            models.CheckConstraint(
                condition=(Q(stop_loss__isnull=True) | Q(stop_loss__gt=0, stop_loss__lt=1))
                & (Q(trail__isnull=True) | Q(trail__gt=0, trail__lt=1))
                & (Q(take_profit__isnull=True) | Q(take_profit__gt=0)),
                name="run_exits_in_range",
                violation_error_message="Stop and trail must lie between 0 and 100 %, "
                "a target above 0.",
            ),
            models.CheckConstraint(
                condition=Q(margin__gt=0, margin__lte=1),
                name="run_margin_in_range",
                violation_error_message="Margin must be above 0 and at most 1.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Page of the run."""
        return reverse("backtests:run_detail", args=[self.pk])

    @property
    def clone_url(self) -> str:
        """The form, filled with what this run was asked."""
        return f"{reverse('backtests:run_create')}?clone={self.pk}"

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
