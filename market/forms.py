from datetime import UTC, date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from market.engine import CALENDARS, TIMEFRAMES
from market.models import check_symbol
from market.vendors import SimulatedVendor
from market.vendors.simulated import SAMPLES
from pulse.common.time import start_of_day

ZONES = (
    "UTC",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Toronto",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Zurich",
    "Europe/Istanbul",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Hong_Kong",
    "Asia/Tokyo",
    "Australia/Sydney",
)
TIMEFRAME_NAMES = {
    "1s": "1 second",
    "1m": "1 minute",
    "1h": "1 hour",
    "1d": "1 day",
    "1w": "1 week",
    "1mo": "1 month",
}


def timeframe_label(code: str) -> str:
    """Write a timeframe's code in words: 5 minutes, 1 day."""
    if code in TIMEFRAME_NAMES:
        return TIMEFRAME_NAMES[code]
    return f"{code[:-1]} {'minutes' if code.endswith('m') else 'hours'}"


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Prices, CSV or Parquet",
        help_text="At most 50 MiB. Drop it here, or choose it.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.parquet"}),
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
    )
    symbol = forms.CharField(
        max_length=24,
        help_text="What the prices belong to, as AAPL or BTC/USD.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    timeframe = forms.ChoiceField(
        choices=[
            ("", "Read off the file"),
            *((code, timeframe_label(code)) for code in TIMEFRAMES),
        ],
        required=False,
        label="Bar",
    )
    zone = forms.ChoiceField(
        label="Time zone", help_text="Of times that name none. Plain dates need no zone."
    )
    calendar = forms.ChoiceField(
        choices=[("", "Guess from the times"), *((name, name) for name in CALENDARS)],
        required=False,
        label="Market hours",
        help_text="Bars that these hours expect and the file lacks are listed as gaps.",
    )
    stamped_by = forms.ChoiceField(
        choices=[
            ("auto", "As this vendor does"),
            ("close", "Close of the bar"),
            ("open", "Open of the bar"),
        ],
        required=False,
        label="Times mark the",
        help_text="A bar is known at its close: opening times are moved to it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = timezone.get_current_timezone_name()
        zones = ZONES if own in ZONES else (*ZONES, own)
        self.fields["zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]

    def clean_symbol(self) -> str:
        symbol = str(self.cleaned_data["symbol"]).strip().upper()
        check_symbol(symbol)
        return symbol

    def spec(self) -> dict[str, Any]:
        """Return the keyword arguments of `stage_upload`."""
        data = self.cleaned_data
        return {
            "file": data["file"],
            "file_name": data["file"].name,
            "symbol": data["symbol"],
            "timeframe": data["timeframe"],
            "zone": data["zone"],
            "calendar": data["calendar"],
            "stamped_by": data["stamped_by"] or "auto",
        }


class SimulateForm(forms.Form):
    symbol = forms.ChoiceField(
        choices=[(symbol, f"{symbol}, {sample.name}") for symbol, sample in SAMPLES.items()]
    )
    timeframe = forms.ChoiceField(
        choices=[(code, timeframe_label(code)) for code in SimulatedVendor.timeframes],
        label="Bar",
        initial="1d",
    )
    starts_on = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label="To, inclusive", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["starts_on"].initial = today - timedelta(days=3653)
        self.fields["ends_on"].initial = today - timedelta(days=1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts_on, ends_on = data.get("starts_on"), data.get("ends_on")
        if ends_on:
            data["ends_on"] = min(ends_on, self.today)
        if starts_on and ends_on and starts_on > ends_on:
            self.add_error("ends_on", "The end must not come before the start.")
        return data

    def spec(self) -> dict[str, Any]:
        """Return the keyword arguments of `fetch_bars`."""
        data = self.cleaned_data
        return {
            "symbol": data["symbol"],
            "timeframe": data["timeframe"],
            "start": start_of_day(data["starts_on"], UTC),
            "end": start_of_day(data["ends_on"], UTC, later=1),
        }


def add_refusal(form: forms.Form, error: forms.ValidationError, names: dict[str, str]) -> None:
    """Show a service's refusal at the fields that it names, else above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, messages in error.message_dict.items():
        field = names.get(name, name)
        form.add_error(field if field in form.fields else None, messages)
