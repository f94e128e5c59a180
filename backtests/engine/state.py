"""The record a run carries from bar to bar, and the record of a closed trade."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

STATE = np.dtype(
    [
        ("cash", "f8"),  # realised: start plus closed trades, minus commissions paid so far
        ("units", "f8"),
        ("entry_price", "f8"),
        ("entry_commission", "f8"),
        ("stop", "f8"),
        ("target", "f8"),
        ("trail", "f8"),
        ("trail_distance", "f8"),
        ("equity", "f8"),
        ("commissions", "f8"),
        ("traded_value", "f8"),
        ("slippage_paid", "f8"),
        ("entry_bar", "i8"),
        ("n_trades", "i8"),
        ("n_refused", "i8"),
        ("n_ambiguous", "i8"),
        ("bankrupt_bar", "i8"),
    ],
    align=True,
)

TRADE = np.dtype(
    [
        ("entry_bar", "i8"),
        ("exit_bar", "i8"),
        ("size", "f8"),
        ("entry_price", "f8"),
        ("exit_price", "f8"),
        ("pnl", "f8"),
        ("commission", "f8"),
        ("exit_reason", "i8"),
    ],
    align=True,
)


class ExitReason(IntEnum):
    """Why a trade was closed."""

    SIGNAL = 0
    STOP = 1
    TARGET = 2
    TRAIL = 3
    BANKRUPT = 4


def new_state(cash: float) -> npt.NDArray[np.void]:
    """Return the state before the first bar: flat, with `cash`."""
    state = np.zeros(1, dtype=STATE)
    state["cash"] = state["equity"] = cash
    state["bankrupt_bar"] = -1
    return state.view(np.recarray)


def new_trades(capacity: int) -> npt.NDArray[np.void]:
    """Return room for `capacity` closed trades; memory is used only as they are written."""
    return np.empty(capacity, dtype=TRADE).view(np.recarray)
