import math
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms

from greeks.engine.clock import CalendarClock, expiry_of
from greeks.engine.units import DAYS_PER_YEAR
from greeks.selectors.batches import GIVEN_YEARS, MOST_DIVIDENDS
from greeks.selectors.calculator import OptionTerms
from pulse.common.time import to_ns

FIRST_EXPIRY, LAST_EXPIRY = date(1990, 1, 8), date(2040, 12, 1)
LAST_DIVIDEND, LARGEST_CASH = 36_500.0, 1e6
EITHER = "Say the volatility or the price, not both."


def _number(label: str, low: float | None = 0.0, high: float = 1e9, **kwargs: Any) -> Any:
    widget = forms.NumberInput(attrs={"step": "any"})
    return forms.FloatField(label=label, min_value=low, max_value=high, widget=widget, **kwargs)


class CalculatorForm(forms.Form):
    """One option; percentages on the page, fractions inside."""

    EXAMPLE: ClassVar[dict[str, str]] = {
        "kind": "call",
        "style": "european",
        "spot": "100",
        "strike": "105",
        "years": "0.25",
        "rate_pct": "4",
        "dividend_yield_pct": "1",
        "vol_pct": "20",
    }

    kind = forms.ChoiceField(
        choices=[("call", "Call"), ("put", "Put")], widget=forms.RadioSelect, label="Right"
    )
    style = forms.ChoiceField(
        choices=[("european", "European"), ("american", "American")],
        widget=forms.RadioSelect,
        label="Exercise",
    )
    spot = _number("Underlying")
    strike = _number("Strike")
    expires_on = forms.DateField(
        required=False,
        label="Expires on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="At the close in New York.",
    )
    years = _number("Or years left", required=False, high=100.0)
    rate_pct = _number("Interest rate", low=-20.0, high=100.0)
    dividend_yield_pct = _number("Dividend yield", low=-20.0, high=100.0)
    dividends = forms.CharField(
        max_length=200,
        required=False,
        label="Cash dividends",
        help_text="Days and cash, as 10 3, 101 3. American only.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    vol_pct = _number("Volatility", required=False, high=1000.0)
    price = _number("Or market price", required=False, help_text="Then volatility is found.")

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and not FIRST_EXPIRY <= day <= LAST_EXPIRY:
            raise forms.ValidationError(
                f"Choose a day from {FIRST_EXPIRY} to {LAST_EXPIRY}: the known market calendar."
            )
        return day

    def clean_dividends(self) -> tuple[tuple[float, float], ...]:
        """Return years from now and cash of each."""
        found = []
        for part in filter(None, map(str.strip, str(self.cleaned_data["dividends"]).split(","))):
            try:
                days, cash = (float(word) for word in part.split())
            except ValueError as error:
                raise forms.ValidationError("Write days and cash, as 10 3, 101 3.") from error
            if not (0.0 < days <= LAST_DIVIDEND and 0.0 <= cash <= LARGEST_CASH):
                raise forms.ValidationError("Days are above 0, cash is not negative.")
            found.append((days / DAYS_PER_YEAR, cash))
        if len(found) > MOST_DIVIDENDS:
            raise forms.ValidationError(f"At most {MOST_DIVIDENDS} dividends.")
        return tuple(found)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("dividends") and data.get("style") == "european":
            self.add_error("dividends", "Choose American exercise, or say a dividend yield.")
        if "expires_on" in data and "years" in data and not self.errors.keys() & {"years"}:
            given = (data["expires_on"] is not None) + (data["years"] is not None)
            if given != 1:
                self.add_error("years", "Say the day of expiry or the years left, one of them.")
        if "vol_pct" in data and "price" in data:
            if data["vol_pct"] is not None and data["price"] is not None:
                self.add_error("price", EITHER)
            if data["vol_pct"] is None and data["price"] is None:
                self.add_error("vol_pct", "Say the volatility, or a price to find it from.")
        return data

    def terms(self, now: datetime) -> OptionTerms:
        """Return the option, its time counted from `now`."""
        data = self.cleaned_data
        vol = data["vol_pct"]
        return OptionTerms(
            kind=1 if data["kind"] == "call" else -1,
            style=data["style"],
            spot=data["spot"],
            strike=data["strike"],
            years=self._years(now),
            rate=data["rate_pct"] / 100,
            dividend_yield=data["dividend_yield_pct"] / 100,
            vol=math.nan if vol is None else vol / 100,
            market_price=data["price"],
            dividends=data["dividends"],
        )

    @property
    def clock(self) -> str:
        """How the time to expiry is counted."""
        is_date = self.cleaned_data["expires_on"] is not None
        return CalendarClock().label if is_date else GIVEN_YEARS

    def _years(self, now: datetime) -> float:
        day = self.cleaned_data["expires_on"]
        if day is None:
            return float(self.cleaned_data["years"])
        return float(CalendarClock().years(to_ns(now), expiry_of(day).expires_ns).years)
