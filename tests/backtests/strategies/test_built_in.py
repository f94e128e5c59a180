import numpy as np
import pytest

from backtests.engine import InvalidParams, get_strategy, run, strategies, sweep
from backtests.engine.lookahead import check_lookahead
from market.engine import Bars
from tests.market.engine.indicators.test_core import random_bars

BUILT_IN = [
    "bollinger_breakout",
    "bollinger_reversion",
    "breakout_scalping",
    "buy_and_hold",
    "donchian_breakout",
    "ema_cross",
    "macd",
    "rsi_reversion",
    "sma_cross",
    "ut_bot",
]
MINUTE = 60_000_000_000
DAY = 1440 * MINUTE


def arrays_of(signals):
    return {name: part for name, part in vars(signals).items() if isinstance(part, np.ndarray)}


def bars_of(closes, volume=None):
    closes = np.array(closes, dtype=float)
    volume = np.ones(closes.size) if volume is None else np.array(volume, dtype=float)
    return Bars(np.arange(1, closes.size + 1) * DAY, closes, closes, closes, closes, volume)


def sessions_of(n_sessions, n_bars=60, seed=5):
    """Minute bars from 14:30 UTC on, in sessions of `n_bars`."""
    rng = np.random.default_rng(seed)
    ts_ns = [
        day * DAY + (870 + minute) * MINUTE
        for day in range(1, n_sessions + 1)
        for minute in range(1, n_bars + 1)
    ]
    close = np.round(50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.001, len(ts_ns)))), 2)
    opens = np.concatenate([close[:1], close[:-1]])
    volume = rng.integers(1, 1000, len(ts_ns)).astype(float)
    high, low = np.maximum(opens, close) + 0.01, np.minimum(opens, close) - 0.01
    return Bars(np.array(ts_ns), opens, high, low, close, volume)


def entries(name, bars, **params):
    """Return the bars on which a strategy buys, ends the long, sells and ends the short."""
    strategy = get_strategy(name)
    signals = strategy.signals(bars, strategy.resolve(params))
    names = ("entry_long", "exit_long", "entry_short", "exit_short")
    return [np.flatnonzero(getattr(signals, name)).tolist() for name in names]


def test_every_built_in_strategy_is_found():
    assert set(BUILT_IN) <= set(strategies())


@pytest.mark.parametrize("name", BUILT_IN)
def test_strategy_decides_nothing_before_its_warm_up(name):
    strategy = get_strategy(name)
    params = strategy.resolve()

    signals = strategy.signals(random_bars(), params)

    first = strategy.warm_up(params)
    assert not signals.entry_long[:first].any()
    assert not signals.entry_short[:first].any()


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("cut", [1, 2, 20, 90, 333])
def test_strategy_ignores_later_bars(name, cut):
    strategy, bars = get_strategy(name), sessions_of(7)
    params = strategy.resolve()

    whole = arrays_of(strategy.signals(bars, params))
    part = arrays_of(strategy.signals(bars.slice(0, cut), params))

    assert whole.keys() == part.keys()
    for array in whole:
        assert np.array_equal(
            whole[array][:cut], part[array], equal_nan=array in ("stop", "target")
        )


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "sma_cross"])
def test_strategy_passes_the_check_for_look_ahead(name):
    report = check_lookahead(get_strategy(name), sessions_of(7), cuts=8)

    assert report.changes == ()


@pytest.mark.parametrize("name", BUILT_IN)
def test_strategy_of_fewer_bars_than_its_warm_up_trades_nothing(name):
    strategy, bars = get_strategy(name), random_bars().slice(0, 1)

    result = run(strategy, bars, strategy.resolve(), cash=10_000.0)

    assert len(result.trades) == 0


@pytest.mark.parametrize("name", BUILT_IN)
def test_strategy_is_described_in_words(name):
    strategy = get_strategy(name)

    assert strategy.description.endswith(".")
    assert all(param.help for param in strategy.params)


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "sma_cross"])
def test_strategy_states_its_rules_as_sentences(name):
    rules = get_strategy(name).rules

    assert rules
    assert all(rule[0].isupper() and rule.endswith(".") for rule in rules)


@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("ema_cross", {"fast": [3, 8], "slow": [13, 21]}),
        ("macd", {"fast": [3, 8], "slow": [13], "signal": [2, 5]}),
        ("ut_bot", {"key_value": [1.0, 2.0], "heikin_ashi": [False, True]}),
    ],
)
def test_sweep_of_a_cross_gives_what_each_run_gives(name, grid):
    bars = random_bars()
    trials = sweep(name, bars, grid, cash=10_000.0, metrics=("equity_final", "n_trades"))

    assert len(trials.params) == 4
    for params, figures in zip(trials.params, trials.metrics, strict=True):
        values = {name: params[name].item() for name in grid}
        result = run(name, bars, values, cash=10_000.0)
        assert figures[0] == pytest.approx(result.metrics["equity_final"], rel=1e-12)
        assert figures[1] == result.metrics["n_trades"]


@pytest.mark.parametrize(
    ("name", "params", "field"),
    [
        ("ema_cross", {"fast": 20, "slow": 20}, "fast"),
        ("macd", {"fast": 30}, "fast"),
        ("rsi_reversion", {"oversold": 60.0}, "oversold"),
        ("rsi_reversion", {"overbought": 40.0}, "overbought"),
        ("bollinger_breakout", {"window": 1}, "window"),
        ("ut_bot", {"heikin_ashi": 1}, "heikin_ashi"),
    ],
)
def test_strategy_with_a_bad_combination_names_the_field(name, params, field):
    with pytest.raises(InvalidParams) as refusal:
        get_strategy(name).resolve(params)

    assert field in refusal.value.errors


