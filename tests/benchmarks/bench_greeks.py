"""European prices, Greeks and implied volatility: throughput on one core, and accuracy.

``python -m tests.benchmarks.run greeks``. Accuracy is against the hard grid (40 digits).
"""

import runpy
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from greeks.engine import greeks, implied_vol, price
from greeks.engine.backend import warm_up
from tests.benchmarks.greeks_peers import FEW, Peer, peers
from tests.benchmarks.harness import Bench, say

REFERENCE = Path(__file__).parents[1] / "reference" / "greeks"
FIVE = ("price", "delta", "gamma", "vega", "theta", "rho")
QUOTABLE = 1e-8
EPSILON = np.finfo(float).eps
CHAIN_ROWS = 100_000
EXPIRY_DAYS = (7, 14, 30, 60, 90, 180, 365)


def chains(n_rows):
    """Return columns of listed-like options on one underlying."""
    rng = np.random.default_rng(0)
    spot = 5_000.0
    return (
        rng.choice([-1.0, 1.0], n_rows),
        np.full(n_rows, spot),
        spot * np.exp(rng.normal(0.0, 0.15, n_rows)),
        rng.choice(EXPIRY_DAYS, n_rows) / 365.0,
        np.full(n_rows, 0.04),
        np.full(n_rows, 0.012),
        rng.uniform(0.1, 0.6, n_rows),
    )


def ours(backend):
    """Return our engine as one of the peers."""

    def with_greeks(*columns):
        found = greeks(*columns, which=FIVE, backend=backend)
        return tuple(found[name] for name in FIVE)

    def solve(kind, *market, value):
        return implied_vol(kind, value, *market, backend=backend).vol

    return Peer(
        f"ours, {backend}",
        lambda *columns: price(*columns, backend=backend),
        with_greeks,
        lambda *columns: solve(*columns[:-1], value=columns[-1]),
    )


def measure(bench: Bench) -> None:
    """Time our engine and its peers, then compare them with the truth."""
    warm_up()
    found, missing = peers()
    everyone = [ours("compiled"), ours("plain"), *found]
    options = chains(CHAIN_ROWS)
    quotes = (*options[:-1], price(*options))
    # quotes that have a volatility, so that nobody is timed refusing
    quotes = tuple(column[~np.isnan(ours("plain").implied_vol(*quotes))] for column in quotes)
    for title, method, columns in (
        ("Price", "price", options),
        ("Price and five Greeks", "greeks", options),
        ("Implied volatility", "implied_vol", quotes),
    ):
        bench.section(f"{title}, options of listed chains")
        for peer in everyone:
            _time(bench, peer, method, columns)
        for name, reason in missing.items():
            bench.missing(name, reason)
    _time_small_calls(bench)
    _compare(everyone)


def _time(bench, peer, method, columns):
    call = getattr(peer, method)
    if call is None:
        return
    rows = tuple(column[: FEW if peer.is_scalar else None] for column in columns)
    with warnings.catch_warnings(action="ignore"):
        bench.time(peer.label, lambda: call(*rows), items=rows[0].size, unit="options", runs=9)


def _time_small_calls(bench):
    bench.section("Latency of price and five Greeks")
    for n_rows in (1, 100, 1_000, 4_000):
        options = chains(n_rows)
        bench.time(f"ours, {n_rows} options", lambda o=options: greeks(*o, which=FIVE), runs=21)
    script = "from greeks.engine import greeks; greeks(1, 100.0, 100.0, 0.5, 0.0, 0.0, 0.2)"
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True)
    bench.record("a fresh process, import and first call", time.perf_counter() - started)


def _compare(everyone):
    """Print the largest errors on the hard grid."""
    options = runpy.run_path(str(REFERENCE / "make_hard_grid.py"))["grid_options"]()
    truth = dict(np.load(REFERENCE / "hard_grid.npz"))
    say("\nLargest relative error on the hard grid, where the value is above 1e-8")
    say(f"  {'':<28}" + "".join(f"{name:>10}" for name in FIVE))
    for peer in everyone:
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            values = peer.greeks(*options.T)
        errors = [_largest_error(v, truth[n]) for v, n in zip(values, FIVE, strict=True)]
        say(f"  {peer.label:<28}" + "".join(f"{error:>10.1e}" for error in errors))
    vol, representable = options[:, 6], (truth["price"] > 1e-290) & (truth["vega"] > 1e-290)
    with np.errstate(all="ignore"):
        attainable = EPSILON * (1.0 + truth["price"] / (truth["vega"] * vol))
    solvable = representable & (attainable < 1e-7)
    say(f"\nImplied volatility of {solvable.sum():,} points of the grid (wrong: off by over 1e-6)")
    for peer in everyone:
        if peer.implied_vol is None:
            continue
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            found = peer.implied_vol(*options[:, :6].T, truth["price"])
        errors = np.abs(found / vol - 1.0)[solvable]
        failed, wrong = np.isnan(errors).sum(), (errors > 1e-6).sum()
        units = np.nanmax(errors / attainable[solvable])
        say(f"  {peer.label:<28}{failed:>6} failed {wrong:>6} wrong, error {units:.1e} roundings")


def _largest_error(values, truth):
    quotable = np.abs(truth) > QUOTABLE
    return np.nanmax(np.abs(values - truth)[quotable] / np.abs(truth[quotable]))
