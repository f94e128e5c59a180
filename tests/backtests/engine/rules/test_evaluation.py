"""Rules against hand-worked tables, the plugins that say the same, and truncated bars."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.engine import Bars, InvalidParams, get_strategy, run
from backtests.engine.lookahead import check_lookahead
from backtests.engine.rules import TEMPLATES, RuleStrategy, evaluate, parse_rules
from market.engine.indicators import INDICATORS, adx
from tests.backtests.strategies.test_built_in import DAY, MINUTE, arrays_of, bars_of, sessions_of
from tests.market.engine.indicators.test_core import random_bars

CLOSE = {"price": "close"}
ALWAYS = {"compare": "above", "left": CLOSE, "right": 1}


def signals_of(bars, **document):
    return evaluate(parse_rules(document), bars)


def held(condition, closes):
    signals = signals_of(bars_of(closes), enter_long=condition)
    return np.flatnonzero(signals.entry_long).tolist()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({"compare": "above", "left": CLOSE, "right": 5}, [2, 3], id="above"),
        pytest.param(
            {"compare": "at_least", "left": CLOSE, "right": 5}, [1, 2, 3, 5], id="at least"
        ),
        pytest.param({"compare": "below", "left": CLOSE, "right": 5}, [0, 4, 6], id="below"),
        pytest.param(
            {"compare": "at_most", "left": CLOSE, "right": 5}, [0, 1, 4, 5, 6], id="at most"
        ),
        pytest.param({"crosses": "above", "left": CLOSE, "right": 5}, [2], id="crosses over a tie"),
        pytest.param({"crosses": "below", "left": CLOSE, "right": 5}, [4], id="crosses below"),
        pytest.param(
            {"not": {"compare": "above", "left": CLOSE, "right": 5}}, [0, 1, 4, 5, 6], id="not"
        ),
        pytest.param(
            {"compare": "above", "left": CLOSE, "right": {"price": "close", "lag": 2}},
            [2, 3],
            id="above two bars ago",
        ),
        pytest.param(
            {"not": {"compare": "above", "left": CLOSE, "right": {"price": "close", "lag": 2}}},
            [4, 5, 6],
            id="not, but nothing while unknown",
        ),
        pytest.param(
            {
                "compare": "above",
                "left": CLOSE,
                "right": {"price": "close", "lag": 1, "times": 1.3},
            },
            [2],
            id="above 1.3 times the close before",
        ),
        pytest.param(
            {
                "any": [
                    {"compare": "above", "left": CLOSE, "right": 7},
                    {
                        "all": [
                            {"compare": "below", "left": CLOSE, "right": 5},
                            {"compare": "above", "left": CLOSE, "right": 3.5},
                        ]
                    },
                ]
            },
            [0, 3, 4],
            id="any of one and both of two",
        ),
        pytest.param(
            {
                "compare": "at_least",
                "left": {"indicator": "sma", "params": {"window": 2}},
                "right": 6,
            },
            [2, 3, 4],
            id="mean of two",
        ),
        pytest.param({"compare": "above", "left": 5, "right": CLOSE}, [0, 4, 6], id="number first"),
    ],
)
def test_condition_follows_a_table_worked_by_hand(condition, expected):
    assert held(condition, [4, 5, 7, 8, 4, 5, 3]) == expected


def test_indicator_reads_the_source_it_is_given():
    bars = bars_of([1, 1, 1, 1], volume=[10, 10, 40, 10])
    mean = {"indicator": "sma", "params": {"window": 2}, "source": "volume", "lag": 1, "times": 1.5}

    signals = signals_of(
        bars, enter_long={"compare": "above", "left": {"price": "volume"}, "right": mean}
    )

    assert np.flatnonzero(signals.entry_long).tolist() == [2]


def test_levels_stand_away_from_the_close_of_the_signal():
    bars = bars_of([10, 20, 10, 20])
    signals = signals_of(
        bars,
        enter_long={"compare": "above", "left": CLOSE, "right": 15},
        enter_short={"compare": "below", "left": CLOSE, "right": 15},
        stop_loss={"percent": 10},
        take_profit={"percent": 50},
        trail={"atr": 0.5, "window": 2},
    )

    # ATR(2) of ranges of 10 is 10 from bar 2 on; nothing is decided before it
    assert signals.stop == pytest.approx([np.nan, np.nan, 11.0, 18.0], nan_ok=True)
    assert signals.target == pytest.approx([np.nan, np.nan, 5.0, 30.0], nan_ok=True)
    assert signals.trail == pytest.approx([np.nan, np.nan, 5.0, 5.0], nan_ok=True)


def test_level_no_price_reaches_is_left_out():
    signals = signals_of(
        bars_of([10, 20]),
        enter_short={"compare": "above", "left": CLOSE, "right": 15},
        take_profit={"percent": 100},
    )

    assert np.isnan(signals.target).all()


@pytest.mark.parametrize(
    ("plugin", "params", "document"),
    [
        (
            "ema_cross",
            {"fast": 5, "slow": 20},
            {
                "enter_long": ["ema", 5, "above", "ema", 20],
                "exit_long": ["ema", 5, "below", "ema", 20],
                "enter_short": ["ema", 5, "below", "ema", 20],
                "exit_short": ["ema", 5, "above", "ema", 20],
            },
        ),
        (
            "sma_cross",
            {"fast": 2, "slow": 9},
            {
                "enter_long": ["sma", 2, "above", "sma", 9],
                "exit_long": ["sma", 2, "below", "sma", 9],
                "enter_short": ["sma", 2, "below", "sma", 9],
                "exit_short": ["sma", 2, "above", "sma", 9],
            },
        ),
    ],
)
def test_rules_trade_like_the_plugin_that_says_the_same(plugin, params, document):
    def cross(first, fast, direction, second, slow):
        left = {"indicator": first, "params": {"window": fast}}
        right = {"indicator": second, "params": {"window": slow}}
        return {"crosses": direction, "left": left, "right": right}

    rules = RuleStrategy({name: cross(*words) for name, words in document.items()})
    bars = random_bars()

    ours, theirs = run(rules, bars, cash=10_000.0), run(plugin, bars, params, cash=10_000.0)

    assert len(ours.trades) > 5
    assert np.array_equal(ours.trades, theirs.trades)
    assert np.array_equal(ours.equity, theirs.equity)


def test_turtle_template_signals_like_the_plugin():
    bars, template = random_bars(), RuleStrategy(TEMPLATES["turtle"])
    plugin = get_strategy("donchian_breakout")
    ours = arrays_of(template.signals(bars, template.resolve()))

    theirs = arrays_of(plugin.signals(bars, plugin.resolve()))

    assert theirs["entry_long"].any()
    for name in theirs:
        assert np.array_equal(ours[name][20:], theirs[name][20:], equal_nan=name == "stop")


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("cut", [1, 2, 57, 330])
def test_template_ignores_later_bars(name, cut):
    strategy, bars = RuleStrategy(TEMPLATES[name]), sessions_of(7)
    params = strategy.resolve()

    whole = arrays_of(strategy.signals(bars, params))
    part = arrays_of(strategy.signals(bars.slice(0, cut), params))

    for array in whole:
        same = np.array_equal(
            whole[array][:cut], part[array], equal_nan=whole[array].dtype == float
        )
        assert same, array


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_trades(name):
    strategy = RuleStrategy(TEMPLATES[name])
    bars = sessions_of(30, n_bars=390) if name == "opening_drive" else random_bars(4000)

    result = run(strategy, bars, cash=10_000.0)

    assert len(result.trades) > 0


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_passes_the_check_for_look_ahead(name):
    report = check_lookahead(RuleStrategy(TEMPLATES[name]), sessions_of(7), cuts=8)

    assert report.changes == ()


def test_rules_show_every_indicator_they_read_once():
    strategy, bars = RuleStrategy(TEMPLATES["strong_trend"]), random_bars()

    lines = strategy.indicators(bars, strategy.resolve())

    assert list(lines) == [
        "MACD(12, 26, 9)",
        "the signal line of MACD(12, 26, 9)",
        "ADX(14)",
        "+DI of ADX(14)",
        "-DI of ADX(14)",
    ]
    assert np.array_equal(lines["+DI of ADX(14)"], adx.on(bars)[1], equal_nan=True)


numbers = st.floats(-100, 100, allow_nan=False) | st.integers(-100, 100)
shifts = st.fixed_dictionaries({}, optional={"lag": st.integers(0, 30), "times": numbers})
prices = st.sampled_from(["open", "high", "low", "close", "volume", "middle", "typical"])
readings = st.sampled_from(sorted(INDICATORS))
values = st.one_of(
    numbers,
    st.builds(lambda name, more: {"price": name, **more}, prices, shifts),
    st.builds(lambda name, more: {"indicator": name, **more}, readings, shifts),
)
sides = st.tuples(st.sampled_from(["compare", "crosses"]), st.sampled_from(["above", "below"]))
pairs = st.builds(
    lambda side, left, right: {side[0]: side[1], "left": left, "right": right},
    sides,
    values,
    values.filter(lambda value: isinstance(value, dict)),
)
conditions = st.recursive(
    pairs,
    lambda inner: st.one_of(
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(condition=conditions, cut=st.integers(1, 300))
def test_any_rule_ignores_later_bars(condition, cut):
    bars = random_bars(300)
    rules = parse_rules({"enter_long": condition, "exit_long": {"not": condition}})

    whole, part = evaluate(rules, bars), evaluate(rules, bars.slice(0, cut))

    assert np.array_equal(whole.entry_long[:cut], part.entry_long)
    assert np.array_equal(whole.exit_long[:cut], part.exit_long)
    assert not (whole.entry_long & whole.exit_long).any()


def test_parameters_of_rules_take_part_in_every_number():
    strategy = RuleStrategy(
        {
            "parameters": {"n": {"default": 2, "low": 1, "high": 50}},
            "enter_long": {
                "compare": "above",
                "left": {"indicator": "sma", "params": {"window": {"parameter": "n"}}},
                "right": {"parameter": "n"},
            },
            "stop_loss": {"percent": {"parameter": "n"}},
        }
    )

    expected = [
        "When SMA(7) is above 7, buy.",
        "Put a stop 7 % from the close of the signal.",
    ]
    assert strategy.sentences(strategy.resolve({"n": 7})) == expected
    assert strategy.warm_up({"n": 7}) == 6
    assert strategy.warm_up(strategy.resolve()) == 1


def test_parameter_that_breaks_a_rule_is_named():
    strategy = RuleStrategy(TEMPLATES["band_reversion"])

    with pytest.raises(InvalidParams, match="width: must be at most 4"):
        strategy.resolve({"width": 5})


def test_parameters_that_break_an_indicator_are_named():
    strategy = RuleStrategy(
        {
            "parameters": {"quick": {"default": 12}},
            "enter_long": {
                "compare": "above",
                "left": {"indicator": "macd", "params": {"fast": {"parameter": "quick"}}},
                "right": 0,
            },
        }
    )

    with pytest.raises(InvalidParams) as refusal:
        strategy.resolve({"quick": 26})

    expected = "In the rule to buy, left side, parameters: fast must be below slow in macd"
    assert refusal.value.errors == {"quick": expected}


@pytest.mark.parametrize(
    ("size", "kind", "value"),
    [
        ({"percent_of_equity": 95}, "equity", 0.95),
        ({"cash": 500}, "cash", 500.0),
        ({"units": 3}, "units", 3.0),
    ],
)
def test_size_of_rules_is_a_sizing_of_the_run(size, kind, value):
    sizing = RuleStrategy({"enter_long": ALWAYS, "size": size}).sizing()

    assert (sizing.kind, sizing.value) == (kind, value)


def test_half_of_equity_trades_half_as_much():
    half = RuleStrategy({"enter_long": ALWAYS, "size": {"percent_of_equity": 50}})

    result = run(half, bars_of([10, 10, 10]), cash=1_000.0, fractional=True)

    assert result.position.tolist() == [0.0, 50.0, 50.0]


def test_equal_documents_have_equal_versions():
    document = dict(TEMPLATES["turtle"])
    shuffled = dict(reversed(document.items()))

    assert RuleStrategy(document).version == RuleStrategy(shuffled).version
    assert RuleStrategy(document).version != RuleStrategy(TEMPLATES["dip_in_uptrend"]).version


def bars_at(*ts_ns):
    flat = np.full(len(ts_ns), 10.0)
    return Bars(np.array(ts_ns), flat, flat, flat, flat, flat)


def test_session_follows_the_clocks_change():
    """New York was five hours behind UTC until 8 March 2020, 07:00 UTC, then four."""
    friday, monday = 18_327 * DAY, 18_330 * DAY  # 6 and 9 March 2020
    half_past = [14 * 60 + 30, 15 * 60, 13 * 60 + 30, 14 * 60]
    bars = bars_at(
        friday + half_past[0] * MINUTE,  # 09:30: the bar that ends there is not inside
        friday + half_past[1] * MINUTE,  # 10:00
        monday + half_past[2] * MINUTE,  # 09:30
        monday + half_past[3] * MINUTE,  # 10:00
    )
    session = {"start": "09:30", "end": "16:00", "zone": "America/New_York"}

    signals = signals_of(bars, enter_long=ALWAYS, session=session)

    assert signals.entry_long.tolist() == [False, True, False, True]


def test_session_is_flat_at_its_end():
    thursday = 18_326 * DAY
    bars = bars_at(*(thursday + minute * MINUTE for minute in (598, 599, 600, 601, 602, 603)))
    session = {"start": "09:58", "end": "10:02", "flat_at_end": True}

    signals = signals_of(bars, enter_long=ALWAYS, session=session)

    # closes 09:58 to 10:03; inside are 09:59 to 10:02; the order of 10:01 fills at its last open
    assert signals.entry_long.tolist() == [False, True, True, False, False, False]
    assert signals.exit_long.tolist() == [True, False, False, True, True, True]


def test_session_trades_only_on_its_days():
    first = 18_323 * DAY  # Monday 2 March 2020
    bars = bars_at(*(first + day * DAY + 600 * MINUTE for day in range(7)))
    session = {"start": "00:00", "end": "24:00", "days": ["tue", "sun"]}

    signals = signals_of(bars, enter_long=ALWAYS, session=session)

    assert np.flatnonzero(signals.entry_long).tolist() == [1, 6]
