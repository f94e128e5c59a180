"""One door to many runs: every combination of a grid of parameters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from backtests.engine.account import EMPTY, Account, Cancelled, market_of
from backtests.engine.cross_kernel import cross_accounts, cross_alone
from backtests.engine.crosses import new_scratch
from backtests.engine.crossing import CrossStrategy
from backtests.engine.metrics.periods import read_only
from backtests.engine.state import Record, new_states, new_trades
from backtests.engine.strategy import InvalidParams, Params, Strategy, Value
from backtests.engine.subjects import signals_of, strategy_of
from backtests.engine.terms import TermOptions, Terms
from backtests.engine.trials import DEFAULT_METRICS, SWEPT, Calendar, Table, Trials, metrics_of
from market.engine import Bars
from market.engine.bars import Float1D

BATCH = 1_024  # accounts advanced together; their state fits the second-level cache
LINE_BYTES = 64 * 2**20  # of lines kept at a time, whatever the size of the grid

Indices = npt.NDArray[np.int64]
Line = Callable[[Bars, Params], Float1D]
SweepProgress = Callable[[float], bool | None]


def sweep(
    strategy: str | Strategy | type[Strategy],
    bars: Bars,
    grid: Mapping[str, Sequence[Value]],
    *,
    cash: float,
    metrics: Sequence[str] = DEFAULT_METRICS,
    n_threads: int = 1,
    on_progress: SweepProgress | None = None,
    **terms: Unpack[TermOptions],
) -> Trials:
    """Simulate every combination of a grid and return its metrics.

    Parameters
    ----------
    strategy : str or Strategy
        A name in the registry, or a strategy.
    bars : Bars
    grid : mapping of str to sequence of values
        Values to try for each parameter; the others keep their defaults.
    cash : float, account currency
        What each account starts with; above 0.
    metrics : sequence of str
        Columns of the result; any of `backtests.engine.trials.SWEPT`.
    n_threads : int
        Threads to spread the accounts over; the result does not depend on it.
    on_progress : callable(fraction), optional
        Called as batches finish; returning False ends the sweep.
    **terms
        Keywords of `Terms`, as for `run`.

    Raises
    ------
    InvalidParams
        If the grid names a parameter the strategy does not have, or is empty.
    ValueError
        If a metric cannot be swept or a term is out of its range.
    Cancelled
        If `on_progress` returned False.

    Notes
    -----
    Combinations out of bounds, or refused by the strategy's own check, are marked and keep their
    place. Memory beside the result does not grow with the grid: lines are computed once for each
    distinct value and kept only while a block of the grid needs them.
    """
    unknown = [name for name in metrics if name not in SWEPT]
    if unknown or n_threads < 1:
        raise ValueError(f"cannot sweep {', '.join(unknown) or f'with {n_threads} threads'}")
    rule = strategy_of(strategy)
    agreed = Terms(cash=cash, **terms)
    plan = _Grid(rule, grid)
    table = np.full((plan.n_trials, len(metrics)), np.nan)
    calendar = Calendar.of(bars)
    if isinstance(rule, CrossStrategy) and _only_crosses(rule, agreed):
        batches = _crossing(rule, bars, plan, agreed, n_threads)
    else:
        batches = _one_by_one(rule, bars, plan, agreed, n_threads)
    n_done = plan.n_trials - int(plan.valid.sum())
    for rows, states in batches:
        table[rows] = metrics_of(states, calendar, tuple(metrics))
        n_done += len(rows)
        if on_progress and on_progress(n_done / plan.n_trials) is False:
            raise Cancelled(f"stopped after {n_done} of {plan.n_trials} combinations")
    return Trials(plan.params(), table, tuple(metrics), plan.valid)


class _Grid:
    """All combinations as indices into the values of each parameter."""

    def __init__(self, rule: Strategy, grid: Mapping[str, Sequence[Value]]) -> None:
        self.rule = rule
        known = {param.name: param for param in rule.params}
        errors = {name: f"is not a parameter of {rule.name}" for name in grid if name not in known}
        errors |= {name: "has no values" for name in grid if not len(grid[name])}
        if errors or not grid:
            raise InvalidParams(errors or {"grid": "names no parameter"})
        self.values = {name: [_plain(v) for v in grid[name]] for name in grid}
        shape = [len(values) for values in self.values.values()]
        self.n_trials = int(np.prod(shape))
        indices = np.unravel_index(np.arange(self.n_trials), shape)
        self.index = dict(zip(self.values, indices, strict=True))
        self.defaults = {p.name: p.default for p in rule.params}
        self.valid = np.ones(self.n_trials, dtype=np.bool_)
        for name, values in self.values.items():
            self.valid &= np.array([_fits(known[name], v) for v in values])[self.index[name]]
        self._check_combinations()

    def _check_combinations(self) -> None:
        for lower, upper in pairwise(self.rule.increasing):
            self.valid &= np.less(self.column(lower), self.column(upper))
        if type(self.rule).check is not Strategy.check:
            for row in np.flatnonzero(self.valid):
                try:
                    self.rule.check(self.combination(int(row)))
                except InvalidParams:
                    self.valid[row] = False

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return the value of a parameter in every combination."""
        if name not in self.values:
            return np.full(self.n_trials, self.defaults[name])
        return np.asarray(self.values[name])[self.index[name]]

    def combination(self, row: int) -> dict[str, Value]:
        """Return all parameters of one combination."""
        chosen = {name: values[self.index[name][row]] for name, values in self.values.items()}
        return {**self.defaults, **chosen}

    def params(self) -> npt.NDArray[np.void]:
        """Return the swept parameters, structured[n_trials]."""
        columns = {name: self.column(name) for name in self.values}
        out = np.empty(self.n_trials, dtype=[(name, c.dtype) for name, c in columns.items()])
        for name, column in columns.items():
            out[name] = column
        return out

    def distinct(self, names: tuple[str, ...], rows: Indices) -> tuple[Indices, Indices]:
        """Return one row of each distinct choice of `names`, and which of them each row has."""
        code = np.zeros(rows.size, dtype=np.int64)
        for name in names:
            if name in self.values:
                code = code * len(self.values[name]) + self.index[name][rows]
        _, where, which = np.unique(code, return_index=True, return_inverse=True)
        return rows[where], which


