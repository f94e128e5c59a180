"""The SMA cross in other backtesters, each in its own idiom; imported only by benchmarks.

`units` is the size of each entry; infinite for all cash.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd


class Peer(NamedTuple):
    """A peer's run and sweep, both taking windows; None where it is absent or takes too long.

    `simulation` takes windows too and returns the call that simulates their crosses and reads
    final value, drawdown and Sharpe ratio: what a kernel alone is compared with.
    """

    label: str
    run: Callable[[int, int], object] | None
    sweep: Callable[[range, range], object] | None
    simulation: Callable[[int, int], Callable[[], object]] | None = None


def frame_of(bars) -> pd.DataFrame:
    """Return bars as most peers want them."""
    columns = {name: getattr(bars, name.lower()) for name in ("Open", "High", "Low", "Close")}
    return pd.DataFrame({**columns, "Volume": bars.volume}, index=pd.to_datetime(bars.ts_ns))


def vectorbt_peers(bars, cash: float, commission: float, units: float) -> Iterator[Peer]:
    """Yield vectorbt with each of its engines that is installed."""
    import vectorbt as vbt  # noqa: PLC0415 -- optional: extra `bench`

    frame = frame_of(bars)
    opened, close = frame["Open"], frame["Close"]

    def signals(fast, slow):
        entries, exits = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
        return [flags.vbt.signals.fshift(1) for flags in (entries, exits)]

    def portfolio_of(entries, exits):
        terms = {"fees": commission, "init_cash": cash, "size": units, "freq": "1min"}
        return vbt.Portfolio.from_signals(close, entries, exits, price=opened, **terms)

    def metrics(portfolio):
        return portfolio.final_value(), portfolio.max_drawdown(), portfolio.sharpe_ratio()

    def run(fast, slow):
        lines = (vbt.MA.run(close, window=window) for window in (fast, slow))
        return portfolio_of(*signals(*lines)).final_value()

    def sweep(fasts, slows):
        pairs = list(product(fasts, slows))
        lines = (vbt.MA.run(close, [pair[j] for pair in pairs], per_column=False) for j in (0, 1))
        return metrics(portfolio_of(*signals(*lines)))

    def simulation(fast, slow):
        crosses = signals(*(vbt.MA.run(close, window=window) for window in (fast, slow)))
        return lambda: metrics(portfolio_of(*crosses))

    has_rust = find_spec("vectorbt_rust") is not None
    for label, engine in (("rust where it can", "auto"), ("numba", "numba")):
        name = f"vectorbt {vbt.__version__}, {label}"
        if engine == "auto" and not has_rust:
            yield Peer(name, None, None)
            continue
        vbt.settings["engine"] = engine
        yield Peer(name, run, sweep, simulation)


def backtesting_py(bars, cash: float, commission: float, units: float) -> Peer:
    """Return backtesting.py; its sweep would take minutes."""
    from backtesting import Backtest, Strategy  # noqa: PLC0415 -- slow import
    from backtesting.lib import crossover  # noqa: PLC0415 -- slow import

    frame = frame_of(bars)

    class Cross(Strategy):
        fast, slow = 10, 20

        def init(self):
            for name in ("fast", "slow"):
                rolling = frame["Close"].rolling(getattr(self, name)).mean().to_numpy()
                setattr(self, f"{name}_line", self.I(lambda values=rolling: values, name=name))

        def next(self):
            if crossover(self.fast_line, self.slow_line):
                self.buy(**({} if np.isinf(units) else {"size": int(units)}))
            elif crossover(self.slow_line, self.fast_line):
                self.position.close()

    def run(fast, slow):
        test = Backtest(frame, Cross, cash=cash, commission=commission, finalize_trades=True)
        return test.run(fast=fast, slow=slow)["Equity Final [$]"]

    return Peer("backtesting.py 0.6.6 Backtest.run", run, None)


def backtrader_peer(bars, cash: float, commission: float, units: float) -> Peer:
    """Return backtrader."""
    import backtrader as bt  # noqa: PLC0415 -- optional: extra `bench`

    frame = frame_of(bars)

    class Cross(bt.Strategy):
        params = (("fast", 10), ("slow", 20))

        def __init__(self):
            lines = (bt.ind.SMA(period=p) for p in (self.p.fast, self.p.slow))
            self.cross = bt.ind.CrossOver(*lines)

        def next(self):
            if self.cross > 0:
                if np.isinf(units):
                    self.order_target_percent(target=0.95)
                else:
                    self.buy(size=units)
            elif self.cross < 0:
                self.close()

    def run(fast, slow):
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.adddata(bt.feeds.PandasData(dataname=frame))
        cerebro.broker.setcash(cash)
        cerebro.broker.setcommission(commission=commission)
        cerebro.addstrategy(Cross, fast=fast, slow=slow)
        cerebro.run()
        return cerebro.broker.getvalue()

    return Peer("backtrader Cerebro.run", run, None)


def bt_peer(bars, cash: float, commission: float, units: float) -> Peer:
    """Return bt, which trades whole weights at the close that decided."""
    import bt  # noqa: PLC0415 -- optional: extra `bench`

    close = frame_of(bars)[["Close"]]

    def run(fast, slow):
        weights = (close.rolling(fast).mean() > close.rolling(slow).mean()).astype(float)
        strategy = bt.Strategy("cross", [bt.algos.WeighTarget(weights), bt.algos.Rebalance()])
        test = bt.Backtest(
            strategy,
            close,
            initial_capital=cash,
            commissions=lambda quantity, price: abs(quantity) * price * commission,
        )
        return bt.run(test).prices

    return Peer("bt Backtest.run", run, None)
