from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from backtests.engine.terms import N_TIERS
from backtests.models import AccountRun

Scaled = Mapping[str, tuple[str, int]]
"""Field of the form -> field of the run, and how many of the page's units make one inside."""

ACCOUNT_SCALED: Scaled = {
    "commission_pct": ("commission", 100),
    "slippage_bps": ("slippage", 10_000),
    "slippage_impact_bps": ("slippage_impact", 10_000),
    "spread_bps": ("spread", 10_000),
    "volume_limit_pct": ("volume_limit", 100),
    "borrow_rate_pct": ("borrow_rate", 100),
    "financing_rate_pct": ("financing_rate", 100),
    "margin_pct": ("margin", 100),
    "maintenance_pct": ("maintenance", 100),
}
ACCOUNT_PLAIN = ("fill", "fractional", "commission_fixed", "commission_per_unit", "commission_min")


def on_page(value: float, scale: int) -> float:
    """Return a number in the page's unit, digit by digit: 0.0007 is 0.07 per cent."""
    return float(Decimal(repr(value)) * scale)


def inside(value: float, scale: int) -> float:
    """Return a number of the page in our unit, digit by digit: 0.07 per cent is 0.0007."""
    return float(Decimal(repr(value)) / scale)


def cash_on_page(cash: Decimal) -> Decimal:
    """Return money with two decimals, or all of them where they are needed."""
    short = cash.quantize(Decimal("0.01"))
    return short if short == cash else cash


class TiersField(forms.Field):
    """Commission by traded value: a line for each step, `value per cent`."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> list[list[float]]:
        lines = [
            (n, line) for n, line in enumerate(str(value or "").splitlines(), 1) if line.strip()
        ]
        if len(lines) > N_TIERS:
            raise forms.ValidationError(f"At most {N_TIERS} steps.")
        return [_tier(number, line) for number, line in lines]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data) and super().has_changed(initial, data)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{_plain(start)} {_plain(on_page(rate, 100))}" for start, rate in value)


def _plain(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _tier(number: int, line: str) -> list[float]:
    try:
        start, per_cent = (float(part) for part in line.replace(",", " ").split())
    except ValueError as error:
        raise forms.ValidationError(
            f"Line {number}: write a value and a percentage, like 100000 0.05."
        ) from error
    if not (0 <= start < 1e15 and 0 <= per_cent < 100):  # noqa: PLR2004 -- not NaN, not a whole price
        raise forms.ValidationError(f"Line {number}: {line.strip()} is out of range.")
    return [start, inside(per_cent, 100)]


class AccountForm(forms.Form):
    """The account and its costs; percentages and basis points on the page, fractions inside."""

    scaled: ClassVar[Scaled] = ACCOUNT_SCALED
    plain: ClassVar[tuple[str, ...]] = ACCOUNT_PLAIN

    margin_pct = forms.FloatField(
        min_value=1, max_value=100, initial=100, label="Margin", help_text="100 % is no leverage."
    )
    commission_per_unit = forms.FloatField(
        required=False, min_value=0, initial=0, label="Fee a unit", help_text="In account currency."
    )
    commission_min = forms.FloatField(
        required=False,
        min_value=0,
        initial=0,
        label="Least fee",
        help_text="An order, in account currency.",
    )
    slippage_impact_bps = forms.FloatField(
        required=False,
        min_value=0,
        max_value=5000,
        initial=0,
        label="Market impact",
        help_text="Times the squared share of the bar's volume.",
    )
    borrow_rate_pct = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1000,
        initial=0,
        label="Borrow cost",
        help_text="A year, when short.",
    )
    financing_rate_pct = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1000,
        initial=0,
        label="Financing",
        help_text="A year, on borrowed cash.",
    )

    def entered(self) -> dict[str, Any]:
        """Return what was entered as fields of the run; a field left empty has its default."""
        values = {name: self._given(name) for name in self.plain}
        for page, (name, scale) in self.scaled.items():
            given = self._given(page)
            values[name] = None if given is None else inside(given, scale)
        return {**values, "commission_tiers": self.cleaned_data["commission_tiers"] or []}

    def _given(self, name: str) -> Any:
        value = self.cleaned_data[name]
        return self.fields[name].initial if value is None else value


def account_on_page(run: AccountRun, scaled: Scaled, plain: Iterable[str]) -> dict[str, Any]:
    """Return fields of a run as the values of a form's fields."""
    values = {name: getattr(run, name) for name in (*plain, "commission_tiers")}
    for page, (name, scale) in scaled.items():
        if (value := getattr(run, name)) is not None:
            values[page] = on_page(value, scale)
    return values
