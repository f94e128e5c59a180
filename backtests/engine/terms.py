"""Terms of a run: the account, what trading costs, and how orders fill."""

import math
from dataclasses import asdict, dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from backtests.engine.signals import SIDES

FILLS = ("next_open", "close")

RULES = np.dtype(
    [
        ("commission", "f8"),
        ("commission_fixed", "f8"),
        ("adverse", "f8"),
        ("leverage", "f8"),
        ("stop_loss", "f8"),
        ("take_profit", "f8"),
        ("trail", "f8"),
        ("fractional", "i8"),
        ("fills_at_close", "i8"),
    ],
    align=True,
)


class TermOptions(TypedDict, total=False):
    """Keywords of `run` and `sweep` beside `cash`; `Terms` says what each means."""

    side: str
    commission: float
    commission_fixed: float
    slippage: float
    spread: float
    fractional: bool
    margin: float
    fill: str
    close_at_end: bool
    stop_loss: float | None
    take_profit: float | None
    trail: float | None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """All that decides a run beside the bars and the strategy.

    Parameters
    ----------
    cash : float, account currency
        Above 0.
    side : {"both", "long", "short"}
        Sides that may be traded.
    commission : float, fraction of traded value
        Per fill, in [0, 1).
    commission_fixed : float, account currency
        Per order; a reversal is two orders.
    slippage : float, fraction of price
        Against the trader, on every fill.
    spread : float, fraction of price
        Full width; every fill pays half.
    fractional : bool
        Sizes need not be whole units.
    margin : float
        Initial margin as a fraction of the position's value, in (0, 1]; leverage is 1 / margin.
    fill : {"next_open", "close"}
        Where an order decided at a close fills: the next open, or that close.
    close_at_end : bool
        Queue an exit on the last bar but one, filled as `fill` says.
    stop_loss, take_profit : float, fraction of the signal bar's close, optional
        Distance of the exit levels; where a strategy sets its own level, that one holds.
    trail : float, fraction of the signal bar's close, optional
        Distance at which a stop follows the best price seen since the entry.

    Raises
    ------
    ValueError
        If a value is out of its range; the text names it.
    """

    cash: float
    side: str = "both"
    commission: float = 0.0
    commission_fixed: float = 0.0
    slippage: float = 0.0
    spread: float = 0.0
    fractional: bool = False
    margin: float = 1.0
    fill: str = "next_open"
    close_at_end: bool = False
    stop_loss: float | None = None
    take_profit: float | None = None
    trail: float | None = None

    def __post_init__(self) -> None:
        _check_choice("side", self.side, SIDES)
        _check_choice("fill", self.fill, FILLS)
        if not (math.isfinite(self.cash) and self.cash > 0):
            raise ValueError(f"cash must be above 0, not {self.cash}")
        if not 0 < self.margin <= 1:
            raise ValueError(f"margin must be above 0 and at most 1, not {self.margin}")
        if not (math.isfinite(self.commission_fixed) and self.commission_fixed >= 0):
            raise ValueError(f"commission_fixed must not be negative, not {self.commission_fixed}")
        for name in ("commission", "slippage", "spread"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be a fraction in [0, 1), not {getattr(self, name)}")
        for name in ("stop_loss", "trail"):
            if getattr(self, name) is not None and not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must be a fraction in (0, 1), not {getattr(self, name)}")
        if self.take_profit is not None and not 0 < self.take_profit < math.inf:
            raise ValueError(f"take_profit must be above 0, not {self.take_profit}")

    def as_dict(self) -> dict[str, object]:
        """Return all terms by name, as they enter the fingerprint."""
        return asdict(self)

    def rules(self) -> npt.NDArray[np.void]:
        """Return the terms as the one-row record array the kernels read."""
        rules = np.zeros(1, dtype=RULES)
        for name in ("commission", "commission_fixed", "fractional"):
            rules[name] = getattr(self, name)
        for name in ("stop_loss", "take_profit", "trail"):
            value = getattr(self, name)
            rules[name] = math.nan if value is None else value
        rules["adverse"] = self.slippage + self.spread / 2.0
        rules["leverage"] = 1.0 / self.margin
        rules["fills_at_close"] = self.fill == "close"
        return rules.view(np.recarray)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
