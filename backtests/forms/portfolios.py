import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from backtests.engine.action_lines import BadActions, read_actions, write_actions
from backtests.engine.portfolio_strategy import MAX_MEMBERS, PortfolioStrategy
from backtests.engine.registry import get_portfolio_strategy, portfolio_strategies
from backtests.forms.account import (
    ACCOUNT_PLAIN,
    ACCOUNT_SCALED,
    AccountForm,
    Scaled,
    TiersField,
    account_on_page,
    cash_on_page,
    inside,
    on_page,
)
from backtests.forms.runs import PARAM_PREFIX, check_year, field_of
from backtests.models import BacktestRun, PortfolioMember, PortfolioRun
from market.models import BarSeries
from market.selectors import series_visible_to
from pulse.common.time import start_of_day

FIRST_MEMBERS = 2
ACTION_LINES = 60_000  # characters

SCALED: Scaled = {**ACCOUNT_SCALED, "min_trade_pct": ("min_trade", 100)}
FOLDED = (
    *("commission_per_unit", "commission_min", "commission_tiers", "slippage_impact_bps"),
    *("volume_limit_pct", "maintenance_pct", "borrow_rate_pct", "financing_rate_pct"),
)


def _number(label: str, help_text: str, *, most: float | None = None, initial: float = 0) -> Any:
    return forms.FloatField(
        required=False, min_value=0, max_value=most, initial=initial, label=label,
        help_text=help_text,
    )  # fmt: skip


class ActionsField(forms.CharField):
    """Splits and dividends, a line each; every bad line is named."""

    widget = forms.Textarea

    def clean(self, value: Any) -> Any:
        try:
            return read_actions(super().clean(value) or "")
        except BadActions as error:
            told = [f"Line {n}: {why}" for n, why in list(error.faults.items())[:5]]
            if len(error.faults) > len(told):
                told.append(f"{len(error.faults) - len(told)} more lines are bad.")
            raise forms.ValidationError(told) from error

    def prepare_value(self, value: Any) -> Any:
        return write_actions(value) if isinstance(value, list) else value


class MemberForm(forms.Form):
    """One instrument of the portfolio."""

    series = forms.ModelChoiceField(
        BarSeries.objects.none(), label="Data", empty_label="Choose a series"
    )
    weight_pct = forms.FloatField(
        required=False, min_value=-1000, max_value=1000, label="Weight",
        help_text="Of equity; for fixed weights.",
    )  # fmt: skip
    max_weight_pct = forms.FloatField(
        required=False, min_value=0.01, max_value=1000, label="At most", help_text="Of equity."
    )
    max_units = forms.FloatField(
        required=False, min_value=1e-8, label="At most, units", help_text="Long or short."
    )
    adjustment = forms.ChoiceField(
        choices=PortfolioMember.Adjustment.choices,
        initial=PortfolioMember.Adjustment.ALL,
        label="Prices are adjusted for",
    )
    actions = ActionsField(
        required=False,
        max_length=ACTION_LINES,
        label="Splits and dividends",
        help_text="A line each: date, kind, value. Not for fully adjusted prices.",
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "2024-06-10,split,10\n2024-03-05,dividend,0.04"}
        ),
    )

    def __init__(self, data: Any = None, *, number: int, choices: Any, **kwargs: Any) -> None:
        super().__init__(data, prefix=f"m{number}", **kwargs)
        self.number = number
        self.fields["series"].queryset = choices  # type: ignore[attr-defined]

    @property
    def opens_more(self) -> bool:
        """Whether what is folded away was filled in or refused."""
        return any(
            name in self.errors or self[name].value() not in (None, "", "all", [])
            for name in ("max_weight_pct", "max_units", "adjustment", "actions")
        )

    def spec(self) -> dict[str, Any]:
        """Return the member as `request_portfolio_run` takes it."""
        data = self.cleaned_data
        return {
            "series": data["series"],
            "weight": _fraction(data["weight_pct"]),
            "max_weight": _fraction(data["max_weight_pct"]),
            "max_units": data["max_units"],
            "adjustment": data["adjustment"],
            "actions": data["actions"],
        }


