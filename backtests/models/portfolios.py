"""Portfolio runs: several instruments on one account, and the summary of what came out."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from backtests.models.account import AccountRun


class PortfolioRun(AccountRun):
    """One simulation of a portfolio strategy on several bar series."""

    runner: ClassVar[str] = "backtests.portfolio_jobs.execute_portfolio_run"
    route: ClassVar[str] = "portfolio"

    initial_cash = models.DecimalField(max_digits=20, decimal_places=8, default=Decimal(100_000))
    fractional = models.BooleanField(default=True)
    min_trade = models.FloatField(
        default=0.0, help_text="Smaller changes, as a fraction of equity, are not traded."
    )

    class Meta(AccountRun.Meta):
        constraints = [
            *AccountRun.Meta.constraints,
            models.CheckConstraint(
                condition=Q(min_trade__gte=0, min_trade__lt=1),
                name="portfolio_min_trade_is_fraction",
                violation_error_message="The smallest trade must lie between 0 and 100 %.",
            ),
        ]


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
