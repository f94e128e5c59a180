"""What a strategy is: named, versioned rules with typed parameters that emit signals."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from backtests.engine.signals import Signals
from market.engine import Bars

Value = int | float | bool | str
Params = Mapping[str, Value]

KINDS = ("int", "float", "bool", "choice")


class InvalidParams(ValueError):
    """Parameters a strategy cannot run with; `errors` says why, by parameter name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in self.errors.items()))


class StrategyFault(ValueError):
    """A strategy that raised, or returned something else than signals for the bars."""


@dataclass(frozen=True)
class Param:
    """One number, switch or choice a strategy is tuned by.

    Parameters
    ----------
    name, label : str
        `label` is what a form shows; the name with spaces if left out.
    kind : {"int", "float", "bool", "choice"}
    default : int, float, bool or str
    low, high : float, optional
        Bounds of a number, both allowed.
    step : float, optional
        Distance of neighbours in a grid.
    choices : tuple of str
        What a choice may be.
    help : str
        One line for the form.
    """

    name: str
    kind: str
    default: Value
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind of {self.name} must be one of {', '.join(KINDS)}")
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " ").capitalize())
        self.check(self.default)

    def check(self, value: object) -> Value:
        """Return `value` in this parameter's type; ValueError says what is wrong with it."""
        if isinstance(value, np.generic):
            value = value.item()
        if self.kind == "bool":
            if not isinstance(value, bool):
                raise ValueError("must be true or false")
            return value
        if self.kind == "choice":
            if not isinstance(value, str) or value not in self.choices:
                raise ValueError(f"must be one of {', '.join(self.choices)}")
            return value
        return self._check_number(value)

    def _check_number(self, value: object) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            raise ValueError("must be a number")
        number: int | float = value
        if self.kind == "int" and number != int(number):
            raise ValueError("must be a whole number")
        if self.low is not None and number < self.low:
            raise ValueError(f"must be at least {self.low:g}")
        if self.high is not None and number > self.high:
            raise ValueError(f"must be at most {self.high:g}")
        return int(number) if self.kind == "int" else float(number)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an int that no float holds
        return False


class Parameterised:
    """Something named and versioned that is tuned by typed parameters.

    Attributes
    ----------
    name, version : str
        Key in the registry; `version` changes whenever the decisions may.
    label, description : str
        What a page shows.
    params : tuple of Param
        In the order of the form.
    increasing : tuple of str
        Parameters each of which must be above the one before.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    version: ClassVar[str] = "1"
    description: ClassVar[str] = ""
    params: ClassVar[tuple[Param, ...]] = ()
    increasing: ClassVar[tuple[str, ...]] = ()

    def warm_up(self, params: Params) -> int:
        """Return the number of leading bars on which an indicator is not defined yet."""
        return 0

    def check(self, params: Params) -> None:
        """Raise InvalidParams where single values are fine but their combination is not."""
        for lower, upper in pairwise(self.increasing):
            if params[lower] >= params[upper]:  # type: ignore[operator]  # both are numbers
                raise InvalidParams(
                    {lower: f"must be below {upper}", upper: f"must be above {lower}"}
                )

    def resolve(self, given: Params | None = None) -> dict[str, Value]:
        """Return all parameters checked, with defaults for those not given.

        Raises
        ------
        InvalidParams
            Names every parameter that is unknown, of the wrong kind or out of bounds.
        """
        given = dict(given or {})
        errors, values = {}, {}
        for param in self.params:
            try:
                values[param.name] = param.check(given.pop(param.name, param.default))
            except ValueError as error:
                errors[param.name] = str(error)
        errors |= dict.fromkeys(given, f"is not a parameter of {self.name}")
        if errors:
            raise InvalidParams(errors)
        self.check(values)
        return values


class Strategy(Parameterised, ABC):
    """Rules that turn bars into signals; subclass it, name it, and the registry finds it."""

    @abstractmethod
    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return the decisions at each close of `bars`, made from that bar and earlier ones.

        Parameters
        ----------
        bars : Bars
        params : mapping of str to value
            Complete and checked, as `resolve` returns them.
        """
