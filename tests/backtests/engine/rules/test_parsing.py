import json
import math

import pytest

from backtests.engine.rules import RuleError, RuleStrategy, load_rules, parse_rules
from backtests.engine.rules.tree import Compare, Constant, Group, Price, Reading

CLOSE = {"price": "close"}
ABOVE_TEN = {"compare": "above", "left": CLOSE, "right": 10}


def nested(depth, inner=ABOVE_TEN):
    for _ in range(depth):
        inner = {"not": inner}
    return inner


def faults_of(document):
    with pytest.raises(RuleError) as refusal:
        parse_rules(document)
    return refusal.value.faults


def fault_in_condition(condition):
    (fault,) = faults_of({"enter_long": condition})
    return str(fault)


def test_parse_returns_typed_nodes_with_defaults_filled_in():
    rules = parse_rules(
        {
            "enter_long": {
                "all": [
                    ABOVE_TEN,
                    {
                        "compare": "at_most",
                        "left": {"indicator": "macd", "output": "signal", "lag": 2, "times": 1.5},
                        "right": {"constant": -1},
                    },
                ]
            }
        }
    )

    signal = Reading("macd", (12, 26, 9), output=1, lag=2, times=1.5)
    close = Compare("above", Price("close"), Constant(10.0))
    assert rules.enter_long == Group("all", (close, Compare("at_most", signal, Constant(-1.0))))
    assert rules.lookback == 26 + 9 - 2 + 2


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (7, "In the rule to buy: expected a condition, not a number"),
        ({}, "In the rule to buy: expected one of all, any, not, compare or crosses"),
        ({"all": []}, "In the rule to buy, all: expected a list of one or more conditions"),
        (
            {"any": [ABOVE_TEN, {"all": [{"compare": "above", "left": CLOSE}]}]},
            "In the rule to buy, 2nd of any, 1st of all: 'right' is missing",
        ),
        (
            {"crosses": "over", "left": CLOSE, "right": 1},
            "In the rule to buy, crosses: unknown comparison 'over'; did you mean 'above'?",
        ),
        (
            {"compare": "above", "left": {"indicator": "emaa"}, "right": 1},
            (
                "In the rule to buy, left side, indicator: unknown indicator 'emaa'; "
                "did you mean 'ema'?"
            ),
        ),
        (
            {"compare": "above", "left": {"indicator": "ema", "params": {"window": 0}}, "right": 1},
            (
                "In the rule to buy, left side, parameters, window: "
                "must be a whole number from 1 to 5000"
            ),
        ),
        (
            {"compare": "above", "left": {"indicator": "macd", "params": {"fast": 30}}, "right": 1},
            "In the rule to buy, left side, parameters: fast must be below slow in macd",
        ),
        (
            {"compare": "above", "left": {"indicator": "ema", "params": {"span": 9}}, "right": 1},
            "In the rule to buy, left side, parameters, span: unknown word; known are window",
        ),
        (
            {"compare": "above", "left": {"indicator": "atr", "source": "open"}, "right": 1},
            "In the rule to buy, left side, source: atr reads high, low, close",
        ),
        (
            {"compare": "above", "left": {"indicator": "rsi", "output": "signal"}, "right": 1},
            "In the rule to buy, left side, output: unknown output 'signal'; known are rsi",
        ),
        (
            {"compare": "above", "left": {"price": "close", "lag": -1}, "right": 1},
            "In the rule to buy, left side, lag: must be a whole number from 0 to 5000",
        ),
        (
            {"compare": "above", "left": CLOSE, "right": math.nan},
            "In the rule to buy, right side: must be a number from -1e+12 to 1e+12",
        ),
        (
            {"compare": "above", "left": CLOSE, "right": True},
            "In the rule to buy, right side: expected a number, not true or false",
        ),
        (
            {"compare": "above", "left": 1, "right": 2},
            "In the rule to buy: compares two numbers, which never changes",
        ),
        (
            {"compare": "above", "left": CLOSE, "right": {"parameter": "level"}},
            "In the rule to buy, right side, parameter: unknown parameter 'level'; there are none",
        ),
        (
            {
                "compare": "above",
                "left": {"indicator": "sma", "params": {"window": 4000}, "lag": 1002},
                "right": 1,
            },
            "In the rule to buy, left side: looks back 5,001 bars; the most is 5,000",
        ),
    ],
)
def test_parse_of_a_bad_condition_names_its_place_in_words(condition, expected):
    assert fault_in_condition(condition) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"stop_loss": {}}, "In the stop: expected either 'percent' or 'atr'"),
        ({"trail": {"percent": 0}}, "In the trailing stop, percent: must be a number from 0.0001"),
        ({"take_profit": {"percent": 1, "window": 3}}, "In the target, window: belongs to 'atr'"),
        ({"size": {"cash": 1, "units": 1}}, "In the size: expected exactly one of percent_of_e"),
        ({"session": {"start": "9:30", "end": "16:00"}}, "In the session, start: expected a time"),
        ({"session": {"start": "16:00", "end": "09:30"}}, "In the session, end: must be later"),
        (
            {"session": {"start": "09:30", "end": "16:00", "zone": "Mars/Olympus"}},
            "In the session, zone: expected a time zone",
        ),
        (
            {"session": {"start": "09:30", "end": "16:00", "zone": "../../etc/passwd"}},
            "In the session, zone: expected a time zone",
        ),
        (
            {"session": {"start": "09:30", "end": "16:00", "days": ["moon"]}},
            "In the session, 1st of days: unknown day 'moon'; did you mean 'mon'?",
        ),
        ({"exit_lon": ABOVE_TEN}, "In exit_lon: unknown word; did you mean 'exit_long'?"),
        ({"name": 7}, "In name: expected a text of at most 500 letters"),
        (
            {"parameters": {"level": {"default": 5, "low": 6}}},
            "In the rules' own parameters, level, default: must be at least 6",
        ),
        (
            {"parameters": {"a b": {"default": 5}}},
            "In the rules' own parameters, a b: a parameter's name is a word",
        ),
    ],
)
def test_parse_of_a_bad_part_names_its_place_in_words(more, expected):
    (fault,) = faults_of({"enter_long": ABOVE_TEN, **more})

    assert str(fault).startswith(expected)


