"""Backtest runs: what was asked, and the summary of what came out."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backtests.models.account import ACCOUNT_FIELDS, AccountRun
from backtests.models.strategies import StrategyVersion

TERM_FIELDS = (
    *ACCOUNT_FIELDS,
    "side",
    "intrabar",
    "stop_loss",
    "take_profit",
    "trail",
    "delay",
    "close_at_end",
)
SIZING_FIELDS = ("sizing", "size_value", "size_window", "size_cap")


class BacktestRun(AccountRun):
    """One simulation of a strategy on one bar series."""

    class Side(models.TextChoices):
        BOTH = "both", "Long and short"
        LONG = "long", "Long only"
        SHORT = "short", "Short only"

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
    route: ClassVar[str] = "run"

    series = models.ForeignKey(
        "market.BarSeries", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    series_label = models.CharField(max_length=120)
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
    rules = models.ForeignKey(
        StrategyVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
        help_text="The rules that were run, where the strategy is not a plugin.",
    )
    side = models.CharField(max_length=8, choices=Side, default=Side.BOTH)
    intrabar = models.CharField(max_length=12, choices=Intrabar, default=Intrabar.PESSIMISTIC)
    sizing = models.CharField(max_length=12, choices=Size, default=Size.ALL)
    size_value = models.FloatField(
        default=1.0, help_text="Units, cash, or a fraction, as the sizing says."
    )
    size_window = models.PositiveSmallIntegerField(
        default=20, help_text="Bars that measure volatility; trades before Kelly counts."
    )
    size_cap = models.FloatField(default=1.0, help_text="Largest fraction of equity.")
    stop_loss = models.FloatField(null=True, blank=True, help_text="Fraction of signal close.")
    take_profit = models.FloatField(null=True, blank=True, help_text="Fraction of signal close.")
    trail = models.FloatField(null=True, blank=True, help_text="Fraction of signal close.")
    delay = models.PositiveSmallIntegerField(default=0, help_text="Bars decisions wait.")
    close_at_end = models.BooleanField(default=False)

    data_fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta(AccountRun.Meta):
        constraints = [
            *AccountRun.Meta.constraints,
            models.CheckConstraint(
                condition=(Q(stop_loss__isnull=True) | Q(stop_loss__gt=0, stop_loss__lt=1))
                & (Q(trail__isnull=True) | Q(trail__gt=0, trail__lt=1))
                & (Q(take_profit__isnull=True) | Q(take_profit__gt=0)),
                name="run_exits_in_range",
                violation_error_message="Stop and trail must lie between 0 and 100 %, "
                "a target above 0.",
            ),
        ]