class PortfolioForm(AccountForm):
    """Which strategy, on which terms; the members are forms of their own beside it."""

    scaled = SCALED

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    strategy = forms.ChoiceField()
    starts_on = forms.DateField(
        required=False, label="From", validators=[check_year],
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip
    ends_on = forms.DateField(
        required=False, label="To, inclusive", validators=[check_year],
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip
    initial_cash = forms.DecimalField(
        min_value=0, max_digits=20, decimal_places=8, initial=100_000, label="Starting cash"
    )
    fill = forms.ChoiceField(choices=BacktestRun.Fill.choices, label="Fill orders at")
    min_trade_pct = _number("Smallest trade", "Of equity; less is left alone.", most=99)
    fractional = forms.BooleanField(required=False, initial=True, label="Fractional units")
    commission_pct = _number("Commission", "Of value, each side.", most=50, initial=0.05)
    commission_fixed = _number("Fixed fee", "An order, in account currency.")
    slippage_bps = _number("Slippage", "Against you, each fill.", most=5000, initial=1)
    spread_bps = _number("Spread", "Full width; a fill pays half.", most=5000)
    commission_tiers = TiersField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "100000 0.05"}),
        label="Commission steps",
        help_text="A line each: traded value from which on, and per cent.",
    )
    volume_limit_pct = _number("Largest fill", "Of the bar's volume; 0 is no limit.", most=99)
    maintenance_pct = _number("Maintenance margin", "Below it positions are liquidated.", most=99)

    def __init__(self, *args: Any, strategy: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule: PortfolioStrategy = get_portfolio_strategy(strategy)
        self.fields["strategy"].choices = [  # type: ignore[attr-defined]
            (s.name, s.label) for s in portfolio_strategies().values()
        ]
        self.fields["strategy"].initial = strategy
        self.fields["strategy"].widget.attrs |= {
            "hx-post": reverse("backtests:portfolio_create"),
            "hx-target": "#strategy-params",
            "hx-swap": "outerHTML",
            "hx-include": "closest form",
            "hx-vals": '{"change_strategy": "1"}',
            "hx-trigger": "change",
        }
        self.fields["request_key"].initial = uuid.uuid4
        for param in self.rule.params:
            self.fields[PARAM_PREFIX + param.name] = field_of(param)

    @property
    def param_fields(self) -> list[forms.BoundField]:
        """The fields of the chosen strategy's parameters."""
        return [self[PARAM_PREFIX + param.name] for param in self.rule.params]

    @property
    def opens_more(self) -> bool:
        """Whether a term that is folded away was changed or refused."""
        return any(
            name in self.errors
            or (
                self[name].value()
                and self.fields[name].has_changed(self.fields[name].initial, self[name].value())
            )
            for name in FOLDED
        )

    def spec(self) -> dict[str, Any]:
        """Return the keyword arguments of `request_portfolio_run`, but for the members."""
        data = self.cleaned_data
        zone = timezone.get_current_timezone()
        return {
            "request_key": data["request_key"],
            "strategy": data["strategy"],
            "params": {p.name: data[PARAM_PREFIX + p.name] for p in self.rule.params},
            "starts_at": start_of_day(data["starts_on"], zone) if data["starts_on"] else None,
            "ends_at": start_of_day(data["ends_on"], zone, later=1) if data["ends_on"] else None,
            "initial_cash": data["initial_cash"],
            **self.entered(),
        }

    def add_refusal(self, error: forms.ValidationError) -> None:
        """Show a service's refusal at the field it names, else above the form."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        places = {"starts_at": "starts_on", "ends_at": "ends_on"}
        places |= {name: page for page, (name, _) in SCALED.items()}
        for name, messages in error.message_dict.items():
            place = places.get(name, name)
            if PARAM_PREFIX + place in self.fields:
                place = PARAM_PREFIX + place
            self.add_error(place if place in self.fields else None, messages)


def member_forms(
    owner: Any, data: Mapping[str, Any] | None, rows: list[dict[str, Any]]
) -> list[MemberForm]:
    """Return a form for each member: bound to `data`, or unbound with the values of `rows`."""
    choices = series_visible_to(owner)
    if data is not None:
        return [MemberForm(data, number=n, choices=choices) for n in range(_n_members(data))]
    return [MemberForm(initial=row, number=n, choices=choices) for n, row in enumerate(rows)]


def member_rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what stands in the rows of a form that is not checked yet, one added or removed."""
    rows = [
        {name: data.get(f"m{n}-{name}", "") for name in MemberForm.base_fields}
        for n in range(_n_members(data))
    ]
    gone = str(data.get("remove_member", ""))
    if gone.isdecimal() and int(gone[:4]) < len(rows):
        del rows[int(gone[:4])]
    if "add_member" in data and len(rows) < MAX_MEMBERS:
        rows.append({})
    return rows


def portfolio_initial(run: PortfolioRun) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the values of a form and its members that would request `run` again."""
    zone = timezone.get_current_timezone()
    values = account_on_page(run, SCALED, ACCOUNT_PLAIN)
    values |= {
        "strategy": run.strategy,
        "starts_on": run.starts_at.astimezone(zone).date() if run.starts_at else None,
        "ends_on": (run.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        if run.ends_at
        else None,
        "initial_cash": cash_on_page(run.initial_cash),
        **{PARAM_PREFIX + name: value for name, value in run.params.items()},
    }
    rows = [
        {
            "series": member.series_id,
            "weight_pct": _per_cent(member.weight),
            "max_weight_pct": _per_cent(member.max_weight),
            "max_units": member.max_units,
            "adjustment": member.adjustment,
            "actions": member.actions,
        }
        for member in run.members.all()
    ]
    return values, rows


def _n_members(data: Mapping[str, Any]) -> int:
    text = str(data.get("n_members", ""))
    return min(int(text), MAX_MEMBERS) if text.isdecimal() and len(text) < 4 else 0  # noqa: PLR2004 -- digits


def _fraction(per_cent: float | None) -> float | None:
    return None if per_cent is None else inside(per_cent, 100)


def _per_cent(fraction: float | None) -> float | None:
    return None if fraction is None else on_page(fraction, 100)
