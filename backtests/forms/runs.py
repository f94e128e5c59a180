import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from backtests.engine import Param, Strategy
from backtests.forms.account import cash_on_page
from backtests.forms.terms import FIELD_OF, TermsForm, terms_on_page
from backtests.models import BacktestRun
from backtests.selectors.strategies import VERSION, choosable, strategy_choices
from market.models import BarSeries
from market.selectors import series_visible_to
from pulse.common.time import start_of_day

PARAM_PREFIX = "param_"
FIRST_YEAR, LAST_YEAR = 1700, 2200


def check_year(day: date) -> None:
    """Refuse a year that no market has prices of; its midnight may not even exist in UTC."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise forms.ValidationError(f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}.")


class RunForm(TermsForm):
    """What to simulate, on which bars, on which terms."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    series = forms.ModelChoiceField(BarSeries.objects.none(), label="Data")
    strategy = forms.ChoiceField()
    starts_on = forms.DateField(
        required=False,
        label="From",
        validators=[check_year],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    ends_on = forms.DateField(
        required=False,
        label="To, inclusive",
        validators=[check_year],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    initial_cash = forms.DecimalField(
        min_value=0, max_digits=20, decimal_places=8, initial=10_000, label="Starting cash"
    )
    detail = forms.ModelChoiceField(
        BarSeries.objects.none(),
        required=False,
        label="Detail bars",
        empty_label="None",
        help_text="Shorter bars of the same instrument say what came first inside a bar.",
    )

    benchmark = forms.ModelChoiceField(
        BarSeries.objects.none(),
        required=False,
        empty_label="The instrument itself",
        help_text="What alpha, beta and the curve are measured against.",
    )

    def __init__(self, *args: Any, owner: Any, strategy: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule: Strategy
        self.rule, self.version = choosable(owner, strategy)
        for name in ("series", "detail", "benchmark"):
            self.fields[name].queryset = series_visible_to(owner)  # type: ignore[attr-defined]
        self.fields["series"].initial = (
            series_visible_to(owner).values_list("pk", flat=True).first()
        )
        self.fields["series"].empty_label = None  # type: ignore[attr-defined]
        self.fields["strategy"].choices = strategy_choices(owner, strategy)  # type: ignore[attr-defined]
        self.fields["strategy"].initial = strategy
        self.fields["strategy"].widget.attrs |= {
            "hx-get": reverse("backtests:run_create"),
            "hx-target": "#strategy-params",
            "hx-swap": "outerHTML",
            "hx-include": "closest form",
            "hx-trigger": "change",
        }
        self.fields["request_key"].initial = uuid.uuid4
        if self.version:
            self.fields["sizing"].help_text = "All cash gives way to a size in the rules."
            for name in ("stop_loss_pct", "take_profit_pct", "trail_pct"):
                self.fields[name].help_text = "Gives way to one in the rules."
        for param in self.rule.params:
            self.fields[PARAM_PREFIX + param.name] = field_of(param)

    @property
    def strategy_words(self) -> str:
        """What the chosen strategy does."""
        return self.rule.description

    @property
    def strategy_url(self) -> str:
        """Page of the chosen strategy."""
        if self.version:
            return self.version.strategy.get_absolute_url()
        return reverse("backtests:strategy_detail", args=[self.rule.name])

    @property
    def param_fields(self) -> list[forms.BoundField]:
        """The fields of the chosen strategy's parameters."""
        return [self[PARAM_PREFIX + param.name] for param in self.rule.params]

    def spec(self) -> dict[str, Any]:
        """Return the keyword arguments of `request_run`."""
        data = self.cleaned_data
        zone = timezone.get_current_timezone()
        return {
            "request_key": data["request_key"],
            "series": data["series"],
            "strategy": self.version or data["strategy"],
            "params": {p.name: data[PARAM_PREFIX + p.name] for p in self.rule.params},
            "starts_at": start_of_day(data["starts_on"], zone) if data["starts_on"] else None,
            "ends_at": start_of_day(data["ends_on"], zone, later=1) if data["ends_on"] else None,
            "initial_cash": data["initial_cash"],
            "detail": data["detail"],
            "benchmark": data["benchmark"],
            **self.terms(),
        }

    def add_refusal(self, error: forms.ValidationError) -> None:
        """Show a service's refusal at the field it names, else above the form."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        places = {"starts_at": "starts_on", "ends_at": "ends_on", "size_value": "size_amount"}
        places |= FIELD_OF
        for name, messages in error.message_dict.items():
            place = places.get(name, name)
            if PARAM_PREFIX + place in self.fields:
                place = PARAM_PREFIX + place
            self.add_error(place if place in self.fields else None, messages)


def initial_of(run: BacktestRun) -> dict[str, Any]:
    """Return the values of a form that would request `run` again."""
    zone = timezone.get_current_timezone()
    return {
        "series": run.series_id,
        "strategy": f"{VERSION}{run.rules_id}" if run.rules_id else run.strategy,
        "starts_on": run.starts_at.astimezone(zone).date() if run.starts_at else None,
        "ends_on": (run.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        if run.ends_at
        else None,
        "initial_cash": cash_on_page(run.initial_cash),
        "detail": run.detail_id,
        "benchmark": run.benchmark_id,
        **terms_on_page(run),
        **{PARAM_PREFIX + name: value for name, value in run.params.items()},
    }


def field_of(param: Param) -> forms.Field:
    """Return the form field of a strategy's parameter, with its bounds and help."""
    common: dict[str, Any] = {
        "label": param.label,
        "initial": param.default,
        "help_text": param.help,
    }
    if param.kind == "bool":
        return forms.BooleanField(required=False, **common)
    if param.kind == "choice":
        return forms.ChoiceField(choices=[(c, c) for c in param.choices], **common)
    kind: type[forms.FloatField] = forms.IntegerField if param.kind == "int" else forms.FloatField  # type: ignore[assignment]  # the stubs part what Django joins
    return kind(
        min_value=param.low,
        max_value=param.high,
        widget=forms.NumberInput(attrs={"step": param.step or "any"}),
        **common,
    )
