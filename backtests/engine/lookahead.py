"""A check that a strategy decides without knowing the future."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from backtests.engine.registry import get_strategy
from backtests.engine.strategy import Params, Strategy
from backtests.engine.subjects import signals_of
from market.engine import Bars
from market.engine.bars import PRICES

Int1D = npt.NDArray[np.int64]
Arrays = Mapping[str, npt.NDArray[Any] | None]

LEAD = 3  # warm-ups ahead of the dense cuts, so that the strategy is at work there
MIN_LEAD = 50
JUMP = 2.0  # exact in floats: prices stay on their ticks
MAX_BARS, MAX_WARM_UPS = 100_000, 20


@runtime_checkable
class HasIndicators(Protocol):
    """A strategy that also shows the lines it decides by; they are compared too."""

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, npt.NDArray[Any]]:
        """Return the indicator arrays by name, one value a bar."""


class Change(NamedTuple):
    """A value that was other when the bars after the cut were unknown or other.

    Parameters
    ----------
    array : str
        Field of the signals, or name of the indicator.
    bar : int
        First bar at which it differs.
    cut : int
        Number of bars, from the start of the series, that stayed the same.
    known_future, other_future : float
        The value with all bars, and without those after the cut or with others in their place;
        NaN also where there was no array at all.
    """

    array: str
    bar: int
    cut: int
    known_future: float
    other_future: float


@dataclass(frozen=True)
class LookaheadReport:
    """What a check found: `changes` holds the earliest change of each array, earliest first."""

    n_cuts: int
    is_repeatable: bool
    changes: tuple[Change, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing changed, neither between cuts nor between two equal calls."""
        return self.is_repeatable and not self.changes

    @property
    def first(self) -> Change | None:
        """The change at the earliest bar."""
        return self.changes[0] if self.changes else None

    def __str__(self) -> str:
        if not self.is_repeatable:
            return "The strategy gives other signals when called again with the same bars"
        if not self.n_cuts:
            return "Not checked for look-ahead: no bar lies past the warm-up"
        if self.first is None:
            return f"No look-ahead found in {self.n_cuts} cuts"
        change = self.first
        return (
            f"Look-ahead: {change.array} at bar {change.bar} "
            f"depends on the bars from {change.cut} on"
        )


def check_lookahead(
    strategy: Strategy | str,
    bars: Bars,
    params: Params | None = None,
    *,
    cuts: int = 800,
    seed: int = 0,
    seconds: float = float("inf"),
    on_cut: Callable[[int], object] | None = None,
) -> LookaheadReport:
    """Cut the series short, compute the signals again, and compare every value before the cut.

    Parameters
    ----------
    strategy : Strategy or str
        A strategy or its name in the registry.
    bars : Bars
    params : mapping, optional
        Defaults for those not given.
    cuts : int
        How often to cut, at least 4; fewer where the series has fewer bars.
    seed : int
        Chooses the cuts; the same seed chooses the same.
    seconds : float
        No further cut is made after this time; the report tells how many were.
    on_cut : callable(n_cuts), optional
        Called after each cut with the number made; what it raises ends the check.

    Returns
    -------
    LookaheadReport

    Raises
    ------
    ValueError
        If `cuts` is below 4, or the signals have not one value for each bar.
    InvalidParams
        If a parameter is refused.

    Notes
    -----
    Three quarters of the cuts are made after successive bars, one by one, of a short piece of
    the series: there a peek of one bar that happens only now and then has nowhere to hide. As
    the piece is short, the bars after each of these cuts are not only taken away but also
    replaced by a jump up and a jump down. An eighth of the cuts are made right after bars on
    which a signal fires, where a peek pays, and an eighth anywhere. Of a series of more than
    100,000 bars (or 20 warm-ups) a part of that length is checked, chosen by chance.

    Values are compared exactly, NaN equal to NaN, so a warm-up is no change; signals and not
    trades are compared, since a trade rightly depends on how its position ends. Cuts that leave
    fewer bars than the warm-up are not made.
    """
    if cuts < 4:  # noqa: PLR2004 -- each kind of cut at least once
        raise ValueError("cuts must be at least 4")
    rules = get_strategy(strategy) if isinstance(strategy, str) else strategy
    values = rules.resolve(params)
    rng = np.random.default_rng(seed)
    warm_up = rules.warm_up(values) + 1
    part = _part(len(bars), max(MAX_BARS, MAX_WARM_UPS * warm_up), rng)
    tally = _Tally(time.monotonic() + seconds, on_cut)
    changes = _search(rules, values, bars.slice(part.start, part.stop), cuts, rng, tally)
    if changes is None:
        return LookaheadReport(0, is_repeatable=False, changes=())
    earliest: dict[str, Change] = {}
    for change in sorted(_moved(changes, part.start), key=lambda c: (c.bar, c.cut)):
        earliest.setdefault(change.array, change)
    return LookaheadReport(tally.n_cuts, is_repeatable=True, changes=tuple(earliest.values()))


class _Tally:
    """How many cuts were made, and whether there is time for another."""

    def __init__(self, until: float, on_cut: Callable[[int], object] | None) -> None:
        self.n_cuts = 0
        self._until = until
        self._on_cut = on_cut

    def within_time(self, cuts: Int1D) -> Iterator[int]:
        for cut in cuts.tolist():
            if self.n_cuts and time.monotonic() > self._until:
                return
            yield cut
            self.n_cuts += 1
            if self._on_cut:
                self._on_cut(self.n_cuts)


