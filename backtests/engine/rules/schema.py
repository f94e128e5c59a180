"""The JSON Schema of a rule document, made from the indicators there are."""

from typing import Any

from backtests.engine.rules.fields import LIMIT, MAX_TEXT
from backtests.engine.rules.parsing import MAX_LOOKBACK, MAX_PARAMETERS
from backtests.engine.rules.tree import (
    DAYS,
    DIRECTIONS,
    DISTANCES,
    ENTRIES,
    EXITS,
    PRICES,
    RELATIONS,
    SIZES,
    SOURCES,
)
from market.engine.indicators import INDICATORS, Indicator, Parameter

Schema = dict[str, Any]

CONDITION = {"$ref": "#/$defs/condition"}
VALUE = {"$ref": "#/$defs/value"}
TEXT = {"type": "string", "maxLength": MAX_TEXT}
REFERENCE = {"$ref": "#/$defs/reference"}


def rules_schema() -> Schema:
    """Return a JSON Schema (2020-12) that says what a rule document may look like.

    Notes
    -----
    It cannot say that fast is below slow, that a tree is at most 16 deep and 200 parts large,
    or how far it looks back: `parse_rules` has the last word.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rule strategy",
        **_object(
            {
                "name": TEXT,
                "description": TEXT,
                "parameters": {
                    "type": "object",
                    "maxProperties": MAX_PARAMETERS,
                    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]{0,39}$"},
                    "additionalProperties": {"$ref": "#/$defs/parameter"},
                },
                **{name: dict(CONDITION) for name in (*ENTRIES, *EXITS)},
                **{name: {"$ref": "#/$defs/distance"} for name in DISTANCES},
                "size": {"oneOf": [_only(name, _number(0, LIMIT)) for name in SIZES]},
                "session": _session(),
            }
        ),
        "anyOf": [{"required": [name]} for name in ENTRIES],
        "$defs": {
            "condition": _condition(),
            "value": {"oneOf": [{"type": "number"}, REFERENCE, *_values()]},
            "reference": _only("parameter", {"type": "string"}),
            "parameter": _parameter(),
            "distance": {
                "oneOf": [
                    _only("percent", _number(1e-4, 1000)),
                    _object(
                        {"atr": _number(1e-4, 1000), "window": _number(1, MAX_LOOKBACK)}, "atr"
                    ),
                ]
            },
        },
    }


def _object(properties: Schema, *required: str) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _only(name: str, schema: Schema) -> Schema:
    return _object({name: schema}, name)


def _number(low: float, high: float, *, whole: bool = False) -> Schema:
    kind = "integer" if whole else "number"
    return {"oneOf": [{"type": kind, "minimum": low, "maximum": high}, REFERENCE]}


def _condition() -> Schema:
    several = {"type": "array", "minItems": 1, "items": CONDITION}
    sides = {"left": VALUE, "right": VALUE}
    return {
        "oneOf": [
            _only("all", several),
            _only("any", several),
            _only("not", CONDITION),
            _object({"compare": {"enum": list(RELATIONS)}, **sides}, "compare", "left", "right"),
            _object({"crosses": {"enum": list(DIRECTIONS)}, **sides}, "crosses", "left", "right"),
        ]
    }


def _values() -> list[Schema]:
    shifts = {"lag": _number(0, MAX_LOOKBACK, whole=True), "times": _number(-LIMIT, LIMIT)}
    price = _object({"price": {"enum": list(PRICES)}, **shifts}, "price")
    constant = _only("constant", _number(-LIMIT, LIMIT))
    return [constant, price, *(_indicator(one, shifts) for one in INDICATORS.values())]


def _indicator(indicator: Indicator, shifts: Schema) -> Schema:
    properties: Schema = {
        "indicator": {"const": indicator.name, "title": indicator.label},
        "params": _object({one.name: _indicator_parameter(one) for one in indicator.parameters}),
        "output": {"enum": list(indicator.outputs)},
        **shifts,
    }
    if indicator.inputs == ("close",):
        properties["source"] = {"enum": list(SOURCES)}
    return _object(properties, "indicator")


def _indicator_parameter(parameter: Parameter) -> Schema:
    limits = _number(parameter.low, parameter.high, whole=parameter.is_integer)
    return {**limits, "default": parameter.default}


def _parameter() -> Schema:
    number: Schema = {"type": "number"}
    properties = {name: dict(number) for name in ("default", "low", "high", "step")}
    return _object({**properties, "help": TEXT}, "default")


def _session() -> Schema:
    time = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"}
    days = {"type": "array", "minItems": 1, "items": {"enum": list(DAYS)}}
    properties = {
        "start": time,
        "end": time,
        "zone": {"type": "string"},
        "days": days,
        "flat_at_end": {"type": "boolean"},
    }
    return _object(properties, "start", "end")
