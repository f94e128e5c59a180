"""A check that a portfolio strategy decides without knowing the future."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from backtests.engine.lookahead import JUMP, Change, Int1D, LookaheadReport
from backtests.engine.portfolio_calendar import Float2D
from backtests.engine.portfolio_strategy import PortfolioStrategy, Universe
from backtests.engine.strategy import Params
from market.engine import Bars
from market.engine.bars import PRICES

MAX_TIMES, MAX_WARM_UPS = 10_000, 20


def check_portfolio_lookahead(
    strategy: PortfolioStrategy,
    series: Universe,
    params: Params | None = None,
    *,
    cuts: int = 200,
    seed: int = 0,
) -> LookaheadReport:
    """Cut all series short, compute the targets again, and compare every row before the cut.

    Parameters
    ----------
    strategy : PortfolioStrategy
    series : Universe
    params : mapping, optional
        Defaults for those not given.
    cuts : int
        How often to cut, at least 1; fewer where there are fewer times.
    seed : int
        Chooses the cuts; the same seed chooses the same.

    Returns
    -------
    LookaheadReport
        A change's `array` is the instrument whose target differs.

    Raises
    ------
    ValueError
        If `cuts` is below 1, or the targets have another shape than the universe.

    Notes
    -----
    Half of the cuts are made right after times that decide, where a peek pays, half anywhere
    past the warm-up. The future is taken away, and it is replaced by one in which every second
    instrument jumps up and the others down: a peek that ranks needs the difference. Values are
    compared exactly, NaN equal to NaN. Of a calendar of more than 10,000 times (or 20 warm-ups)
    a part of that length is checked, chosen by chance.
    """
    if cuts < 1:
        raise ValueError("cuts must be at least 1")
    values = strategy.resolve(params)
    rng = np.random.default_rng(seed)
    warm_up = strategy.warm_up(values) + 1
    offset, series = _part(series, max(MAX_TIMES, MAX_WARM_UPS * warm_up), rng)
    whole = _targets(strategy, series, values)
    n_times = series.shape[0]
    if any(_changes(series, whole, _targets(strategy, series, values), n_times)):
        return LookaheadReport(0, is_repeatable=False, changes=())
    chosen = _cuts(whole, min(warm_up, n_times), cuts, rng)
    earliest: dict[str, Change] = {}
    found = [
        change
        for cut in chosen.tolist()
        for other in _other_futures(series, cut)
        for change in _changes(series, whole, _targets(strategy, other, values), cut)
    ]
    for change in sorted(found, key=lambda c: (c.bar, c.cut)):
        moved = change._replace(bar=change.bar + offset, cut=change.cut + offset)
        earliest.setdefault(change.array, moved)
    return LookaheadReport(chosen.size, is_repeatable=True, changes=tuple(earliest.values()))


def _part(series: Universe, longest: int, rng: np.random.Generator) -> tuple[int, Universe]:
    """Return a part of a long calendar and where it begins, some series perhaps empty in it."""
    ts_ns = series.calendar.ts_ns
    if ts_ns.size <= longest:
        return 0, series
    start = int(rng.integers(ts_ns.size - longest + 1))
    first, latest = ts_ns[start], ts_ns[start + longest - 1]
    bars = {}
    for name, b in series.items():
        low = int(np.searchsorted(b.ts_ns, first))
        bars[name] = b.slice(low, int(np.searchsorted(b.ts_ns, latest, side="right")))
    return start, Universe(bars, series.given_weights)


def _targets(strategy: PortfolioStrategy, series: Universe, params: Params) -> Float2D:
    targets = np.asarray(strategy.targets(series, params), dtype=np.float64)
    if targets.shape != series.shape:
        raise ValueError(f"targets must be float64{series.shape}, not float64{targets.shape}")
    return targets


def _cuts(whole: Float2D, warm_up: int, cuts: int, rng: np.random.Generator) -> Int1D:
    """Choose after how many times to cut."""
    n_times = len(whole)
    decided = np.flatnonzero((~np.isnan(whole)).any(axis=1)) + 1
    paying = rng.permutation(decided[decided < n_times])[: (cuts + 1) // 2]
    anywhere = np.setdiff1d(np.arange(warm_up, n_times), paying)
    others = rng.permutation(anywhere)[: cuts - paying.size]
    chosen: Int1D = np.sort(np.concatenate((paying, others)))
    return chosen


def _other_futures(series: Universe, cut: int) -> Iterator[Universe]:
    yield series.until(cut)
    latest = int(series.calendar.ts_ns[cut - 1])
    for factor in (JUMP, 1.0 / JUMP):
        yield Universe(_jumped(series.bars, latest, factor), series.given_weights)


def _jumped(bars: Mapping[str, Bars], latest: int, factor: float) -> dict[str, Bars]:
    jumped = {}
    for number, (name, b) in enumerate(bars.items()):
        scale = np.where(b.ts_ns > latest, factor if number % 2 == 0 else 1.0 / factor, 1.0)
        columns = {column: getattr(b, column) * scale for column in (*PRICES, "volume")}
        jumped[name] = replace(b, **columns)
    return jumped


def _changes(series: Universe, known: Float2D, other: Float2D, cut: int) -> Iterator[Change]:
    left, right = known[:cut], other[:cut]
    differs = ~((left == right) | (np.isnan(left) & np.isnan(right)))
    for column, name in enumerate(series):
        if differs[:, column].any():
            bar = int(differs[:, column].argmax())
            yield Change(name, bar, cut, float(left[bar, column]), float(right[bar, column]))
