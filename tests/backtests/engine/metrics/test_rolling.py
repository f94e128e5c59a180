import math

import numpy as np
import pandas as pd
import pytest

from backtests.engine.metrics import periods_per_year, rolling_figures
from backtests.engine.metrics.rolling import _windows
from tests.backtests.engine.metrics.peer import goog_bars


@pytest.fixture(scope="module")
def account():
    bars = goog_bars()
    rng = np.random.default_rng(4)
    return bars, 1_000.0 * np.cumprod(1.0 + rng.normal(0.0003, 0.01, len(bars)))


def test_rolling_figures_equal_pandas(account):
    bars, equity = account
    own, market = (pd.Series(x).pct_change().dropna() for x in (equity, bars.close))
    root = math.sqrt(periods_per_year(bars.ts_ns))
    spread = own.rolling(63).std().dropna()
    mean = own.rolling(63).mean().dropna()
    beta = (own.rolling(63).cov(market) / market.rolling(63).var()).dropna()

    rolling = rolling_figures(bars.ts_ns, equity, bars.close, window=63)

    assert rolling.volatility == pytest.approx(spread.to_numpy() * root)
    assert rolling.sharpe == pytest.approx((mean / spread).to_numpy() * root, abs=1e-9)
    assert rolling.beta == pytest.approx(beta.to_numpy(), abs=1e-9)
    assert rolling.bars.tolist() == list(range(63, len(bars)))


def test_rolling_kernel_as_plain_python_equals_compiled(account):
    _, equity = account
    own, other = np.diff(equity[:60]), np.diff(equity[60:120])
    plain, compiled = np.empty(3 * 50), np.empty(3 * 50)

    _windows.py_func(own, other, 10, plain)
    _windows(own, other, 10, compiled)

    assert plain == pytest.approx(compiled, rel=1e-13)


def test_rolling_window_longer_than_the_series_is_empty(account):
    bars, equity = account

    rolling = rolling_figures(bars.ts_ns, equity, bars.close, window=len(bars))

    assert [values.size for values in rolling] == [0, 0, 0, 0]


def test_rolling_sharpe_of_an_account_that_never_moves_is_undefined(account):
    bars, equity = account

    rolling = rolling_figures(bars.ts_ns, np.ones_like(equity), bars.close, window=20)

    assert np.isnan(rolling.sharpe).all()
    assert not rolling.volatility.any()


def test_rolling_window_of_one_day_is_refused(account):
    bars, equity = account

    with pytest.raises(ValueError, match="window"):
        rolling_figures(bars.ts_ns, equity, bars.close, window=1)
