"""Signals: what a strategy wants at each close."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from market.engine.bars import Float1D

Bool1D = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Number = TypeVar("Number", np.int8, np.float64)

ENTER_LONG, EXIT_LONG, ENTER_SHORT, EXIT_SHORT = 1, 2, 4, 8
EXIT_ALL = EXIT_LONG | EXIT_SHORT
SIDES = ("both", "long", "short")
FLAGS = ("entry_long", "exit_long", "entry_short", "exit_short")
PRICES = ("stop", "target", "trail", "limit_price", "stop_price", "weight")


@dataclass(frozen=True, eq=False)
class Signals:
    """Decisions of a strategy, each taken at the close of its bar.

    Parameters
    ----------
    entry_long, exit_long, entry_short, exit_short : bool[n_bars]
        What to do when the bar has closed.
    stop, target : float64[n_bars], price, or None
        Exit levels of a position entered on this bar's signal; NaN for none.
    trail : float64[n_bars], price, or None
        Distance of a trailing stop for a position entered on this bar's signal; NaN for none.
    limit_price, stop_price : float64[n_bars], price, or None
        Makes an entry wait: for a price at least as good as the limit, for the stop to be
        reached, or, with both, for the limit once the stop is reached. NaN for a market order.
    weight : float64[n_bars], fraction of equity, or None
        Size of an entry, where the terms of the run leave it to the strategy; NaN for none.
    valid_bars : int
        Bars after the signal in which a waiting entry may fill.

    Raises
    ------
    ValueError
        If an array has another length or type; the text names it.

    Notes
    -----
    An entry in the direction already held is ignored. An entry in the other direction reverses
    the position, or ends it where that side is not traded. Entries both ways on one bar cancel
    each other. Every later signal, of either side, cancels an entry that still waits.
    """

    entry_long: Bool1D
    exit_long: Bool1D
    entry_short: Bool1D
    exit_short: Bool1D
    stop: Float1D | None = None
    target: Float1D | None = None
    trail: Float1D | None = None
    limit_price: Float1D | None = None
    stop_price: Float1D | None = None
    weight: Float1D | None = None
    valid_bars: int = 1

    def __post_init__(self) -> None:
        size = np.asarray(self.entry_long).size
        for name in FLAGS:
            flags = np.ascontiguousarray(getattr(self, name))
            if flags.dtype != np.bool_ or flags.shape != (size,):
                raise ValueError(f"{name} must be bool[{size}], not {flags.dtype}{flags.shape}")
            object.__setattr__(self, name, flags)
        for name in PRICES:
            if getattr(self, name) is None:
                continue
            level = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            if level.shape != (size,) or np.isinf(level).any() or (level <= 0).any():
                raise ValueError(f"{name} must be float64[{size}], above 0 or NaN")
            object.__setattr__(self, name, level)
        if self.valid_bars < 1:
            raise ValueError("valid_bars must be at least 1")

    def __len__(self) -> int:
        return int(self.entry_long.size)

    @property
    def has_levels(self) -> bool:
        """Whether it names a price at which a position ends."""
        return any(level is not None for level in (self.stop, self.target, self.trail))

    @property
    def has_orders(self) -> bool:
        """Whether it names a price that an entry waits for."""
        return self.limit_price is not None or self.stop_price is not None


def encode(
    signals: Signals, *, side: str = "both", close_at_end: bool = False, delay: int = 0
) -> Codes:
    """Return the signals as int8[n_bars], sums of ENTER_LONG, EXIT_LONG, ENTER_SHORT, EXIT_SHORT.

    Parameters
    ----------
    signals : Signals
    side : {"both", "long", "short"}
        Sides that may be traded.
    close_at_end : bool
        Queue an exit on the last bar but one, whatever the strategy wants there.
    delay : int, bars
        Move every decision that much later.

    Raises
    ------
    ValueError
        If `side` is none of the three.
    """
    if side not in SIDES:
        raise ValueError(f"side must be one of {', '.join(SIDES)}, not {side!r}")
    s, codes = signals, np.zeros(len(signals), dtype=np.int8)
    buys, sells = s.entry_long & ~s.entry_short, s.entry_short & ~s.entry_long
    if side != "short":
        leaves = s.exit_long | sells if side == "long" else s.exit_long
        codes += ENTER_LONG * buys.view(np.int8) + EXIT_LONG * leaves.view(np.int8)
    if side != "long":
        leaves = s.exit_short | buys if side == "short" else s.exit_short
        codes += ENTER_SHORT * sells.view(np.int8) + EXIT_SHORT * leaves.view(np.int8)
    if delay:
        codes = delayed(codes, delay)
    if close_at_end:
        codes[-2:] = 0
        codes[-2:-1] = EXIT_ALL
    return codes


def delayed(values: npt.NDArray[Number], n_bars: int) -> npt.NDArray[Number]:
    """Return `values` moved `n_bars` later, with zeros before."""
    moved = np.zeros_like(values)
    moved[n_bars:] = values[: values.size - n_bars]
    return moved
