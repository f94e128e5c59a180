import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from backtests.engine import Param, Strategy, get_strategy, strategies
from backtests.models import BacktestRun
from market.models import BarSeries
from market.selectors import series_visible_to
from pulse.common.time import start_of_day

PARAM_PREFIX = "param_"
FROM_CLOSE = "From the close of the signal's bar."
EXITS = ("stop_loss", "take_profit", "trail")
FIRST_YEAR, LAST_YEAR = 1700, 2200


def check_year(day: date) -> None:
    """Refuse a year that no market has prices of; its midnight may not even exist in UTC."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise forms.ValidationError(f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}.")


class RunForm(forms.ModelForm[BacktestRun]):
    """What to simulate, on which bars, at what cost; percentages on the page, fractions inside."""

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
        min_value=0, max_digits=14, decimal_places=2, initial=10_000, label="Starting cash"
    )
    commission_pct = forms.FloatField(
        min_value=0, max_value=50, initial=0.1, label="Commission", help_text="Of value, each side."
    )
    commission_fixed = forms.FloatField(
        min_value=0, initial=0, label="Fixed fee", help_text="An order, in account currency."
    )
    slippage_bps = forms.FloatField(
        min_value=0,
        max_value=5000,
        initial=1,
        label="Slippage",
        help_text="Against you, each fill.",
    )
    spread_bps = forms.FloatField(
        min_value=0,
        max_value=5000,
        initial=0,
        label="Spread",
        help_text="Full width; a fill pays half.",
    )
    margin_pct = forms.FloatField(
        min_value=1, max_value=100, initial=100, label="Margin", help_text="100 % is no leverage."
    )

    stop_loss_pct = forms.FloatField(
        required=False, min_value=0.01, max_value=99, label="Stop loss", help_text=FROM_CLOSE
    )
    take_profit_pct = forms.FloatField(
        required=False, min_value=0.01, max_value=10_000, label="Take profit", help_text=FROM_CLOSE
    )
    trail_pct = forms.FloatField(
        required=False, min_value=0.01, max_value=99, label="Trailing stop", help_text=FROM_CLOSE
    )

    class Meta:
        model = BacktestRun
        fields = ["side", "fill", "fractional", "close_at_end"]
        labels = {
            "side": "Direction",
            "fill": "Fill market orders at",
            "fractional": "Fractional units",
            "close_at_end": "Close the open position at the end",
        }

    def __init__(self, *args: Any, owner: Any, strategy: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule: Strategy = get_strategy(strategy)
        self.fields["series"].queryset = series_visible_to(owner)  # type: ignore[attr-defined]
        self.fields["strategy"].choices = [(s.name, s.label) for s in strategies().values()]  # type: ignore[attr-defined]
        self.fields["strategy"].initial = strategy
        self.fields["strategy"].widget.attrs |= {
            "hx-get": reverse("backtests:run_create"),
            "hx-target": "#strategy-params",
            "hx-swap": "outerHTML",
            "hx-include": "closest form",
            "hx-trigger": "change",
        }
        self.fields["request_key"].initial = uuid.uuid4
        for param in self.rule.params:
            self.fields[PARAM_PREFIX + param.name] = field_of(param)

    @property
    def strategy_words(self) -> str:
        """What the chosen strategy does."""
        return self.rule.description

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
            "strategy": data["strategy"],
            "params": {p.name: data[PARAM_PREFIX + p.name] for p in self.rule.params},
            "starts_at": start_of_day(data["starts_on"], zone) if data["starts_on"] else None,
            "ends_at": start_of_day(data["ends_on"], zone, later=1) if data["ends_on"] else None,
            "initial_cash": data["initial_cash"],
            "side": data["side"],
            "fill": data["fill"],
            "fractional": data["fractional"],
            "close_at_end": data["close_at_end"],
            "commission": data["commission_pct"] / 100,
            "commission_fixed": data["commission_fixed"],
            "slippage": data["slippage_bps"] / 10_000,
            "spread": data["spread_bps"] / 10_000,
            "margin": data["margin_pct"] / 100,
            **{name: data[f"{name}_pct"] / 100 if data[f"{name}_pct"] else None for name in EXITS},
        }

    def add_refusal(self, error: forms.ValidationError) -> None:
        """Show a service's refusal at the field it names, else above the form."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        places = {"starts_at": "starts_on", "ends_at": "ends_on"}
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
        "strategy": run.strategy,
        "starts_on": run.starts_at.astimezone(zone).date() if run.starts_at else None,
        "ends_on": (run.ends_at - timedelta(days=1)).astimezone(zone).date()
        if run.ends_at
        else None,
        "initial_cash": run.initial_cash.quantize(Decimal("0.01")),
        "side": run.side,
        "fill": run.fill,
        "fractional": run.fractional,
        "close_at_end": run.close_at_end,
        "commission_pct": round(100 * run.commission, 6),
        "commission_fixed": run.commission_fixed,
        "slippage_bps": round(10_000 * run.slippage, 6),
        "spread_bps": round(10_000 * run.spread, 6),
        "margin_pct": round(100 * run.margin, 6),
        **{
            f"{name}_pct": round(100 * level, 6)
            for name in EXITS
            if (level := getattr(run, name)) is not None
        },
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
