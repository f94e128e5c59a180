"""The kernels as plain Python, where numpy checks every index."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from market.engine.indicators import INDICATORS, cross_above, cross_below
from tests.market.engine.indicators.test_core import random_bars

ROOT = Path(__file__).parents[4]
SCRIPT = """
import sys
import numpy as np
from market.engine.indicators import INDICATORS, cross_above, cross_below
from tests.market.engine.indicators.test_core import random_bars

bars = random_bars(150)
figures = {name: indicator.on(bars) for name, indicator in INDICATORS.items()}
crosses = [cross(bars.close, bars.open) for cross in (cross_above, cross_below)]
np.savez(sys.argv[1], crosses=crosses, **figures)
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "figures.npz"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT, str(path)]
    subprocess.run(command, check=True, env=environment, cwd=ROOT)
    return np.load(path)


@pytest.mark.parametrize("name", INDICATORS)
def test_compiled_kernel_gives_the_figures_of_plain_python(name, plain):
    compiled = INDICATORS[name].on(random_bars(150))

    assert compiled == pytest.approx(plain[name], rel=1e-12, abs=1e-12, nan_ok=True)


def test_compiled_crosses_are_those_of_plain_python(plain):
    bars = random_bars(150)

    crosses = [cross(bars.close, bars.open) for cross in (cross_above, cross_below)]

    assert np.array_equal(crosses, plain["crosses"])
