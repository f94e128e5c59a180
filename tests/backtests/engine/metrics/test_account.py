import numpy as np
import pytest

from backtests.engine.metrics.account import _walk
from backtests.engine.metrics.periods import DAY_NS


def test_walk_as_plain_python_equals_compiled():
    rng = np.random.default_rng(11)
    ts_ns = DAY_NS * np.arange(300, dtype=np.int64)
    equity = 100.0 * np.cumprod(1.0 + rng.normal(0.0, 0.01, 300))
    position = np.repeat([0.0, 1.0, -1.0], 100)

    assert _walk.py_func(ts_ns, equity, position) == _walk(ts_ns, equity, position)


@pytest.mark.parametrize("scale", [1e-6, 3.0, 1e9])
def test_drawdowns_do_not_depend_on_the_currency(scale):
    ts_ns = DAY_NS * np.arange(6, dtype=np.int64)
    equity = np.array([4.0, 5.0, 3.0, 6.0, 2.0, 4.0])

    plain, scaled = (_walk(ts_ns, values, np.zeros(6)) for values in (equity, equity * scale))

    assert scaled.max_depth == pytest.approx(plain.max_depth) == pytest.approx(4 / 6)
    assert scaled.n_drawdowns == plain.n_drawdowns == 2
    assert scaled.longest_ns == plain.longest_ns == 2 * DAY_NS
