from dataclasses import dataclass

import numpy as np
import pytest

from backtests.engine import InvalidParams, Param, Signals, Strategy, strategies
from backtests.engine.lookahead import check_lookahead
from market.engine import Bars
from tests.backtests.engine.metrics.peer import goog_bars

SPARSE = 97


def ahead(values, n_bars=1):
    """Return the values `n_bars` later; the latest ones repeat."""
    return np.concatenate((values[n_bars:], np.repeat(values[-1:], n_bars)))[: values.size]


def causal_mean(values, window):
    sums = np.cumsum(values)
    return np.concatenate(
        (np.full(window - 1, np.nan), np.diff(sums[window - 1 :], prepend=0.0) / window)
    )[: values.size]


def next_close(bars):
    return ahead(bars.close) > bars.close


def next_close_now_and_then(bars):
    up = bars.close > np.concatenate((bars.close[:1], bars.close[:-1]))
    return np.where(np.arange(len(bars)) % SPARSE == 0, next_close(bars), up)


def missing_entries_now_and_then(bars):
    """Leaves out the entries that would lose: the cheat shows only where nothing fires."""
    up = bars.close > np.concatenate((bars.close[:1], bars.close[:-1]))
    return np.where(np.arange(len(bars)) % SPARSE == 0, up & next_close(bars), up)


def centred_mean(bars):
    return bars.close > np.convolve(bars.close, np.ones(5) / 5, mode="same")[: len(bars)]


def share_of_highest(bars):
    return bars.close / bars.close.max() > 0.5


def share_of_z_score(bars):
    return (bars.close - bars.close.mean()) / bars.close.std() > 1.0


