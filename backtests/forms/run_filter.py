from typing import Any

from django import forms

from backtests.models import BacktestRun
from backtests.selectors.run_list import (
    RunFilter,
    portfolio_strategy_choices,
    series_choices,
    strategy_choices,
)

DATE = {"type": "date"}


class PortfolioFilterForm(forms.Form):
    strategy = forms.ChoiceField(required=False)
    status = forms.ChoiceField(
        required=False, label="State", choices=[("", "All"), *BacktestRun.Status.choices]
    )
    since = forms.DateField(
        required=False, label="Requested from", widget=forms.DateInput(attrs=DATE)
    )
    until = forms.DateField(
        required=False, label="To, inclusive", widget=forms.DateInput(attrs=DATE)
    )

    strategies = staticmethod(portfolio_strategy_choices)

    def __init__(self, data: Any, *, owner: Any) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["strategy"].choices = [("", "All"), *self.strategies(owner)]  # type: ignore[attr-defined]

    def chosen(self) -> RunFilter:
        """Return what passes; a field that cannot be read says so and narrows nothing."""
        self.is_valid()
        get = self.cleaned_data.get
        return {
            "strategy": get("strategy") or "",
            "series": get("series") or "",
            "status": get("status") or "",
            "since": get("since"),
            "until": get("until"),
            "sort": self.data.get("sort", ""),
        }

    @property
    def n_active(self) -> int:
        """How many fields narrow the list, or failed to."""
        return sum(bool(self.data.get(name)) for name in self.fields)


class RunFilterForm(PortfolioFilterForm):
    series = forms.ChoiceField(required=False, label="Data")

    field_order = ("strategy", "series")
    strategies = staticmethod(strategy_choices)

    def __init__(self, data: Any, *, owner: Any) -> None:
        super().__init__(data, owner=owner)
        series = [(label, label) for label in series_choices(owner)]
        self.fields["series"].choices = [("", "All"), *series]  # type: ignore[attr-defined]
