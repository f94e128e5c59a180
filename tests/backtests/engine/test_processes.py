"""The same run in separate processes, without Django: the same bits."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import hashlib, sys
import numpy as np
from backtests.engine import run, sweep
from tests.backtests.engine.data import goog, random_bars
from tests.backtests.engine.test_run import BUSY

def digest(*arrays):
    together = hashlib.sha256()
    for array in arrays:
        together.update(np.ascontiguousarray(array).tobytes())
    return together.hexdigest()

for bars in (goog(), random_bars(11, n_bars=3_000)):
    for name in ("sma_cross", "ema_cross"):
        result = run(name, bars, {"fast": 3, "slow": 8}, **BUSY)
        assert result.trades.size > 50
        columns = [result.trades[column] for column in result.trades.dtype.names]
        figures = np.array(list(result.metrics.values()))
        print(result.fingerprint, digest(result.equity, result.position, *columns, figures))
    trials = sweep("sma_cross", bars, {"fast": range(2, 9), "slow": range(9, 40)}, cash=1e4,
                   commission=0.001, n_threads=int(sys.argv[1]))
    print(digest(trials.metrics, trials.params))
print("django" in sys.modules)
"""


def output_of_process(hash_seed: str, n_threads: str, **environment: str) -> list[str]:
    """Return what the script prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, n_threads],
        env=os.environ | {"PYTHONHASHSEED": hash_seed} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stdout.split()


@pytest.fixture(scope="module")
def first() -> list[str]:
    return output_of_process("1", "1")


def test_second_process_gives_the_same_bits(first: list[str]) -> None:
    # another order of sets and dicts, and other threads
    second = output_of_process("2", "2")

    assert len(set(first)) == len(first) == 11  # two runs and a sweep on each of two series
    assert second == first
    assert first[-1] == "False"


def test_process_without_other_threads_of_the_libraries_gives_the_same_bits(
    first: list[str],
) -> None:
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

    assert output_of_process("3", "3", **single, TZ="Asia/Tokyo", LC_ALL="C") == first
