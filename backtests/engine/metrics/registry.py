"""The registry of metrics: what each figure is, in words, with its unit and source."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

GROUPS = ("returns", "risk", "trades", "costs", "benchmark", "confidence")
UNITS = ("money", "fraction", "ratio", "count", "days", "per_year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure of a run.

    Parameters
    ----------
    name : str
        Key in the result, the API and the database.
    label : str
        Words on the screen.
    unit : str
        One of `UNITS`; a fraction is shown as per cent, "per_year" is a count each year.
    group : str
        One of `GROUPS`.
    formula : str
        The definition, readable without mathematics set in type.
    description : str
        What it tells a trader.
    source : str
        Book, paper or standard of this definition.
    annualised : bool
        Whether it depends on the number of returns a year.
    higher_is_better : bool or None
        None where neither end is good.
    undefined_when : str
        Why the value can be NaN; empty if it cannot.
    """

    name: str
    label: str
    unit: str
    group: str
    formula: str
    description: str
    source: str
    annualised: bool = False
    higher_is_better: bool | None = None
    undefined_when: str = ""


def index_by_name(*catalogues: tuple[Metric, ...]) -> Mapping[str, Metric]:
    """Return the metrics of `catalogues` by name, in order; a name used twice is refused."""
    metrics = [metric for catalogue in catalogues for metric in catalogue]
    names = {metric.name: metric for metric in metrics}
    if len(names) != len(metrics):
        raise ValueError("two metrics have the same name")
    return MappingProxyType(names)
