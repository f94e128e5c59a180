from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from greeks.selectors.chains import EXERCISES
from greeks.selectors.legs import KINDS, LARGEST_QUANTITY, MOST_LEGS, LegTerms
from greeks.selectors.positions import LARGEST_VOL_SHIFT, UNITS, PositionView, Scenario

LEG_FIELDS = ("side", "quantity", "kind", "strike", "expires", "premium", "vol_pct")
MOST_DAYS = 3700


def _number(label: str, low: float | None, high: float, **kwargs: Any) -> Any:
    widget = forms.NumberInput(attrs={"step": "any"})
    kwargs.setdefault("required", False)
    least = "above 0" if low is not None and 0.0 < low < 1e-2 else f"from {low:,.0f}"  # noqa: PLR2004 -- only for the words
    words = f"Say a number {least} to {high:,.0f}."
    kwargs["error_messages"] = dict.fromkeys(("min_value", "max_value", "invalid"), words)
    return forms.FloatField(label=label, min_value=low, max_value=high, widget=widget, **kwargs)


class LegForm(forms.Form):
    """One leg; the fields of all legs share their names and go by their order."""

    side = forms.ChoiceField(choices=[("buy", "Buy"), ("sell", "Sell")], label="Side")
    quantity = forms.IntegerField(min_value=1, max_value=LARGEST_QUANTITY, label="Quantity")
    kind = forms.ChoiceField(choices=[(kind, kind.capitalize()) for kind in KINDS], label="Of")
    strike = _number("Strike", 1e-6, 1e6)
    expires = forms.DateField(required=False, label="Expires", widget=forms.Select)
    premium = _number("Entry price", 0.0, 1e6)
    vol_pct = _number("Volatility, %", 1e-3, 1000.0)

    def __init__(self, row: dict[str, Any], place: int, days: Sequence[date] = ()) -> None:
        super().__init__(row, auto_id=f"id_leg{place}_%s")
        self.place = place
        asked = str(row.get("expires") or "")
        listed = [day.isoformat() for day in days]
        unknown = [asked] if asked and asked not in listed else []
        self.fields["expires"].widget.choices = [(one, one) for one in ["", *unknown, *listed]]
        self._days = days

    def clean_expires(self) -> date | None:
        day: date | None = self.cleaned_data["expires"]
        if day is not None and self._days and day not in self._days:
            raise forms.ValidationError(f"No option expires on {day}. Choose a listed day.")
        return day

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("kind") != "stock":
            for name, text in (("strike", "Say the strike."), ("expires", "Choose the expiry.")):
                if name not in self.errors and data.get(name) is None:
                    self.add_error(name, text)
        return data

    def show_hints(self, premium: float, vol: float | None) -> None:
        """Write in empty fields what they stand for."""
        self.fields["premium"].widget.attrs["placeholder"] = f"{premium:.2f}"
        if vol is not None:
            self.fields["vol_pct"].widget.attrs["placeholder"] = f"{100.0 * vol:.1f}"

    @property
    def terms(self) -> LegTerms:
        """The leg."""
        data = self.cleaned_data
        sign = 1 if data["side"] == "buy" else -1
        if data["kind"] == "stock":
            return LegTerms("stock", sign * data["quantity"], premium=data["premium"])
        vol = data["vol_pct"]
        return LegTerms(
            data["kind"],
            sign * data["quantity"],
            data["strike"],
            data["expires"],
            data["premium"],
            None if vol is None else vol / 100.0,
        )


class ScenarioForm(forms.Form):
    """What is supposed of price, day and volatility, and how profit is told."""

    LIMITS: ClassVar[tuple[str, ...]] = ("spot", "days", "vol_points")
    spot = _number("Price of the underlying", 1e-6, 1e9)
    days = _number("Days from now", 0.0, MOST_DAYS)
    vol_points = _number("Volatility change, points", -LARGEST_VOL_SHIFT, LARGEST_VOL_SHIFT)
    basis = forms.ChoiceField(
        choices=[("mid", "At the mid"), ("natural", "At the ask, sold at the bid")],
        required=False,
        label="Entry without a price",
    )
    exercise = forms.ChoiceField(choices=list(EXERCISES.items()), required=False, label="Exercise")
    unit = forms.ChoiceField(choices=list(UNITS.items()), required=False, label="Tables in")

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        data = self.cleaned_data
        return Scenario(data["spot"], data["days"] or 0.0, data["vol_points"] or 0.0)


class PositionForm(forms.Form):
    """How a saved position is called."""

    name = forms.CharField(
        max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    notes = forms.CharField(
        max_length=2000, required=False, label="Notes", widget=forms.Textarea(attrs={"rows": 3})
    )


def leg_rows(query: QueryDict) -> list[dict[str, str]]:
    """Return the legs of an address, one a row: the fields' lists go by their order."""
    columns = {name: query.getlist(name) for name in LEG_FIELDS}
    size = max(len(column) for column in columns.values())
    return [
        {name: column[i] if i < len(column) else "" for name, column in columns.items()}
        for i in range(min(size, MOST_LEGS + 1))
    ]


def rows_of_view(view: PositionView) -> list[dict[str, str]]:
    """Return the legs of a position as the form has them."""
    return [row_of_terms(leg) for leg in view.terms]


def row_of_terms(leg: LegTerms) -> dict[str, str]:
    """Return one leg as the form has it."""
    return {
        "side": "buy" if leg.quantity > 0 else "sell",
        "quantity": str(abs(leg.quantity)),
        "kind": leg.kind,
        "strike": "" if leg.strike is None else f"{leg.strike:g}",
        "expires": "" if leg.expiration is None else leg.expiration.isoformat(),
        "premium": "" if leg.premium is None else f"{leg.premium:.10g}",
        "vol_pct": "" if leg.vol is None else f"{100.0 * leg.vol:.10g}",
    }


def changed_rows(rows: list[dict[str, str]], action: str) -> list[dict[str, str]]:
    """Return the legs after a press: add, reprice, or flip, duplicate and remove with a place."""
    verb, _, place = action.partition(":")
    i = int(place) if place.isdecimal() and len(place) < len("100") else -1
    has = 0 <= i < len(rows)
    if verb == "add":
        return [*rows, {**(rows[-1] if rows else {}), **NEW_PRICES, "side": "buy"}]
    if verb == "reprice":
        return [{**row, **NEW_PRICES} for row in rows]
    if verb == "remove" and has:
        return rows[:i] + rows[i + 1 :]
    if verb == "duplicate" and has:
        return [*rows[: i + 1], *rows[i:]]
    if verb == "flip" and has:
        side = "sell" if rows[i]["side"] == "buy" else "buy"
        return [*rows[:i], {**rows[i], "side": side, "premium": ""}, *rows[i + 1 :]]
    return rows


NEW_PRICES = {"premium": "", "vol_pct": ""}
