"""The terms of a run as people read them: a label, words and the bare value with its unit."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from backtests.models import BacktestRun
from backtests.selectors.runs import terms_of
from pulse.common.templatetags.figures import MISSING, count, figure


class Term(NamedTuple):
    """One term: its name in the API, its label, its value, the value in words and its unit."""

    name: str
    label: str
    value: Any
    text: str
    unit: str


def _exact_percent(value: Any) -> str:
    return f"{100 * value:.10g}%"


def _exact(value: Any) -> str:
    text = figure(value, 8).rstrip("0").rstrip(".")
    return text or MISSING


def _or_none(write: Callable[[Any], str], nothing: str) -> Callable[[Any], str]:
    return lambda value: write(value) if value else nothing


def _choice(choices: Any) -> Callable[[Any], str]:
    labels = dict(choices)
    return lambda value: str(labels.get(value, value))


def _yes_no(yes: str, no: str) -> Callable[[Any], str]:
    return lambda value: yes if value else no


def _tiers(value: Any) -> str:
    return ", ".join(f"{_exact_percent(rate)} from {figure(amount, 0)}" for amount, rate in value)


TERMS: tuple[tuple[str, str, str, Callable[[Any], str]], ...] = (
    ("initial_cash", "Starting cash", "money", _exact),
    ("side", "Direction", "", _choice(BacktestRun.Side.choices)),
    ("fill", "Market orders fill at", "", _choice(BacktestRun.Fill.choices)),
    ("delay", "Decisions wait", "bars", _or_none(lambda n: f"{count(n)} bars", "not at all")),
    ("sizing", "Size of an entry", "", _choice(BacktestRun.Size.choices)),
    ("size_value", "Size value", "", _exact),
    ("size_window", "Size window", "bars or trades", count),
    ("size_cap", "Largest size", "fraction of equity", _exact_percent),
    ("fractional", "Units", "", _yes_no("fractions allowed", "whole")),
    ("margin", "Initial margin", "fraction", _exact_percent),
    ("maintenance", "Maintenance margin", "fraction", _or_none(_exact_percent, "none")),
    ("commission", "Commission", "fraction a side", _exact_percent),
    ("commission_fixed", "Commission an order", "money", _exact),
    ("commission_per_unit", "Commission a unit", "money", _exact),
    ("commission_min", "Least commission", "money an order", _exact),
    ("commission_tiers", "Commission tiers", "value, fraction", _or_none(_tiers, "none")),
    ("slippage", "Slippage", "fraction of price", _exact_percent),
    ("slippage_impact", "Slippage by volume", "fraction of price", _exact_percent),
    ("spread", "Spread", "fraction of price", _exact_percent),
    ("volume_limit", "Largest share of volume", "fraction", _or_none(_exact_percent, "no limit")),
    ("borrow_rate", "Borrowing, short", "fraction a year", _exact_percent),
    ("financing_rate", "Financing, borrowed cash", "fraction a year", _exact_percent),
    ("stop_loss", "Stop loss", "fraction of price", _or_none(_exact_percent, "none")),
    ("take_profit", "Target", "fraction of price", _or_none(_exact_percent, "none")),
    ("trail", "Trailing stop", "fraction of price", _or_none(_exact_percent, "none")),
    ("intrabar", "Stop and target in one bar", "", _choice(BacktestRun.Intrabar.choices)),
    ("close_at_end", "At the end", "", _yes_no("position closed", "position marked at the close")),
)
SIZE_DETAILS = {"size_value", "size_window", "size_cap"}


def written_terms(values: Mapping[str, Any]) -> list[Term]:
    """Return the terms among `values`, in the order of the form, with labels and words."""
    return [
        Term(name, label, values[name], write(values[name]), unit)
        for name, label, unit, write in TERMS
        if name in values
    ]


def terms_in_words(run: BacktestRun) -> list[Term]:
    """Return the terms of a run, with labels and words."""
    values = {name: getattr(run, name) for name, *_ in TERMS}
    return written_terms({**values, **_size_of_rules(run)})


def _size_of_rules(run: BacktestRun) -> dict[str, Any]:
    """Return the size that the rules of a run name, where the run leaves it to them."""
    if run.rules is None or run.sizing != BacktestRun.Size.ALL:
        return {}
    sizing = terms_of(run)["sizing"]
    is_named = sizing.kind != BacktestRun.Size.ALL
    return {"sizing": sizing.kind, "size_value": sizing.value} if is_named else {}


def terms_in_effect(run: BacktestRun) -> list[Term]:
    """Return the terms that changed something in the run: no zeros, no sizes that were not used."""
    idle = set() if run.sizing != BacktestRun.Size.ALL else SIZE_DETAILS - {*_size_of_rules(run)}
    if not (run.stop_loss or run.take_profit or run.trail):
        idle = idle | {"intrabar"}
    return [
        term
        for term in terms_in_words(run)
        if term.name not in idle and (term.value is False or term.value not in (None, 0, []))
    ]
