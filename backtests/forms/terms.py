from typing import Any

from django import forms

from backtests.forms.account import (
    ACCOUNT_PLAIN,
    ACCOUNT_SCALED,
    AccountForm,
    Scaled,
    TiersField,
    account_on_page,
    inside,
    on_page,
)
from backtests.models import BacktestRun

FROM_CLOSE = "From the close of the signal's bar."
PARTS = {"equity", "volatility", "kelly"}  # sizes that are per cent on the page

SCALED: Scaled = {
    **ACCOUNT_SCALED,
    "stop_loss_pct": ("stop_loss", 100),
    "take_profit_pct": ("take_profit", 100),
    "trail_pct": ("trail", 100),
    "size_cap_pct": ("size_cap", 100),
}
PLAIN = (
    *ACCOUNT_PLAIN,
    *("side", "intrabar", "close_at_end", "delay", "sizing", "size_window"),
)
FILLS = ("intrabar", "detail", "volume_limit_pct", "delay")
FEES = (
    *("commission_per_unit", "commission_min", "commission_tiers", "slippage_impact_bps"),
    *("maintenance_pct", "borrow_rate_pct", "financing_rate_pct", "size_window", "size_cap_pct"),
)
FIELD_OF = {name: page for page, (name, _) in SCALED.items()}


class TermsForm(AccountForm, forms.ModelForm[BacktestRun]):
    """The account, the costs and how orders fill; percentages on the page, fractions inside."""

    scaled = SCALED
    plain = PLAIN

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
    commission_tiers = TiersField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "100000 0.05"}),
        label="Commission steps",
        help_text="A line each: value traded so far, and per cent from there on.",
    )
    volume_limit_pct = forms.FloatField(
        required=False,
        min_value=0,
        max_value=99,
        initial=0,
        label="Largest entry",
        help_text="Of the bar's volume; 0 is no limit.",
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
        values = self.entered()
        amount = data["size_amount"] or 1.0
        values["size_value"] = inside(amount, 100) if data["sizing"] in PARTS else amount
        if data["sizing"] == BacktestRun.Size.ALL:
            values["size_value"] = 1.0
        return values


def terms_on_page(run: BacktestRun) -> dict[str, Any]:
    """Return the terms of a run as the values of a form's fields."""
    values = account_on_page(run, SCALED, PLAIN)
    if run.sizing != BacktestRun.Size.ALL:
        scale = 100 if run.sizing in PARTS else 1
        values["size_amount"] = on_page(run.size_value, scale)
    return values
