"""Intraday breakouts of a short range on high volume, flat at the close."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numba import njit

from backtests.engine.signals import Bool1D, Signals
from backtests.engine.strategy import Param, Params, Strategy
from market.engine import Bars
from market.engine.bars import Float1D, Int1D
from market.engine.indicators import donchian, lag, sma

DAY_NS = 86_400_000_000_000


@njit(cache=True, nogil=True)
def _clock(ts_ns: Int1D, bars_in_session: Int1D, is_known: Bool1D, bars_left: Float1D) -> None:
    last_close = -1  # time of day at which the session before this one ended
    count = 0
    for i in range(ts_ns.size):
        day, time_of_day = divmod(ts_ns[i] - 1, DAY_NS)
        if i > 0 and day != (ts_ns[i - 1] - 1) // DAY_NS:
            last_close = (ts_ns[i - 1] - 1) % DAY_NS
            count = 0
        count += 1
        bars_in_session[i] = count
        is_known[i] = last_close >= 0 and count > 1
        step = ts_ns[i] - ts_ns[i - 1] if count > 1 else DAY_NS
        bars_left[i] = (last_close - time_of_day) / step


class BreakoutScalping(Strategy):
    """Trades the break of a short range on high volume, and holds nothing overnight."""

    name = "breakout_scalping"
    label = "Breakout scalping"
    description = (
        "For intraday bars. When the close leaves the range of the latest bars and far more is "
        "traded than usual, it goes along, with a stop inside the range and a target a multiple "
        "of that risk away. It is flat before the session ends: a session is a UTC day, and its "
        "end is expected at the time of day at which the session before it ended."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "The range is that of the window bars before, all of them of this session.",
        "Volume counts as high above volume_factor times its mean over the same bars.",
        "When the close is above the range on high volume, buy.",
        "When the close is below the range on high volume, sell short.",
        "The stop stands stop_range times the height of the range from the close.",
        "The target stands reward times as far as the stop.",
        "Nothing is entered in the last no_entry_bars bars, nor in the first session.",
        "When the next bar is expected to be the session's last, every position ends.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("window", "int", 15, low=2, high=1000, step=1, help="Bars in the range"),
        Param("volume_factor", "float", 1.5, low=0.0, high=100.0, step=0.1, help="Times usual"),
        Param("stop_range", "float", 0.5, low=0.05, high=10.0, step=0.05, help="Ranges to stop"),
        Param("reward", "float", 1.5, low=0.1, high=20.0, step=0.1, help="Target over risk"),
        Param("no_entry_bars", "int", 15, low=1, high=1000, step=1, help="Bars before the end"),
    )

    def warm_up(self, params: Params) -> int:
        """Return the bars before the range is defined."""
        return int(params["window"])

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return the range of the bars before and their mean volume."""
        window = int(params["window"])
        top, _, bottom = donchian.on(bars, window=window)
        usual = lag(sma(bars.volume, window))
        return {"range_high": lag(top), "range_low": lag(bottom), "usual_volume": usual}

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return entries at breakouts with stop and target, and exits before the close."""
        lines = self.indicators(bars, params)
        top, bottom = lines["range_high"], lines["range_low"]
        is_busy = bars.volume > float(params["volume_factor"]) * lines["usual_volume"]
        window = int(params["window"])
        may_enter, must_leave = self._session_rules(bars, window, int(params["no_entry_bars"]))
        buys = (bars.close > top) & is_busy & may_enter
        sells = (bars.close < bottom) & is_busy & may_enter
        risk = float(params["stop_range"]) * (top - bottom)
        direction = np.where(buys, 1.0, np.where(sells, -1.0, np.nan))
        stop = bars.close - direction * risk
        target = bars.close + direction * float(params["reward"]) * risk
        return Signals(
            entry_long=buys,
            exit_long=must_leave,
            entry_short=sells,
            exit_short=must_leave,
            stop=_reachable(stop, bars.close),
            target=_reachable(target, bars.close),
        )

    def _session_rules(self, bars: Bars, window: int, no_entry_bars: int) -> tuple[Bool1D, Bool1D]:
        count = np.empty(len(bars), dtype=np.int64)
        is_known = np.empty(len(bars), dtype=np.bool_)
        bars_left = np.empty(len(bars))
        _clock(bars.ts_ns, count, is_known, bars_left)
        may_enter = is_known & (count > window) & (bars_left > no_entry_bars)
        # The exit is filled at the next open; a session that ended early is left at the next one.
        must_leave = (count == 1) | (is_known & (bars_left <= 1.0))
        return may_enter, must_leave


def _reachable(level: Float1D, close: Float1D) -> Float1D:
    # A range of no height has no room for a stop; a level at or below 0 is never reached.
    return np.where((level > 0.0) & (level != close), level, np.nan)
