import pytest

from backtests.engine.rules import TEMPLATES, RuleStrategy, describe, parse_rules

CLOSE = {"price": "close"}
ABOVE = {"compare": "above", "left": CLOSE, "right": 5}
CROSS = {"crosses": "below", "left": CLOSE, "right": {"indicator": "vwap"}}


def sentence_of(condition):
    (sentence,) = describe(parse_rules({"enter_long": condition}))
    return sentence


def test_rules_read_like_sentences():
    rules = parse_rules(
        {
            "enter_long": {
                "all": [
                    {
                        "crosses": "above",
                        "left": {"indicator": "ema", "params": {"window": 12}},
                        "right": {"indicator": "ema", "params": {"window": 26}},
                    },
                    {"compare": "below", "left": {"indicator": "rsi"}, "right": 70},
                ]
            },
            "size": {"percent_of_equity": 95},
        }
    )

    expected = "When EMA(12) crosses above EMA(26) and RSI(14) is below 70, buy 95 % of equity."
    assert describe(rules) == [expected]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"not": ABOVE}, "When the close is not above 5, buy."),
        ({"not": CROSS}, "When the close does not cross below VWAP, buy."),
        (
            {"not": {"any": [ABOVE, CROSS]}},
            "When it is not so that (the close is above 5 or the close crosses below VWAP), buy.",
        ),
        (
            {"all": [ABOVE, {"any": [ABOVE, CROSS]}]},
            (
                "When the close is above 5 and "
                "(the close is above 5 or the close crosses below VWAP), buy."
            ),
        ),
        ({"all": [{"any": [ABOVE]}]}, "When the close is above 5, buy."),
        (
            {
                "compare": "at_least",
                "left": {"price": "volume"},
                "right": {"indicator": "sma", "source": "volume", "lag": 1, "times": 1.5},
            },
            "When volume is at or above 1.5 times SMA(20) of volume 1 bar ago, buy.",
        ),
        (
            {"compare": "at_most", "left": {"indicator": "adx", "output": "plus_di"}, "right": 1e6},
            "When +DI of ADX(14) is at or below 1,000,000, buy.",
        ),
    ],
)
def test_condition_reads_like_a_sentence(condition, expected):
    assert sentence_of(condition) == expected


def test_stops_and_session_read_like_sentences():
    rules = parse_rules(
        {
            "enter_short": ABOVE,
            "exit_short": CROSS,
            "stop_loss": {"percent": 2.5},
            "take_profit": {"atr": 3},
            "trail": {"percent": 4},
            "size": {"units": 1},
            "session": {"start": "09:30", "end": "16:00", "days": ["mon", "fri"]},
        }
    )

    assert describe(rules) == [
        "When the close is above 5, sell short 1 unit.",
        "When the close crosses below VWAP, end the short position.",
        "Put a stop 2.5 % from the close of the signal.",
        "Take profit 3 ATR(14) from the close of the signal.",
        "Let a stop follow the best price at a distance of 4 %.",
        "Enter from 09:30 to 16:00 (UTC) on Monday, Friday only.",
    ]


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_says_what_it_does(name):
    strategy = RuleStrategy(TEMPLATES[name])

    assert strategy.label == TEMPLATES[name]["name"]
    assert all(rule.endswith(".") for rule in strategy.rules)
