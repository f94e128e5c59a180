import pytest
from jsonschema import Draft202012Validator

from backtests.engine.rules import TEMPLATES, rules_schema

SCHEMA = rules_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
ABOVE = {"compare": "above", "left": {"price": "close"}, "right": 5}


def test_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", TEMPLATES)
def test_schema_accepts_every_template(name):
    assert list(VALIDATOR.iter_errors(TEMPLATES[name])) == []


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"exit_long": ABOVE},
        {"enter_long": {"all": []}},
        {"enter_long": {**ABOVE, "when": 1}},
        {"enter_long": {**ABOVE, "left": {"price": "close", "lag": -1}}},
        {"enter_long": {**ABOVE, "left": {"indicator": "rsx"}}},
        {"enter_long": {**ABOVE, "left": {"indicator": "sma", "params": {"window": 1.5}}}},
        {"enter_long": {**ABOVE, "left": {"indicator": "atr", "source": "open"}}},
        {"enter_long": ABOVE, "stop_loss": {"percent": 1, "atr": 2}},
        {"enter_long": ABOVE, "session": {"start": "9:30", "end": "16:00"}},
    ],
)
def test_schema_refuses_what_the_parser_refuses(document):
    assert not VALIDATOR.is_valid(document)
