"""Compile the kernels, or load them from the disk cache, before somebody waits for them."""

from collections.abc import Callable

import numpy as np

from backtests.engine.pair_kernel import sides_of, spread_of
from backtests.engine.simulation import run
from backtests.engine.sweeping import sweep
from market.engine import Bars

DAY_NS = 86_400_000_000_000
N_BARS = 100


def warm(on_run_ready: Callable[[], object] | None = None) -> None:
    """Run and sweep a small made-up series, so that every kernel is ready.

    Parameters
    ----------
    on_run_ready : callable, optional
        Called as soon as plain runs need compile nothing more, before the rest is done.

    Notes
    -----
    Meant for a background thread at server start: seconds with an empty cache, well under one
    with a full one.
    """
    wave = 100.0 + 10.0 * np.sin(np.arange(N_BARS) / 5.0)
    ts_ns = np.arange(1, N_BARS + 1) * DAY_NS
    bars = Bars(ts_ns, wave, wave + 1.0, wave - 1.0, wave, np.full(N_BARS, 1_000.0))
    run("sma_cross", bars, {"fast": 2, "slow": 5}, cash=10_000.0)
    if on_run_ready:
        on_run_ready()
    run("sma_cross", bars, {"fast": 2, "slow": 5}, cash=10_000.0, stop_loss=0.05)
    for fast in ([2], [2, 3]):  # one combination goes a way of its own
        sweep("sma_cross", bars, {"fast": fast, "slow": [5]}, cash=10_000.0)
    sides_of(spread_of(wave, wave[::-1].copy(), 10), 2.0, 0.5, 4.0)
