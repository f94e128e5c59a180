"""Terms of a run: the account, what trading costs, and how orders fill."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TypedDict

import numpy as np

from backtests.engine.signals import SIDES
from backtests.engine.sizing import Sizing
from backtests.engine.state import Record

FILLS = ("next_open", "close")
PATHS = ("pessimistic", "optimistic", "ohlc")
PESSIMISTIC, OPTIMISTIC, OHLC = range(3)
ALL, UNITS, CASH, EQUITY, KELLY = range(5)
KINDS = {
    "all": ALL,
    "units": UNITS,
    "cash": CASH,
    "equity": EQUITY,
    "volatility": EQUITY,
    "kelly": KELLY,
}
N_TIERS = 8
FRACTIONS = ("commission", "slippage", "spread", "maintenance", "volume_limit")
AMOUNTS = (
    *("commission_fixed", "commission_per_unit", "commission_min", "slippage_impact"),
    *("borrow_rate", "financing_rate"),
)

RULES = np.dtype(
    [
        ("commission", "f8"),
        ("commission_fixed", "f8"),
        ("commission_per_unit", "f8"),
        ("commission_min", "f8"),
        ("n_tiers", "i8"),
        ("tier_from", "f8", (N_TIERS,)),
        ("tier_rate", "f8", (N_TIERS,)),
        ("adverse", "f8"),
        ("impact", "f8"),
        ("volume_limit", "f8"),
        ("borrow_rate", "f8"),
        ("financing_rate", "f8"),
        ("leverage", "f8"),
        ("maintenance", "f8"),
        ("stop_loss", "f8"),
        ("take_profit", "f8"),
        ("trail", "f8"),
        ("size_value", "f8"),
        ("size_cap", "f8"),
        ("size_kind", "i8"),
        ("kelly_trades", "i8"),
        ("path", "i8"),
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
    commission_per_unit: float
    commission_min: float
    commission_tiers: Sequence[tuple[float, float]]
    slippage: float
    slippage_impact: float
    volume_limit: float
    spread: float
    borrow_rate: float
    financing_rate: float
    fractional: bool
    margin: float
    maintenance: float
    fill: str
    intrabar: str
    delay: int
    close_at_end: bool
    stop_loss: float | None
    take_profit: float | None
    trail: float | None
    sizing: Sizing


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
    commission_per_unit : float, account currency
        Per unit or share.
    commission_min : float, account currency
        Least commission of an order.
    commission_tiers : sequence of (traded value, fraction), at most 8
        `commission` from that much traded value on; increasing values.
    slippage : float, fraction of price
        Against the trader, on every fill.
    slippage_impact : float, fraction of price
        Times the square of the order's share of the bar's volume (at most 1), on every fill.
    volume_limit : float, fraction of the bar's volume
        Largest entry; 0 for none.
    spread : float, fraction of price
        Full width; every fill pays half.
    borrow_rate : float, per year of 365.25 days
        On the value of a short position at the close before.
    financing_rate : float, per year of 365.25 days
        On the part of a long position's value that exceeds equity at the close before.
    fractional : bool
        Sizes need not be whole units.
    margin : float
        Initial margin as a fraction of the position's value, in (0, 1]; leverage is 1 / margin.
    maintenance : float
        Fraction of the position's value below which equity must not fall, at most `margin`;
        the position is liquidated where the bar reaches that price. 0: no liquidation before
        equity is used up at a close.
    fill : {"next_open", "close"}
        Where an order decided at a close fills: the next open, or that close.
    intrabar : {"pessimistic", "optimistic", "ohlc"}
        What is assumed where a bar touches stop and target: the stop came first, the target
        came first, or prices went from open to high to low to close.
    delay : int, bars
        Decisions are carried out that many bars later: a stress test.
    close_at_end : bool
        Queue an exit on the last bar but one, filled as `fill` says.
    stop_loss, take_profit : float, fraction of the signal bar's close, optional
        Distance of the exit levels; where a strategy sets its own level, that one holds.
    trail : float, fraction of the signal bar's close, optional
        Distance at which a stop follows the best price; it starts that far from that close.
    sizing : Sizing
        All cash times leverage if left out.

    Raises
    ------
    ValueError
        If a value is out of its range; the text names it.
    """

    cash: float
    side: str = "both"
    commission: float = 0.0
    commission_fixed: float = 0.0
    commission_per_unit: float = 0.0
    commission_min: float = 0.0
    commission_tiers: Sequence[tuple[float, float]] = ()
    slippage: float = 0.0
    slippage_impact: float = 0.0
    volume_limit: float = 0.0
    spread: float = 0.0
    borrow_rate: float = 0.0
    financing_rate: float = 0.0
    fractional: bool = False
    margin: float = 1.0
    maintenance: float = 0.0
    fill: str = "next_open"
    intrabar: str = "pessimistic"
    delay: int = 0
    close_at_end: bool = False
    stop_loss: float | None = None
    take_profit: float | None = None
    trail: float | None = None
    sizing: Sizing = field(default_factory=Sizing)

    def __post_init__(self) -> None:
        _check_choice("side", self.side, SIDES)
        _check_choice("fill", self.fill, FILLS)
        _check_choice("intrabar", self.intrabar, PATHS)
        if not (math.isfinite(self.cash) and self.cash > 0):
            raise ValueError(f"cash must be above 0, not {self.cash}")
        if not 0 < self.margin <= 1:
            raise ValueError(f"margin must be above 0 and at most 1, not {self.margin}")
        if self.maintenance > self.margin:
            raise ValueError(f"maintenance must not exceed margin, not {self.maintenance}")
        if self.delay < 0 or self.delay != int(self.delay):
            raise ValueError(f"delay must be a number of bars, not {self.delay}")
        self._check_ranges()
        self._check_tiers()

    def _check_ranges(self) -> None:
        for name in AMOUNTS:
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must not be negative, not {getattr(self, name)}")
        for name in FRACTIONS:
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be a fraction in [0, 1), not {getattr(self, name)}")
        for name in ("stop_loss", "trail"):
            if getattr(self, name) is not None and not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must be a fraction in (0, 1), not {getattr(self, name)}")
        if self.take_profit is not None and not 0 < self.take_profit < math.inf:
            raise ValueError(f"take_profit must be above 0, not {self.take_profit}")

    def _check_tiers(self) -> None:
        values = [value for value, _ in self.commission_tiers]
        if len(values) > N_TIERS or values != sorted(set(values)):
            raise ValueError(f"commission_tiers must be at most {N_TIERS}, of increasing value")
        if not all(value >= 0 and 0 <= rate < 1 for value, rate in self.commission_tiers):
            raise ValueError("commission_tiers must be pairs of a value and a fraction in [0, 1)")

    @property
    def has_levels(self) -> bool:
        """Whether something may close a position inside a bar."""
        levels = (self.stop_loss, self.take_profit, self.trail, self.maintenance or None)
        return any(level is not None for level in levels)

    def as_dict(self) -> dict[str, object]:
        """Return all terms by name, as they enter the fingerprint."""
        return asdict(self)

    def rules(self) -> Record:
        """Return the terms as the one-row record array the kernels read."""
        rules = np.zeros(1, dtype=RULES)
        for name in RULES.names or ():
            if hasattr(self, name):
                value = getattr(self, name)
                rules[name] = math.nan if value is None else value
        rules["n_tiers"] = len(self.commission_tiers)
        for j, (value, rate) in enumerate(self.commission_tiers):
            rules["tier_from"][0, j], rules["tier_rate"][0, j] = value, rate
        rules["adverse"] = self.slippage + self.spread / 2.0
        rules["impact"] = self.slippage_impact
        rules["leverage"] = 1.0 / self.margin
        rules["size_kind"] = KINDS[self.sizing.kind]
        # a target volatility comes as weights: the fraction of equity at each bar
        rules["size_value"] = 1.0 if self.sizing.kind == "volatility" else self.sizing.value
        rules["size_cap"] = self.sizing.cap
        rules["kelly_trades"] = self.sizing.min_trades
        rules["path"] = PATHS.index(self.intrabar)
        rules["fills_at_close"] = self.fill == "close"
        return rules.view(np.recarray)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