def test_ema_cross_follows_a_table_worked_by_hand():
    # EMA(1) is the close; EMA(3) has weight 1/2 after the mean 4 of the first three:
    # close  5  4  3  7  8  2
    # EMA(3) -  -  4  5.5 6.75 4.375
    long, _, short, _ = entries("ema_cross", bars_of([5, 4, 3, 7, 8, 2]), fast=1, slow=3)

    assert (long, short) == ([3], [5])


def test_rsi_reversion_follows_a_table_worked_by_hand():
    # window 1: the RSI is 0 after a fall, 100 after a rise and 50 after no change
    closes = [5, 4, 3, 4, 5, 5, 6, 5]
    long, end_long, short, end_short = entries("rsi_reversion", bars_of(closes), window=1)

    assert (long, end_long) == ([3], [3, 4, 5, 6])
    assert (short, end_short) == ([5, 7], [1, 2, 5, 7])


def test_bollinger_strategies_follow_a_table_worked_by_hand():
    # window 2, 0.5 deviations: middle +- a quarter of the change; so each rising close is above
    # the upper band, each falling close below the lower one, and a flat close inside
    closes = [4, 8, 8, 4, 4]
    options = {"window": 2, "deviations": 0.5}

    breakout = entries("bollinger_breakout", bars_of(closes), **options)
    reversion = entries("bollinger_reversion", bars_of(closes), **options)

    # gaps from the bands: above, on both, below, on both: the first side is no cross
    assert breakout == [[], [3], [3], [1]]
    assert reversion == [[], [1, 2, 4], [3], [2, 3, 4]]


def test_donchian_breakout_follows_a_table_worked_by_hand():
    strategy, bars = get_strategy("donchian_breakout"), bars_of([10, 11, 12, 15, 13, 12, 9])
    params = strategy.resolve({"entry_window": 3, "exit_window": 2, "atr_window": 3})

    signals = strategy.signals(bars, params)

    # true ranges 1 1 3 2 1 3: ATR(3) 5/3 on bar 3, then (2 ATR + range) / 3: 16/9, 41/27, 163/81
    assert entries("donchian_breakout", bars, entry_window=3, exit_window=2, atr_window=3) == [
        [3],
        [5, 6],
        [6],
        [2, 3],
    ]
    expected = np.full(7, np.nan)
    expected[3], expected[6] = 15 - 2 * 5 / 3, 9 + 2 * 163 / 81
    assert signals.stop == pytest.approx(expected, nan_ok=True)


def test_macd_enters_where_its_histogram_changes_sign():
    bars = random_bars()
    close = bars.close
    import talib  # noqa: PLC0415 -- only this test needs it

    histogram = talib.MACD(close)[2]
    side = np.sign(histogram[33:])
    turns = np.flatnonzero(side[1:] != side[:-1]) + 34
    long, end_long, short, end_short = entries("macd", bars)

    assert sorted(long + short) == turns.tolist()
    assert (long, short) == (end_short, end_long)


def test_ut_bot_turns_where_the_close_crosses_its_stop():
    # window 1, key value 1: the stop is one true range away
    # close  10  12  11  8   8.5 11
    # range      2   1   3   0.5 2.5
    # stop       10  10  11  9   8.5
    long, _, short, _ = entries(
        "ut_bot", bars_of([10, 12, 11, 8, 8.5, 11]), key_value=1.0, window=1
    )

    assert (long, short) == ([5], [3])


def test_buy_and_hold_buys_once():
    assert entries("buy_and_hold", bars_of([3, 2, 1])) == [[0], [], [], []]


def test_breakout_scalping_holds_nothing_over_night():
    bars = sessions_of(30)
    result = run(
        get_strategy("breakout_scalping"), bars, {"window": 5, "no_entry_bars": 10}, cash=10_000.0
    )
    days = (bars.ts_ns - 1) // DAY

    trades = result.trades

    assert len(trades) > 20
    assert np.array_equal(days[trades["entry_bar"]], days[trades["exit_bar"]])


def test_breakout_scalping_enters_only_on_volume_and_inside_a_session():
    bars = sessions_of(30)
    window = 5
    long, _, short, _ = entries("breakout_scalping", bars, window=window, no_entry_bars=10)

    assert long
    assert short
    for bar in long + short:
        before = slice(bar - window, bar)
        top, bottom = bars.high[before].max(), bars.low[before].min()
        assert (bars.close[bar] > top) == (bar in long)
        assert (bars.close[bar] < bottom) == (bar in short)
        assert bars.volume[bar] > 1.5 * bars.volume[before].mean()
        assert window <= bar % 60 < 60 - 10


def test_breakout_scalping_risks_part_of_the_range_for_a_multiple():
    strategy, bars = get_strategy("breakout_scalping"), sessions_of(30)
    params = strategy.resolve({"window": 5, "stop_range": 0.5, "reward": 2.0})

    signals = strategy.signals(bars, params)

    bar = int(np.flatnonzero(signals.entry_long)[0])
    height = bars.high[bar - 5 : bar].max() - bars.low[bar - 5 : bar].min()
    assert signals.stop[bar] == pytest.approx(bars.close[bar] - 0.5 * height)
    assert signals.target[bar] == pytest.approx(bars.close[bar] + height)
