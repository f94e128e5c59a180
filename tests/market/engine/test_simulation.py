"""Made-up prices: deterministic, valid, and shaped like a market."""

import numpy as np
import pytest

from market.engine import Bars, PathParams, resample, sessions_between, simulate_minutes
from market.engine.timeframes import DAY_NS

FIRST = 1_262_304_000 * 10**9  # 2010-01-01
LAST = FIRST + 3000 * DAY_NS
PARAMS = PathParams(
    seed=7,
    base_price=100.0,
    drift=0.05,
    vol=0.2,
    gap_share=0.3,
    sessions_per_year=252.0,
    minute_volume=1000.0,
    ticks_per_unit=100.0,
)


@pytest.fixture(scope="module")
def sessions():
    return sessions_between("XNYS", FIRST, LAST)


@pytest.fixture(scope="module")
def minutes(sessions):
    return simulate_minutes(*sessions, 0, PARAMS)


def test_simulate_gives_valid_bars_on_ticks(minutes):
    columns = (minutes.ts_ns, minutes.open, minutes.high, minutes.low, minutes.close)

    Bars(*columns, minutes.volume)  # raises if a bar is impossible

    assert (np.round(minutes.close, 2) == minutes.close).all()


def test_simulate_has_each_minute_of_each_session(minutes, sessions):
    opens, closes = sessions

    assert len(minutes) == int((closes - opens).sum()) // (60 * 10**9)
    assert (minutes.ts_ns[0], minutes.ts_ns[-1]) == (opens[0] + 60 * 10**9, closes[-1])


def test_simulate_from_a_later_session_gives_the_same_minutes(minutes, sessions):
    tail = simulate_minutes(*sessions, len(sessions[0]) - 5, PARAMS)

    assert (tail.close == minutes.close[-len(tail) :]).all()
    assert (tail.volume == minutes.volume[-len(tail) :]).all()


def test_simulate_other_seed_gives_another_path(minutes, sessions):
    other = simulate_minutes(*sessions, 0, PARAMS._replace(seed=8))

    assert (other.close != minutes.close).mean() > 0.9


def test_simulate_volatility_is_near_the_one_asked_for(minutes):
    daily = np.diff(np.log(resample(minutes, "1d").close))

    assert daily.std() * np.sqrt(252) == pytest.approx(0.2, rel=0.15)


def test_simulate_wild_days_cluster(minutes):
    moves = np.abs(np.diff(np.log(resample(minutes, "1d").close)))

    lag_one = np.corrcoef(moves[1:], moves[:-1])[0, 1]
    assert lag_one > 3 / np.sqrt(moves.size)  # three standard errors of white noise


def test_simulate_volume_smiles(sessions):
    opens, closes = sessions
    whole_days = np.flatnonzero(closes - opens == 390 * 60 * 10**9)[:250]
    minutes = simulate_minutes(opens[whole_days], closes[whole_days], 0, PARAMS)

    by_minute = minutes.volume.reshape(250, 390).mean(axis=0)

    assert np.r_[by_minute[:30], by_minute[-30:]].mean() > 1.5 * by_minute[150:240].mean()


@pytest.mark.parametrize(
    "change", [{"base_price": 0.0}, {"vol": 0.0}, {"gap_share": 1.0}, {"gap_share": -0.1}]
)
def test_simulate_impossible_params_are_refused(sessions, change):
    with pytest.raises(ValueError, match="must be above 0"):
        simulate_minutes(*sessions, 0, PARAMS._replace(**change))


def test_simulate_no_session_is_refused(sessions):
    with pytest.raises(ValueError, match="no session"):
        simulate_minutes(*sessions, len(sessions[0]), PARAMS)
