"""From text to a JSON document, refusing what could hurt before it is parsed."""

import json
from typing import Any, NoReturn

from backtests.engine.rules.faults import RuleError, fault_at

MAX_BYTES = 65_536
MAX_BRACKETS = 64  # deeper than any tree the parser accepts, far from Python's own limit


def load_rules(text: str) -> Any:
    """Return the JSON document in `text`.

    Raises
    ------
    RuleError
        If it is too long, nested too deeply, not JSON, names a key twice or holds NaN.
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise _refused(f"the text is longer than {MAX_BYTES:,} bytes")
    if _depth(text) > MAX_BRACKETS:
        raise _refused(f"brackets are nested more than {MAX_BRACKETS} deep")
    try:
        return json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _refused(f"this is not JSON: {error.msg} at {where}") from None
    except RuleError:
        raise
    except ValueError as error:  # such as a number of more digits than Python converts
        raise _refused(f"this is not JSON: {error}") from None


def _depth(text: str) -> int:
    depth = deepest = 0
    in_string = is_escaped = False
    for character in text:
        if in_string:
            in_string = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _refused(f"the key {twice!r} stands twice in one object")
    return document


def _no_constant(name: str) -> NoReturn:
    raise _refused(f"{name} is not a number")


def _refused(message: str) -> RuleError:
    return RuleError((fault_at((), message),))
