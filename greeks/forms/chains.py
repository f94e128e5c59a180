from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from market.models import ChainUpload, check_symbol

NEW_YORK = ZoneInfo("America/New_York")
MOMENT = "%Y-%m-%dT%H:%M"
FIELDS = {
    "as_of": "as_of",
    "spot": "spot",
    "rate": "rate_pct",
    "dividend_yield": "dividend_yield_pct",
    "multiplier": "multiplier",
}
"""Names that `ChainTerms` and the forms have for the same thing."""


def _number(label: str, low: float, high: float = 1e9, **kwargs: Any) -> Any:
    widget = forms.NumberInput(attrs={"step": "any"})
    return forms.FloatField(
        label=label, min_value=low, max_value=high, required=False, widget=widget, **kwargs
    )


class ChainTermsForm(forms.Form):
    """What an option file may not say; empty: as the file does."""

    symbol = forms.CharField(
        max_length=24,
        required=False,
        label="Underlying",
        help_text="As SPY; empty: as the file says.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    as_of = forms.CharField(
        required=False,
        label="Quoted at, New York time",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    spot = _number("Price of the underlying", 1e-6)
    rate_pct = _number("Interest rate", -100.0, 100.0, help_text="Continuous, a year.")
    dividend_yield_pct = _number("Dividend yield", -100.0, 100.0, help_text="Continuous, a year.")
    multiplier = _number("Shares a contract", 1e-6, 1e6, help_text="100 if nothing says more.")

    def clean_symbol(self) -> str:
        symbol = str(self.cleaned_data["symbol"]).strip().upper()
        if symbol:
            check_symbol(symbol)
        return symbol

    def clean_as_of(self) -> datetime | None:
        text = str(self.cleaned_data["as_of"]).strip()
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise forms.ValidationError("Write the time as 2026-11-20 16:00.") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=NEW_YORK)

    def terms(self) -> dict[str, Any]:
        """Return the keyword arguments that `stage_chain` and `restate_chain` share."""
        data = self.cleaned_data
        return {
            "symbol": data["symbol"],
            "as_of": data["as_of"],
            "spot": data["spot"],
            "rate": _fraction(data["rate_pct"]),
            "dividend_yield": _fraction(data["dividend_yield_pct"]),
            "multiplier": data["multiplier"],
        }

    @staticmethod
    def initial_of(upload: ChainUpload) -> dict[str, Any]:
        """Return the terms of a chain as the form shows them."""
        return {
            "symbol": upload.symbol,
            "as_of": upload.as_of.astimezone(NEW_YORK).strftime(MOMENT),
            "spot": upload.spot,
            "rate_pct": round(100.0 * upload.rate, 10),
            "dividend_yield_pct": round(100.0 * upload.dividend_yield, 10),
            "multiplier": upload.multiplier,
        }


class ChainUploadForm(ChainTermsForm):
    """A file of option quotes, and what it may not say."""

    file = forms.FileField(
        label="Option quotes, CSV",
        help_text="At most 50 MiB and 50,000 contracts. Drop it here, or choose it.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv"}),
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
    )

    def spec(self) -> dict[str, Any]:
        """Return the keyword arguments of `stage_chain`."""
        file = self.cleaned_data["file"]
        return {"file": file, "file_name": file.name, **self.terms()}


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else percent / 100.0