def test_parse_names_every_fault_with_its_pointer():
    bad = {"compare": "above", "left": {"price": "clos"}, "right": {"indicator": "x"}}

    faults = faults_of({"enter_long": {"any": [bad, ABOVE_TEN]}, "exit_long": {"not": 3}})

    assert [fault.pointer for fault in faults] == [
        "/enter_long/any/0/left/price",
        "/enter_long/any/0/right/indicator",
        "/exit_long/not",
    ]


@pytest.mark.parametrize("document", [None, [], "enter", 3, {}, {"exit_long": ABOVE_TEN}, {7: 8}])
def test_parse_of_something_else_is_refused(document):
    assert faults_of(document)


def test_rule_nested_fourteen_times_is_accepted_and_fifteen_refused():
    parse_rules({"enter_long": nested(14)})

    left, right = faults_of({"enter_long": nested(15)})
    assert left.message == right.message == "conditions are nested more than 16 deep"


def test_rule_nested_ten_thousand_times_is_refused_without_recursing():
    fault = fault_in_condition(nested(10_000))

    assert fault == "In the rule to buy, not (16 times): conditions are nested more than 16 deep"


def test_value_nested_ten_thousand_times_is_refused_without_recursing():
    deep = {"compare": "above", "left": CLOSE, "right": nested(10_000)}

    expected = "In the rule to buy, right side: expected a number, a price or an indicator"
    assert fault_in_condition(deep) == expected


def test_rules_of_two_hundred_parts_are_accepted_and_more_refused():
    parse_rules({"enter_long": {"all": [ABOVE_TEN] * 66}})  # 1 + 66 * 3

    assert fault_in_condition({"all": [ABOVE_TEN] * 67}).endswith("more than 200 parts")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[" * 10_000 + "]" * 10_000, "brackets are nested more than 64 deep"),
        ('{"not":' * 6_000 + "1" + "}" * 6_000, "brackets are nested more than 64 deep"),
        (" " * 65_537, "the text is longer than 65,536 bytes"),
        ("{", "this is not JSON: Expecting property name enclosed in double quotes at line 1,"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' stands twice in one object"),
        ("9" * 5_000, "this is not JSON: Exceeds the limit"),
    ],
)
def test_load_of_a_hurtful_text_is_refused(text, expected):
    with pytest.raises(RuleError) as refusal:
        load_rules(text)

    assert str(refusal.value).startswith(f"In the rules: {expected}")


def test_document_of_many_unknown_words_is_refused_briefly():
    faults = faults_of({f"word_{number}": number for number in range(100_000)})

    assert len(faults) == 20


def test_load_ignores_brackets_inside_text():
    text = json.dumps({"name": 'a "quoted" [[[ \\' + "[" * 100, "enter_long": ABOVE_TEN})

    assert RuleStrategy(text).label.endswith("[" * 100)
