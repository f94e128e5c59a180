"""A portfolio of 20 instruments over ten years of days, against bt."""

import warnings
from importlib.util import find_spec

import numpy as np

from backtests.engine import Bars
from backtests.engine.portfolio import Series, run_portfolio_strategy, universe_of
from backtests.engine.portfolio_lookahead import check_portfolio_lookahead
from backtests.engine.registry import get_portfolio_strategy

N_INSTRUMENTS, N_DAYS = 20, 2_500
DAY_NS = 86_400_000_000_000
CASH, COMMISSION = 1_000_000.0, 0.001


def made_up_series():
    """Return random walks that share their days."""
    rng = np.random.default_rng(1)
    start = np.datetime64("2015-01-01", "ns").astype(np.int64)
    ts_ns = start + np.arange(1, N_DAYS + 1) * DAY_NS
    series = {}
    for number in range(N_INSTRUMENTS):
        close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, N_DAYS)))
        opened = np.concatenate((close[:1], close[:-1]))
        high, low = np.maximum(opened, close) * 1.001, np.minimum(opened, close) * 0.999
        bars = Bars(ts_ns, opened, high, low, close, np.full(N_DAYS, 1e6))
        series[f"I{number}"] = Series(bars)
    return series


def measure(bench):
    """Time everything."""
    warnings.simplefilter("ignore")
    series = made_up_series()
    size = {"items": N_INSTRUMENTS * N_DAYS, "unit": "bars"}
    terms = {"cash": CASH, "commission": COMMISSION, "fractional": True, "fill": "close"}

    bench.section("Equal weights every month, 20 instruments, 2,500 days, metrics included")
    bench.time(
        "run_portfolio_strategy()",
        lambda: run_portfolio_strategy("equal_weight", series, **terms),
        **size,
    )
    _bt(bench, series, size)

    bench.section("Other strategies and terms on the same bars")
    for name, params in (
        ("momentum_rotation", {"top_n": 5}),
        ("inverse_volatility", {}),
        ("equal_weight", {"rebalance": "band"}),
        ("equal_weight", {"rebalance": "weekly"}),
    ):
        bench.time(
            f"{name} {params or ''}",
            lambda name=name, params=params: run_portfolio_strategy(name, series, params, **terms),
            **size,
        )
    bench.time(
        "with maintenance, borrowing and financing",
        lambda: run_portfolio_strategy(
            "equal_weight", series, maintenance=0.2, borrow_rate=0.02, financing_rate=0.05, **terms
        ),
        **size,
    )
    pair = {name: series[name] for name in ("I0", "I1")}
    bench.time("pairs, two instruments", lambda: run_portfolio_strategy("pairs", pair, **terms))
    strategy, seen = get_portfolio_strategy("momentum_rotation"), universe_of(series)
    bench.time("24 cuts for look-ahead", lambda: check_portfolio_lookahead(strategy, seen, cuts=24))


def _bt(bench, series, size):
    if not find_spec("bt"):
        bench.missing("bt: RunMonthly, WeighEqually, Rebalance", "bt is not installed")
        return
    import bt  # noqa: PLC0415 -- optional: the bench extra
    import pandas as pd  # noqa: PLC0415 -- only for the peer

    stamps = pd.to_datetime(next(iter(series.values())).bars.ts_ns)
    closes = pd.DataFrame({name: s.bars.close for name, s in series.items()}, index=stamps)
    algos = bt.algos
    steps = [algos.RunMonthly(), algos.SelectAll(), algos.WeighEqually(), algos.Rebalance()]

    def run():
        test = bt.Backtest(
            bt.Strategy("equal", steps), closes, initial_capital=CASH, integer_positions=False,
            commissions=lambda units, price: abs(units) * price * COMMISSION, progress_bar=False,
        )  # fmt: skip
        return bt.run(test)

    bench.time("bt: RunMonthly, WeighEqually, Rebalance", run, **size, runs=3)
