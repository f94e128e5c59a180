"""Metrics of what the account earned, and at what cost."""

from functools import partial

from backtests.engine.metrics.registry import Metric
from backtests.engine.metrics.wording import GEOMETRIC, TWO_RETURNS, WEEK

_returns = partial(Metric, group="returns", higher_is_better=True)
_costs = partial(Metric, group="costs", higher_is_better=False, source="Arithmetic")

RETURNS = (
    _returns(
        name="equity_final",
        label="Final equity",
        unit="money",
        formula="equity at the last close, an open position at its market value",
        description="What the account is worth at the end.",
        source="Arithmetic",
    ),
    _returns(
        name="equity_peak",
        label="Peak equity",
        unit="money",
        formula="highest equity at any close",
        description="The most the account was ever worth.",
        source="Arithmetic",
    ),
    _returns(
        name="return_total",
        label="Return",
        unit="fraction",
        formula="equity at the last close / starting cash - 1",
        description="What was earned over the whole period, after costs.",
        source="Arithmetic",
    ),
    _returns(
        name="cagr",
        label="CAGR",
        unit="fraction",
        formula="(last equity / starting cash) ^ (1 / years) - 1; years = days / 365.25",
        description="The steady yearly rate that gives the same end.",
        source="CFA Institute, Global Investment Performance Standards (2020)",
        annualised=True,
        undefined_when="a single bar, or equity ended below zero",
    ),
    _returns(
        name="annual_return",
        label="Annual return",
        unit="fraction",
        formula="(product of (1 + daily return)) ^ (returns a year / number of returns) - 1",
        description="The geometric mean of the daily returns, for a year of trading days.",
        source=GEOMETRIC,
        annualised=True,
        undefined_when=f"{TWO_RETURNS}; {WEEK}",
    ),
    _returns(
        name="best_day",
        label="Best day",
        unit="fraction",
        formula="largest daily return",
        description="The best single day.",
        source="Arithmetic",
        undefined_when=TWO_RETURNS,
    ),
    _returns(
        name="worst_day",
        label="Worst day",
        unit="fraction",
        formula="smallest daily return",
        description="The worst single day.",
        source="Arithmetic",
        undefined_when=TWO_RETURNS,
    ),
    _returns(
        name="positive_days",
        label="Positive days",
        unit="fraction",
        formula="days with a return above 0 / days",
        description="How often a day ends higher than it began.",
        source="Arithmetic",
        undefined_when=TWO_RETURNS,
    ),
    _returns(
        name="best_month",
        label="Best month",
        unit="fraction",
        formula="largest return of a calendar month (UTC)",
        description="The best month; the first and last may be partial.",
        source="Arithmetic",
        undefined_when="equity fell to zero",
    ),
    _returns(
        name="worst_month",
        label="Worst month",
        unit="fraction",
        formula="smallest return of a calendar month (UTC)",
        description="The worst month; the first and last may be partial.",
        source="Arithmetic",
        undefined_when="equity fell to zero",
    ),
    _returns(
        name="positive_months",
        label="Positive months",
        unit="fraction",
        formula="calendar months with a return above 0 / calendar months",
        description="How often a month ends higher than it began.",
        source="Arithmetic",
        undefined_when="equity fell to zero",
    ),
)

COSTS = (
    _costs(
        name="commissions",
        label="Commissions",
        unit="money",
        formula="sum of the commissions of all fills",
        description="What the broker was paid.",
    ),
    _costs(
        name="commission_drag",
        label="Commissions of capital",
        unit="fraction",
        formula="commissions / starting cash",
        description="Commissions as a share of the starting capital.",
    ),
    _costs(
        name="turnover",
        label="Turnover",
        unit="per_year",
        formula="sum of |size| * price over all fills / mean equity / years",
        description="How many times a year the account's value is bought or sold.",
        annualised=True,
        undefined_when="a single bar, or a mean equity of 0",
    ),
)
