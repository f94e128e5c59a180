from typing import Any

from django import forms

from backtests.engine.terms import N_TIERS
from backtests.models import BacktestRun

FROM_CLOSE = "From the close of the signal's bar."
PARTS = {"equity", "volatility", "kelly"}  # sizes that are per cent on the page

# Field of the form -> field of the run, and how many of the page's units make one inside.
SCALED = {
    "commission_pct": ("commission", 100),
    "slippage_bps": ("slippage", 10_000),
    "slippage_impact_bps": ("slippage_impact", 10_000),
    "spread_bps": ("spread", 10_000),
    "volume_limit_pct": ("volume_limit", 100),
    "borrow_rate_pct": ("borrow_rate", 100),
    "financing_rate_pct": ("financing_rate", 100),
    "margin_pct": ("margin", 100),
    "maintenance_pct": ("maintenance", 100),
    "stop_loss_pct": ("stop_loss", 100),
    "take_profit_pct": ("take_profit", 100),
    "trail_pct": ("trail", 100),
    "size_cap_pct": ("size_cap", 100),
}
PLAIN = (
    *("side", "fill", "intrabar", "fractional", "close_at_end", "delay"),
    *("sizing", "size_window", "commission_fixed", "commission_per_unit", "commission_min"),
)
FILLS = ("intrabar", "detail", "volume_limit_pct", "delay")
FEES = (
    *("commission_per_unit", "commission_min", "commission_tiers", "slippage_impact_bps"),
    *("maintenance_pct", "borrow_rate_pct", "financing_rate_pct", "size_window", "size_cap_pct"),
)
FIELD_OF = {inside: page for page, (inside, _) in SCALED.items()}


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
        return "\n".join(f"{start:g} {round(100 * rate, 6):g}" for start, rate in value)


def _tier(number: int, line: str) -> list[float]:
    try:
        start, per_cent = (float(part) for part in line.replace(",", " ").split())
    except ValueError as error:
        raise forms.ValidationError(
            f"Line {number}: write a value and a percentage, like 100000 0.05."
        ) from error
    if not (0 <= start < 1e15 and 0 <= per_cent < 100):  # noqa: PLR2004 -- not NaN, not a whole price
        raise forms.ValidationError(f"Line {number}: {line.strip()} is out of range.")
    return [start, per_cent / 100]


class TermsForm(forms.ModelForm[BacktestRun]):
    """The account, the costs and how orders fill; percentages on the page, fractions inside."""

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
    size_amount = forms.FloatField(
        required=False,
        min_value=0,
        label="Amount",
        help_text="Units, cash, or per cent of what the size names.",
    )
    size_window = forms.IntegerField(
        required=False,
        min_value=2,
        max_value=5000,
        initial=20,
        label="Window",
        help_text="Bars that measure volatility, or trades before Kelly counts.",
    )
    size_cap_pct = forms.FloatField(
        required=False,
        min_value=1,
        max_value=10_000,
        initial=100,
        label="At most",
        help_text="Of equity, for volatility and Kelly.",
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
    commission_tiers = TiersField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "100000 0.05"}),
        label="Commission steps",
        help_text="A line each: value traded so far, and per cent from there on.",
    )
    slippage_impact_bps = forms.FloatField(
        required=False,
        min_value=0,
        max_value=5000,
        initial=0,
        label="Market impact",
        help_text="Times the squared share of the bar's volume.",
    )
    volume_limit_pct = forms.FloatField(
        required=False,
        min_value=0,
        max_value=99,
        initial=0,
        label="Largest entry",
        help_text="Of the bar's volume; 0 is no limit.",
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
    maintenance_pct = forms.FloatField(
        required=False,
        min_value=0,
        max_value=99,
        initial=0,
        label="Maintenance margin",
        help_text="Below it the position is liquidated; 0 is never.",
    )
    delay = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        initial=0,
        label="Delay",
        help_text="Bars that decisions wait: a stress test.",
    )

    class Meta:
        model = BacktestRun
        fields = ["side", "fill", "intrabar", "sizing", "fractional", "close_at_end"]
        labels = {
            "side": "Direction",
            "fill": "Fill market orders at",
            "intrabar": "Inside a bar, assume",
            "sizing": "Size of an entry",
            "fractional": "Fractional units",
            "close_at_end": "Close the open position at the end",
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("sizing") not in (None, "all") and not data.get("size_amount"):
            self.add_error("size_amount", "Say how much.")
        return data

    @property
    def opens_fills(self) -> bool:
        """Whether a term of the fills that is folded away was changed or refused."""
        return self._shows(FILLS)

    @property
    def opens_fees(self) -> bool:
        """Whether a fee or margin that is folded away was changed or refused."""
        return self._shows(FEES)

    def _shows(self, names: tuple[str, ...]) -> bool:
        return any(
            name in self.errors
            or self.fields[name].has_changed(self.fields[name].initial, self[name].value())
            for name in names
        )

    def terms(self) -> dict[str, Any]:
        """Return the terms as keywords of `request_run`."""
        data = self.cleaned_data
        values = {name: self._given(name) for name in PLAIN}
        for page, (inside, scale) in SCALED.items():
            given = self._given(page)
            values[inside] = None if given is None else given / scale
        amount = data["size_amount"] or 1.0
        values["size_value"] = amount / 100 if data["sizing"] in PARTS else amount
        if data["sizing"] == BacktestRun.Size.ALL:
            values["size_value"] = 1.0
        return {**values, "commission_tiers": data["commission_tiers"] or []}

    def _given(self, name: str) -> Any:
        """Return what was entered; of a field left empty, its default."""
        value = self.cleaned_data[name]
        return self.fields[name].initial if value is None else value


def terms_on_page(run: BacktestRun) -> dict[str, Any]:
    """Return the terms of a run as the values of a form's fields."""
    values = {name: getattr(run, name) for name in (*PLAIN, "commission_tiers")}
    for page, (inside, scale) in SCALED.items():
        if (value := getattr(run, inside)) is not None:
            values[page] = round(scale * value, 6)
    if run.sizing != BacktestRun.Size.ALL:
        scale = 100 if run.sizing in PARTS else 1
        values["size_amount"] = round(scale * run.size_value, 6)
    return values
