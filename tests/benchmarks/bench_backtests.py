"""One run and sweeps, against vectorbt, backtesting.py, backtrader and bt."""

import os
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np

from backtests.engine import Bars, Sizing, Terms, get_strategy, run, sweep
from backtests.engine.account import Account
from backtests.engine.subjects import signals_of
from tests.backtests.engine.data import goog
from tests.benchmarks.peers import backtesting_py, backtrader_peer, bt_peer, vectorbt_peers

CASH, COMMISSION = 100_000.0, 0.001
TERMS = {"cash": CASH, "commission": COMMISSION, "side": "long"}
ONE_UNIT = {**TERMS, "sizing": Sizing.units(1)}  # all cash would be spent on 39,000 commissions
LONG = 100_000  # bars; backtrader and bt take over 20 s for a million
MINUTE_NS, DAY_NS = 60_000_000_000, 86_400_000_000_000
FIRST = """
import time
started = time.perf_counter()
from backtests.engine import run
from tests.backtests.engine.data import goog
bars = goog()
imported = time.perf_counter()
run("sma_cross", bars, cash=10_000.0, commission=0.002)
print(imported - started, time.perf_counter() - imported)
"""
ALONE = """
import sys, time, warnings
import numpy as np
from tests.benchmarks import bench_backtests as b
from tests.benchmarks.harness import peak_mb
warnings.simplefilter("ignore")
days = b.made_up_bars(2_500, 7, b.DAY_NS, 0.02, 2)
windows = range(5, 105), range(110, 210)
if sys.argv[1] == "ours":
    grid = dict(zip(("fast", "slow"), windows))
    call = lambda: b.sweep("sma_cross", days, grid, **b.TERMS)
else:
    peer = list(b.vectorbt_peers(days, b.CASH, b.COMMISSION, np.inf))[-1]
    call = lambda: peer.sweep(*windows)
before = peak_mb()
call()
started = time.perf_counter()
call()
print(time.perf_counter() - started, before, peak_mb())
"""


