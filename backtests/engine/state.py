"""The record a run carries from bar to bar, and the record of a closed trade."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

Record = npt.NDArray[np.void]

ACCOUNT = [
    ("cash", "f8"),  # realised: start, plus closed trades, minus costs paid so far
    ("units", "f8"),  # signed
    ("entry_price", "f8"),
    ("entry_commission", "f8"),
    ("entry_financing", "f8"),  # paid since the entry
    ("entry_bar", "i8"),
    # exit levels times the side's sign: a stop is always below, a target above
    ("stop", "f8"),
    ("target", "f8"),
    ("trail", "f8"),
    ("trail_distance", "f8"),
]
WORKING_ORDER = [
    ("order_sign", "f8"),  # 0 for none
    ("order_limit", "f8"),  # times order_sign; NaN for none
    ("order_stop", "f8"),
    ("order_bar", "i8"),
    ("order_expiry", "i8"),
]
COUNTS = [
    ("n_refused", "i8"),
    ("n_ambiguous", "i8"),
    ("n_expired", "i8"),
    ("bankrupt_bar", "i8"),
    ("commissions", "f8"),
    ("traded_value", "f8"),
    ("slippage_paid", "f8"),
    ("financing_paid", "f8"),
]
BY_BAR = [
    ("equity", "f8"),
    ("equity_first", "f8"),
    ("peak", "f8"),
    ("trough", "f8"),
    ("max_drawdown", "f8"),
    ("n_exposed", "i8"),
    ("day", "i8"),  # how many days have ended
    ("day_first", "f8"),  # equity at the end of the first day; 0 before
    ("day_latest", "f8"),
    ("n_returns", "i8"),
    ("sum_return", "f8"),
    ("sum_return2", "f8"),
    ("sum_downside2", "f8"),
]
BY_TRADE = [
    ("n_trades", "i8"),
    ("n_wins", "i8"),
    ("n_losses", "i8"),
    ("sum_win", "f8"),
    ("sum_loss", "f8"),
    ("sum_pnl2", "f8"),
    ("sum_gain_return", "f8"),
    ("sum_loss_return", "f8"),
]
STATE = np.dtype([*ACCOUNT, *WORKING_ORDER, *COUNTS, *BY_BAR, *BY_TRADE], align=True)

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
        ("financing", "f8"),
    ],
    align=True,
)


class ExitReason(IntEnum):
    """Why a trade was closed."""

    SIGNAL = 0
    STOP = 1
    TARGET = 2
    TRAIL = 3
    LIQUIDATION = 4
    BANKRUPT = 5


def new_states(cash: float, count: int = 1) -> Record:
    """Return `count` accounts before the first bar: flat, with `cash`."""
    states = np.zeros(count, dtype=STATE)
    for name in ("cash", "equity"):
        states[name] = cash
    states["bankrupt_bar"] = -1
    return states.view(np.recarray)


def new_trades(capacity: int) -> Record:
    """Return room for `capacity` closed trades; memory is used only as they are written."""
    return np.empty(capacity, dtype=TRADE).view(np.recarray)