def filled_backwards(bars):
    sparse = np.where(np.arange(len(bars)) % 5 == 4, bars.close, np.nan)
    filled = sparse[np.minimum(np.arange(len(bars)) // 5 * 5 + 4, len(bars) - 1)]
    return filled > bars.close


def length_of_series(bars):
    return np.arange(len(bars)) >= len(bars) - 3


@dataclass
class Planted(Strategy):
    """A strategy that enters where `rule` says."""

    rule: object
    name = "planted"
    label = "Planted"

    def signals(self, bars, _params):
        entry = np.asarray(self.rule(bars), np.bool_)
        never = np.zeros(len(bars), np.bool_)
        return Signals(entry_long=entry, exit_long=~entry, entry_short=never, exit_short=never)


@dataclass
class PlantedStop(Planted):
    """A strategy whose stop, not its entry, is chosen by `rule`."""

    def signals(self, bars, _params):
        never = np.zeros(len(bars), np.bool_)
        return Signals(never, never, never, never, stop=self.rule(bars))


@dataclass
class PlantedLine(Planted):
    """A strategy whose entries are honest, and whose drawn line is `line`."""

    line: object = None

    def indicators(self, bars, _params):
        return {"line": self.line(bars)}


@pytest.fixture(scope="module")
def bars() -> Bars:
    return goog_bars()


@pytest.mark.parametrize(
    "rule",
    [
        next_close,
        next_close_now_and_then,
        missing_entries_now_and_then,
        centred_mean,
        share_of_highest,
        share_of_z_score,
        filled_backwards,
        length_of_series,
    ],
    ids=lambda rule: rule.__name__,
)
@pytest.mark.parametrize("seed", range(2))
def test_cheater_is_caught(bars, rule, seed):
    report = check_lookahead(Planted(rule), bars, seed=seed)

    assert not report.is_clean
    assert report.is_repeatable


@pytest.mark.parametrize("n_bars", [1, 5, 20])
def test_peek_is_caught_where_it_begins(bars, n_bars):
    report = check_lookahead(PlantedStop(lambda b: ahead(b.close, n_bars)), bars, cuts=80)

    assert report.first.array == "stop"
    assert report.first.cut - n_bars <= report.first.bar < report.first.cut
    assert report.first.known_future == bars.close[report.first.bar + n_bars]
    assert str(report) == (
        f"Look-ahead: stop at bar {report.first.bar} depends on the bars from {report.first.cut} on"
    )


def test_peek_in_a_long_series_is_reported_at_its_own_bar():
    n_bars = 130_000
    close = 100.0 + np.arange(n_bars) % 977
    minutes = np.arange(1, n_bars + 1, dtype=np.int64) * 60 * 10**9
    long = Bars(minutes, close, close, close, close, np.ones(n_bars))

    report = check_lookahead(PlantedStop(lambda b: ahead(b.close)), long, cuts=8)

    assert report.first.known_future == close[report.first.bar + 1]
    assert report.first.bar + 1 == report.first.cut


def test_tiny_change_of_a_float_is_caught(bars):
    report = check_lookahead(PlantedStop(lambda b: b.close + 1e-9 * b.close.max()), bars, cuts=80)

    assert report.first.array == "stop"


def test_stop_that_appears_only_with_the_future_is_caught(bars):
    report = check_lookahead(PlantedStop(lambda b: b.low if b.close.max() > 800.0 else None), bars)

    assert report.first.array == "stop"
    assert np.isnan(report.first.other_future)


def test_single_number_made_of_the_whole_series_is_caught(bars):
    class PlantedNumber(Planted):
        def signals(self, bars, _params):
            never = np.zeros(len(bars), np.bool_)
            return Signals(never, never, never, never, valid_bars=len(bars))

    report = check_lookahead(PlantedNumber(None), bars, cuts=80)

    assert report.first.array == "valid_bars"


def test_indicator_that_peeks_is_caught_though_signals_do_not(bars):
    honest = lambda b: b.close > b.open  # noqa: E731 -- a rule in one line

    report = check_lookahead(PlantedLine(honest, lambda b: b.close / b.close.max()), bars, cuts=80)

    assert [change.array for change in report.changes] == ["line"]


@pytest.mark.parametrize("name", list(strategies()))
def test_built_in_strategy_is_clean(bars, name):
    report = check_lookahead(name, bars, cuts=200)

    assert report.is_clean
    assert str(report) == "No look-ahead found in 200 cuts"


@pytest.mark.parametrize("n_bars", [1, 2, 19, 20, 21, 60, 300])
def test_warm_up_of_a_short_series_is_no_alarm(bars, n_bars):
    report = check_lookahead("sma_cross", bars.slice(0, n_bars))

    assert report.is_clean


def test_series_within_the_warm_up_is_reported_as_not_checked(bars):
    report = check_lookahead("sma_cross", bars.slice(0, 15))

    assert report.n_cuts == 0
    assert str(report) == "Not checked for look-ahead: no bar lies past the warm-up"


def test_long_warm_up_of_nan_is_no_alarm(bars):
    report = check_lookahead(PlantedStop(lambda b: causal_mean(b.close, 200)), bars, cuts=80)

    assert report.is_clean


def test_strategy_by_chance_is_not_repeatable(bars):
    rng = np.random.default_rng(1)

    report = check_lookahead(Planted(lambda b: rng.random(len(b)) > 0.5), bars)

    assert not report.is_clean
    assert not report.is_repeatable
    assert report.changes == ()


def test_same_seed_gives_same_report(bars):
    first, second = (
        check_lookahead(Planted(centred_mean), bars, cuts=40, seed=7) for _ in range(2)
    )

    assert first == second


@pytest.mark.parametrize("cuts", [4, 5, 50])
def test_as_many_cuts_as_asked_for_are_made(bars, cuts):
    assert check_lookahead("sma_cross", bars, cuts=cuts).n_cuts == cuts


def test_too_few_cuts_are_refused(bars):
    with pytest.raises(ValueError, match="cuts"):
        check_lookahead("sma_cross", bars, cuts=3)


def test_refused_parameters_are_named(bars):
    with pytest.raises(InvalidParams, match="fast"):
        check_lookahead("sma_cross", bars, {"fast": 30, "slow": 20})


def test_signals_of_another_length_are_refused(bars):
    with pytest.raises(ValueError, match="values for"):
        check_lookahead(PlantedLine(lambda b: b.close > 0, lambda b: b.close[:7]), bars)


def test_param_of_a_strategy_reaches_its_signals(bars):
    class Peeker(Planted):
        params = (Param("n_bars", "int", 0, low=0, high=10),)

        def signals(self, bars, params):
            never = np.zeros(len(bars), np.bool_)
            return Signals(never, never, never, never, target=ahead(bars.close, params["n_bars"]))

    assert check_lookahead(Peeker(None), bars, cuts=40).is_clean
    assert not check_lookahead(Peeker(None), bars, {"n_bars": 1}, cuts=40).is_clean