def _plain(value: object) -> Value:
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[return-value]  # checked by the parameter


def _fits(param: object, value: Value) -> bool:
    try:
        param.check(value)  # type: ignore[attr-defined]  # a Param
    except ValueError:
        return False
    return True


def _only_crosses(rule: CrossStrategy, terms: Terms) -> bool:
    has_plain_signals = type(rule).signals is CrossStrategy.signals
    is_eventful = terms.has_levels or terms.delay or terms.borrow_rate or terms.financing_rate
    return has_plain_signals and not is_eventful


def _one_by_one(
    rule: Strategy, bars: Bars, grid: _Grid, terms: Terms, n_threads: int
) -> Iterator[tuple[Indices, Record]]:
    market = market_of(bars)

    def state_of(row: int) -> Record:
        signals = signals_of(rule, bars, grid.combination(row))
        account = Account(bars, signals, terms, has_curves=False, market=market)
        account.advance()
        return account.state

    rows = np.flatnonzero(grid.valid)
    with ThreadPoolExecutor(n_threads) as pool:
        for start in range(0, rows.size, BATCH):
            batch = rows[start : start + BATCH]
            yield batch, np.concatenate(list(pool.map(state_of, batch)))


def _crossing(
    rule: CrossStrategy, bars: Bars, grid: _Grid, terms: Terms, n_threads: int
) -> Iterator[tuple[Indices, Record]]:
    rows = np.flatnonzero(grid.valid)
    advance = _CrossAdvance(bars, terms)
    if rows.size == 1:  # shares no line with another: the crosses will do
        yield rows, advance.alone(rule.crosses(bars, grid.combination(int(rows[0]))))
        return
    first_rows, first_of = grid.distinct(rule.first_params, rows)
    second_rows, second_of = grid.distinct(rule.second_params, rows)
    block = max(1, LINE_BYTES // (2 * 8 * len(bars)))
    with ThreadPoolExecutor(n_threads) as pool:
        for low in range(0, second_rows.size, block):
            seconds = _rows(rule.second_line, bars, grid, second_rows[low : low + block])
            for left in range(0, first_rows.size, block):
                chosen = (second_of // block == low // block) & (first_of // block == left // block)
                if not chosen.any():
                    continue
                firsts = _rows(rule.first_line, bars, grid, first_rows[left : left + block])
                pairs = np.column_stack((first_of[chosen] - left, second_of[chosen] - low))
                cuts = np.arange(0, len(pairs), BATCH)
                batches = [pairs[cut : cut + BATCH] for cut in cuts]
                states = pool.map(lambda batch: advance(firsts, seconds, batch), batches)  # noqa: B023 -- consumed before the lines change
                for cut, batch_states in zip(cuts, states, strict=True):
                    yield rows[chosen][cut : cut + BATCH], batch_states


def _rows(line: Line, bars: Bars, grid: _Grid, rows: Indices) -> Table:
    lines = [line(bars, grid.combination(int(row))) for row in rows]
    return lines[0][np.newaxis] if len(lines) == 1 else np.array(lines)


class _CrossAdvance:
    """Moves a batch of accounts over all bars."""

    def __init__(self, bars: Bars, terms: Terms) -> None:
        self.market = market_of(bars)
        self.terms = terms
        self.rules = terms.rules()
        self.none, self.no_equity = new_trades(0), np.empty(0)
        weights = terms.sizing.weights(bars)
        self.weights = read_only(weights) if weights.size else EMPTY
        self.wanted = (float(terms.side != "short"), -float(terms.side != "long"))
        n_bars = len(bars)
        self.exit_bar = n_bars - 2 if terms.close_at_end else n_bars

    def alone(self, crosses: Indices) -> Record:
        """Return the account after all bars whose lines cross where `crosses` says."""
        states = new_states(self.terms.cash)
        cross_alone(
            self.market,
            self.weights,
            crosses,
            self.wanted,
            self.exit_bar,
            self.rules,
            states,
            self.none,
            self.no_equity,
        )
        return states

    def __call__(self, firsts: Table, seconds: Table, pairs: Indices) -> Record:
        """Return the accounts after all bars, one for each pair of lines."""
        states = new_states(self.terms.cash, len(pairs))
        cross_accounts(
            self.market,
            self.weights,
            firsts,
            seconds,
            pairs,
            np.zeros(len(pairs), dtype=np.int64),
            self.wanted,
            self.exit_bar,
            self.rules,
            states,
            self.none,
            self.no_equity,
            new_scratch(self.market.close.size),
        )
        return states
