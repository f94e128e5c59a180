"""Reading the small parts of a document: objects, words, texts and numbers."""

import difflib
import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from backtests.engine.rules.faults import Fault, Path, RuleError, fault_at

MAX_FAULTS = 20
MAX_TEXT = 500  # letters
LIMIT = 1e12  # largest number in a rule


class Stop(Exception):
    """Leaves a node that cannot be read; the fault is already noted."""


class FieldReader:
    """Checks single values and notes every fault by its place."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.values: dict[str, Any] = {}  # the rules' own parameters

    def raise_faults(self) -> None:
        """Raise RuleError if anything was noted."""
        if self.faults:
            raise RuleError(tuple(self.faults[:MAX_FAULTS]))

    def note(self, path: Path, message: str, parameter: str | None = None) -> None:
        """Remember a fault and go on."""
        self.faults.append(fault_at(path, message, parameter))

    def refusal(self, path: Path, message: str, parameter: str | None = None) -> Stop:
        """Remember a fault; raise what this returns to leave the node."""
        self.note(path, message, parameter)
        return Stop()

    def object_at(
        self, path: Path, node: Any, allowed: Sequence[str], required: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        """Return an object, noting keys that are not allowed."""
        if not isinstance(node, dict):
            raise self.refusal(path, f"expected an object, not {kind_of(node)}")
        for key in islice(node, MAX_FAULTS + len(allowed)):
            if key not in allowed:
                self.note((*path, shortened(key)), f"unknown word{_hint(key, allowed)}")
        for key in required:
            if key not in node:
                raise self.refusal(path, f"{key!r} is missing")
        return node

    def word(self, path: Path, node: Any, allowed: Sequence[str], what: str) -> str:
        """Return one of several words; `what` says what they name."""
        if not isinstance(node, str) or node not in allowed:
            said = repr(shortened(node)) if isinstance(node, str) else kind_of(node)
            raise self.refusal(path, f"unknown {what} {said}{_hint(node, allowed)}")
        return node

    def text(self, path: Path, node: Any) -> str:
        """Return a short text."""
        if not isinstance(node, str) or len(node) > MAX_TEXT:
            raise self.refusal(path, f"expected a text of at most {MAX_TEXT} letters")
        return node

    def number(
        self,
        path: Path,
        node: Any,
        low: float = -LIMIT,
        high: float = LIMIT,
        *,
        whole: bool = False,
    ) -> float:
        """Return a number within bounds, or that of the parameter named in its place."""
        parameter = None
        if isinstance(node, dict):
            name = self.object_at(path, node, ("parameter",), ("parameter",))["parameter"]
            parameter = self.word((*path, "parameter"), name, tuple(self.values), "parameter")
            node = self.values[parameter]
        if isinstance(node, bool) or not isinstance(node, int | float):
            raise self.refusal(path, f"expected a number, not {kind_of(node)}", parameter)
        if not low <= node <= high or (whole and node != int(node)):
            kind = "a whole number" if whole else "a number"
            raise self.refusal(path, f"must be {kind} from {low:g} to {high:g}", parameter)
        return int(node) if whole else float(node)


def kind_of(node: Any) -> str:
    """Return what a JSON value is, in words."""
    if isinstance(node, float) and not math.isfinite(node):
        return "a number that is not finite"
    kinds = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        type(None): "nothing",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(node), "something else")


def shortened(text: object) -> str:
    """Return the start of a text that is fit for a message."""
    return text[:40] if isinstance(text, str) else kind_of(text)


def _hint(said: object, allowed: Sequence[str]) -> str:
    close = (
        difflib.get_close_matches(shortened(said), allowed, n=1) if isinstance(said, str) else []
    )
    few = 12
    if close:
        return f"; did you mean {close[0]!r}?"
    if not allowed:
        return "; there are none"
    return f"; known are {', '.join(allowed)}" if len(allowed) <= few else ""
