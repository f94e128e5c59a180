"""One account moved over bars by the kernel: whole, in slices, or without its curves."""

from collections.abc import Callable
from copy import copy
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from backtests.engine.kernel import Detail, Inside, Plan, simulate
from backtests.engine.marking import Market
from backtests.engine.metrics import day_ends
from backtests.engine.metrics.periods import read_only
from backtests.engine.signals import Signals, delayed, encode
from backtests.engine.state import Record, new_states, new_trades
from backtests.engine.terms import EQUITY, PATHS, Terms
from market.engine import Bars
from market.engine.bars import Float1D

Progress = Callable[[float, int, Float1D], bool | None]

N_SLICES = 50
MIN_SLICE = 1_000
EMPTY = read_only(np.empty(0))
NO_DETAIL = Detail(read_only(np.empty(0, dtype=np.int64)), EMPTY, EMPTY, EMPTY, EMPTY)

# the columns outlive no bars: a market refers to their arrays, not to the bars themselves
_MARKETS: WeakKeyDictionary[Bars, Market] = WeakKeyDictionary()


class Cancelled(Exception):
    """The caller's `on_progress` asked the run to stop."""


class Account:
    """Arrays of one run; `advance` fills them.

    Attributes
    ----------
    state : STATE record array[1]
    equity : float64[n_bars]
        Empty if made without curves.
    """

    def __init__(
        self,
        bars: Bars,
        signals: Signals,
        terms: Terms,
        detail: Bars | None = None,
        *,
        has_curves: bool = True,
        market: Market | None = None,
    ) -> None:
        self.terms = terms
        self.market = market or market_of(bars)
        self.plan = plan_of(bars, signals, terms)
        may_act_inside = terms.has_levels or signals.has_levels or signals.has_orders
        self.inside = inside_of(bars, signals, terms, detail) if may_act_inside else None
        self.rules = terms.rules()
        if signals.weight is not None and terms.sizing.kind == "all":
            self.rules["size_kind"] = EQUITY
        self.state = new_states(terms.cash)
        n_entries = self.plan.decisions.size + 1
        self._room = new_trades(n_entries if has_curves else 0)
        self.equity = np.empty(len(bars) if has_curves else 0)

    def advance(self, on_progress: Progress | None = None) -> None:
        """Simulate all bars; in slices, with the same result, if somebody watches."""
        n_bars = self.market.close.size
        step = n_bars if on_progress is None else max(n_bars // N_SLICES, MIN_SLICE)
        for start, end in pairwise([*range(0, n_bars, step), n_bars]):
            self._simulate(start, end, self.rules, self.state, self._room)
            if on_progress and on_progress(end / n_bars, end, self.equity[:end]) is False:
                raise Cancelled(f"stopped after {end} of {n_bars} bars")

    def _simulate(self, start: int, end: int, rules: Record, state: Record, room: Record) -> None:
        simulate(
            start,
            end,
            self.market,
            self.plan,
            self.inside,
            rules,
            state,
            room,
            self.equity,
        )

    @property
    def trades(self) -> npt.NDArray[np.void]:
        """The closed trades so far."""
        return self._room[: int(self.state[0].n_trades)].view(np.ndarray)

    def final_equity_by_path(self) -> dict[str, float]:
        """Return the final equity under each reading of what happens inside a bar."""
        finals = {}
        for path, name in enumerate(PATHS):
            rules, state = self.rules.copy(), new_states(self.terms.cash)
            rules["path"] = path
            other = copy(self)
            other.equity = np.empty(0)
            other._simulate(0, self.market.close.size, rules, state, new_trades(0))  # noqa: SLF001 -- its own kind
            finals[name] = float(state[0].equity)
        return finals


def market_of(bars: Bars) -> Market:
    """Return the columns the kernels read; made once for each `bars`."""
    known = _MARKETS.get(bars)
    if known is None:
        known = _MARKETS[bars] = _market_of(bars)
    return known


def _market_of(bars: Bars) -> Market:
    ends = day_ends(bars.ts_ns)
    columns = (bars.ts_ns, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return Market(*columns, read_only(ends), read_only(bars.close[ends]))


def detail_of(bars: Bars, detail: Bars) -> Detail:
    """Return the bars of a shorter timeframe and where those of each bar begin."""
    first = np.zeros(len(bars) + 1, dtype=np.int64)
    first[1:] = np.searchsorted(detail.ts_ns, bars.ts_ns, side="right")
    return Detail(read_only(first), detail.open, detail.high, detail.low, detail.close)


def plan_of(bars: Bars, signals: Signals, terms: Terms) -> Plan:
    """Return what the strategy wants, as far as the terms allow it."""
    weights = terms.sizing.weights(bars)
    if signals.weight is not None and terms.sizing.kind == "all":
        weights = np.nan_to_num(signals.weight)
    codes = encode(
        signals, side=terms.side, close_at_end=terms.close_at_end, delay=min(terms.delay, len(bars))
    )
    decisions = np.flatnonzero(codes != 0)
    fills_at_close = terms.fill == "close"
    fill_bars = decisions if fills_at_close else np.minimum(decisions + 1, len(bars) - 1)
    return Plan(
        decisions=read_only(decisions),
        codes=read_only(codes[decisions]),
        prices=read_only((bars.close if fills_at_close else bars.open)[fill_bars]),
        weights=_column(weights, terms.delay),
    )


def inside_of(bars: Bars, signals: Signals, terms: Terms, detail: Bars | None) -> Inside:
    """Return the exit levels and order prices the strategy names, and the bars inside bars."""
    return Inside(
        stop=_column(signals.stop, terms.delay),
        target=_column(signals.target, terms.delay),
        trail=_column(signals.trail, terms.delay),
        order_limit=_column(signals.limit_price, terms.delay),
        order_stop=_column(signals.stop_price, terms.delay),
        valid_bars=signals.valid_bars,
        has_levels=terms.has_levels or signals.has_levels,
        detail=NO_DETAIL if detail is None else detail_of(bars, detail),
    )


def _column(values: Float1D | None, delay: int) -> Float1D:
    if values is None or not values.size:
        return EMPTY
    return read_only(delayed(values, min(delay, values.size)) if delay else values)