def _part(n_bars: int, longest: int, rng: np.random.Generator) -> slice:
    start = int(rng.integers(max(n_bars - longest, 0) + 1))
    return slice(start, min(start + longest, n_bars))


def _search(
    strategy: Strategy,
    params: Params,
    bars: Bars,
    cuts: int,
    rng: np.random.Generator,
    tally: _Tally,
) -> list[Change] | None:
    """Make the cuts, the short ones first; None if two equal calls already differ."""
    whole = _arrays(strategy, bars, params)
    if any(_changes(whole, _arrays(strategy, bars, params), len(bars))):
        return None
    warm_up = min(strategy.warm_up(params) + 1, len(bars))
    fired = _fired(whole, len(bars))
    n_dense = cuts * 3 // 4
    sparse = _sparse_cuts(len(bars), warm_up, fired, cuts - n_dense, rng)
    piece, dense = _dense_cuts(len(bars), warm_up, fired, n_dense, rng)
    near = bars.slice(piece.start, piece.stop)
    known = _arrays(strategy, near, params)
    futures = _other_futures(near, tally.within_time(dense))
    shorter = _cut_short(bars, tally.within_time(rng.permutation(sparse)))
    return [
        *_moved(_peeks(strategy, params, known, futures), piece.start),
        *_peeks(strategy, params, whole, shorter),
    ]


def _moved(changes: Iterable[Change], offset: int) -> Iterator[Change]:
    for change in changes:
        yield change._replace(bar=change.bar + offset, cut=change.cut + offset)


def _peeks(
    strategy: Strategy, params: Params, known: Arrays, variants: Iterable[tuple[Bars, int]]
) -> Iterator[Change]:
    """Compare `known` with what comes of each variant, up to the bar where they part."""
    for bars, cut in variants:
        yield from _changes(known, _arrays(strategy, bars, params), cut)


def _cut_short(bars: Bars, cuts: Iterable[int]) -> Iterator[tuple[Bars, int]]:
    for cut in cuts:
        yield bars.slice(0, cut), cut


def _other_futures(bars: Bars, cuts: Iterable[int]) -> Iterator[tuple[Bars, int]]:
    """Take the future away, then let it jump up, then down: a peek may miss one of the three."""
    for cut in cuts:
        yield bars.slice(0, cut), cut
        for factor in (JUMP, 1.0 / JUMP):
            scale = np.ones(len(bars))
            scale[cut:] = factor
            columns = {name: getattr(bars, name) * scale for name in (*PRICES, "volume")}
            yield replace(bars, **columns), cut


def _arrays(strategy: Strategy, bars: Bars, params: Params) -> Arrays:
    signals = signals_of(strategy, bars, params)
    arrays: dict[str, npt.NDArray[Any] | None] = {}
    for field in fields(signals):
        values = getattr(signals, field.name)  # a single number holds for all bars
        arrays[field.name] = np.full(len(bars), values) if np.isscalar(values) else values
    if isinstance(strategy, HasIndicators):
        arrays |= strategy.indicators(bars, params)
    for name, values in arrays.items():
        if values is not None and len(values) != len(bars):
            raise ValueError(f"{name} has {len(values)} values for {len(bars)} bars")
    return arrays


def _fired(arrays: Arrays, n_bars: int) -> Int1D:
    fired = np.zeros(n_bars, dtype=np.bool_)
    for values in arrays.values():
        if values is not None and values.dtype == np.bool_:
            fired |= values
    return np.flatnonzero(fired)


def _sparse_cuts(
    n_bars: int, warm_up: int, fired: Int1D, n_cuts: int, rng: np.random.Generator
) -> Int1D:
    """Cut after bars that fire (half, as far as they go) and after any bar past the warm-up."""
    paying = fired[(fired >= warm_up - 1) & (fired < n_bars - 1)] + 1
    chosen = rng.permutation(paying)[: n_cuts // 2]
    anywhere = np.setdiff1d(np.arange(warm_up, n_bars), chosen)
    return np.sort(np.concatenate((chosen, rng.permutation(anywhere)[: n_cuts - chosen.size])))


def _dense_cuts(
    n_bars: int, warm_up: int, fired: Int1D, n_cuts: int, rng: np.random.Generator
) -> tuple[slice, Int1D]:
    """Cut after each bar in a row of a piece around a bar that fires; relative to the piece."""
    lead = max(LEAD * warm_up, MIN_LEAD)
    length = min(lead + n_cuts, n_bars)
    centre = int(rng.choice(fired)) if fired.size else int(rng.integers(n_bars))
    start = min(max(centre - lead - n_cuts // 2, 0), n_bars - length)
    return slice(start, start + length), np.arange(max(warm_up, length - n_cuts), length)


def _changes(known: Arrays, other: Arrays, cut: int) -> Iterator[Change]:
    for name in known.keys() | other.keys():
        whole, part = known.get(name), other.get(name)
        if whole is None and part is None:
            continue
        left = np.full(cut, np.nan) if whole is None else whole[:cut]
        right = np.full(cut, np.nan) if part is None else part[:cut]
        differs = ~((left == right) | ((left != left) & (right != right)))  # noqa: PLR0124 -- NaN
        if differs.any():
            bar = int(differs.argmax())
            yield Change(name, bar, cut, float(left[bar]), float(right[bar]))