def made_up_bars(n_bars, seed, step_ns, volatility, decimals):
    """Return a random walk, as in the reference measurements."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, volatility, n_bars))), decimals)
    opened = np.concatenate(([100.0], close[:-1]))
    width = np.abs(rng.normal(0, volatility / 2, (2, n_bars)))
    high = np.round(np.maximum(opened, close) * (1 + width[0]), decimals)
    low = np.round(np.minimum(opened, close) * (1 - width[1]), decimals)
    ts_ns = 1_000_000_000 * DAY_NS // 86_400 + np.arange(1, n_bars + 1) * step_ns
    return Bars(ts_ns, opened, high, low, close, np.full(n_bars, 1_000.0))


def measure(bench):
    """Time everything."""
    warnings.simplefilter("ignore")  # the peers' own: entries they could not pay
    minutes = made_up_bars(1_000_000, 42, MINUTE_NS, 2e-4, 4)
    days = made_up_bars(2_500, 7, DAY_NS, 0.02, 2)
    one_run(bench, minutes, (10, 30), "1,000,000 minute bars")
    kernel(bench, minutes)
    one_run(bench, goog(), (10, 20), "GOOG, 2,148 daily bars")
    grids(bench, days)
    long_grid(bench, minutes)
    memory(bench)
    first_calls(bench)


def one_run(bench, bars, windows, title):
    """Time one SMA cross, indicators included."""
    fast, slow = windows
    params, size = {"fast": fast, "slow": slow}, {"items": len(bars), "unit": "bars"}
    grid = {"fast": [fast], "slow": [slow]}
    units, terms = (1, ONE_UNIT) if len(bars) > LONG else (np.inf, TERMS)
    levels = {"stop_loss": 0.002, "take_profit": 0.004, "trail": 0.003}
    bench.section(f"One run, {title}: SMA {fast}/{slow}, long only, indicators included")
    bench.time(
        "sweep() of one: core metrics", lambda: sweep("sma_cross", bars, grid, **terms), **size
    )
    bench.time(
        "run(): all metrics, curves, trades",
        lambda: run("sma_cross", bars, params, **terms),
        **size,
    )
    bench.time(
        "run() with stop, target and trail too",
        lambda: run("sma_cross", bars, params, **terms, **levels),
        **size,
    )
    bench.time(
        "sweep() of one, bars not seen before",
        lambda: sweep("sma_cross", bars.slice(0, len(bars)), grid, **terms),
        **size,
    )
    for peer in peers(bench, bars, units):
        time_peer(bench, peer.label, lambda: peer.run(fast, slow), **size)  # noqa: B023 -- called at once


def time_peer(bench, label, call, **options):
    """Time a peer, or say why it cannot be."""
    try:
        bench.time(label, call, **options)
    except Exception as error:  # noqa: BLE001 -- whatever a peer raises, the others go on
        bench.missing(label, f"{type(error).__name__}: {error}".splitlines()[0])


def vectorbts(bench, bars, units):
    """Yield vectorbt by each of its engines that is installed, and say which are not."""
    try:
        for peer in vectorbt_peers(bars, CASH, COMMISSION, units):
            if peer.run is None:
                bench.missing(peer.label, "not installed")
            else:
                yield peer
    except ImportError as error:
        bench.missing("vectorbt", str(error))


def peers(bench, bars, units):
    """Yield the peers that are installed and say which are not."""
    yield from vectorbts(bench, bars, units)
    makers = {"backtesting.py": backtesting_py, "backtrader": backtrader_peer, "bt": bt_peer}
    for name, make in makers.items():
        if len(bars) > LONG and make is not backtesting_py:
            bench.missing(name, "takes too long at this size")
            continue
        try:
            yield make(bars, CASH, COMMISSION, units)
        except ImportError as error:
            bench.missing(name, str(error))


def kernel(bench, bars):
    """Time the simulation alone."""
    strategy = get_strategy("sma_cross")
    signals = signals_of(strategy, bars, strategy.resolve({"fast": 10, "slow": 30}))
    levels = {"stop_loss": 0.002, "take_profit": 0.004, "trail": 0.003}
    size = {"items": len(bars), "unit": "bars"}

    def simulated(*, has_curves, **terms):
        return lambda: Account(
            bars, signals, Terms(**ONE_UNIT, **terms), has_curves=has_curves
        ).advance()

    bench.section("Simulation alone of given crosses, 1,000,000 bars")
    bench.time("kernel: core metrics", simulated(has_curves=False), **size)
    bench.time("with curves and trades", simulated(has_curves=True), **size)
    bench.time("with stop, target and trail too", simulated(has_curves=True, **levels), **size)
    for peer in vectorbts(bench, bars, 1):
        label = f"{peer.label}: final value, drawdown, Sharpe"
        time_peer(bench, label, peer.simulation(10, 30), **size)


def grids(bench, bars):
    """Time sweeps over daily bars."""
    for n_fast, n_slow in ((20, 50), (100, 100)):
        grid = {"fast": range(5, 5 + n_fast), "slow": range(110, 110 + n_slow)}
        size = {"items": n_fast * n_slow, "unit": "combos"}
        bench.section(f"Sweep, 2,500 daily bars, {n_fast * n_slow:,} combinations, long only")
        bench.time("sweep()", lambda: sweep("sma_cross", bars, grid, **TERMS), **size)  # noqa: B023 -- called at once
        bench.time(
            "sweep(n_threads=2)",
            lambda: sweep("sma_cross", bars, grid, n_threads=2, **TERMS),  # noqa: B023 -- as above
            **size,
        )
        for peer in peers(bench, bars, np.inf):
            if peer.sweep:
                time_peer(bench, peer.label, lambda: peer.sweep(*grid.values()), runs=3, **size)  # noqa: B023 -- as above


def long_grid(bench, bars):
    """Time a sweep whose lines do not fit into memory at once."""
    grid = {"fast": range(5, 45), "slow": range(50, 75)}
    bench.section("Sweep, 1,000,000 bars, 1,000 combinations: memory does not grow with the grid")
    options = {"items": 1_000, "unit": "combos", "runs": 1, "warm_ups": 0}
    bench.time("sweep()", lambda: sweep("sma_cross", bars, grid, **ONE_UNIT), **options)


def memory(bench):
    """Time the large grid alone in a fresh process, whose largest memory is its own."""
    bench.section(
        "Sweep, 2,500 daily bars, 10,000 combinations, alone in a fresh process: peak RSS"
    )
    for label in ("ours", "vectorbt"):
        answer = subprocess.run(
            [sys.executable, "-c", ALONE, label], capture_output=True, text=True, check=False
        )
        if answer.returncode:
            bench.missing(label, answer.stderr.strip().splitlines()[-1])
            continue
        seconds, imported, peak = (float(part) for part in answer.stdout.split()[-3:])
        note = f"peak {peak:,.0f} MB, of which {imported:,.0f} MB before the first call"
        bench.record(f"{label}, second call", seconds, note=note)


def first_calls(bench):
    """Time the first result of a fresh process, with an empty and a full cache of kernels."""
    bench.section("First run of a fresh process")
    with tempfile.TemporaryDirectory() as folder:
        for label in ("cold cache", "warm cache"):
            started = time.perf_counter()
            answer = subprocess.run(
                [sys.executable, "-c", FIRST],
                env=os.environ | {"NUMBA_CACHE_DIR": folder},
                capture_output=True,
                text=True,
                check=True,
            )
            whole = time.perf_counter() - started
            imports, first = (float(part) for part in answer.stdout.split())
            note = f"imports {imports:.2f} s, run() {first:.2f} s"
            bench.record(f"{label}, whole process", whole, note=note)
