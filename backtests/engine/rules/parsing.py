"""From a JSON document to typed rules, with every fault named by its place."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from backtests.engine.rules.faults import Path
from backtests.engine.rules.fields import (
    LIMIT,
    MAX_FAULTS,
    FieldReader,
    Stop,
    kind_of,
    shortened,
)
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
    Compare,
    Condition,
    Constant,
    Cross,
    Distance,
    Group,
    Not,
    Price,
    Reading,
    Rules,
    Session,
    Size,
    Value,
)
from backtests.engine.strategy import Param
from market.engine.indicators import INDICATORS

MAX_DEPTH = 16
MAX_NODES = 200
MAX_LOOKBACK = 5000  # bars
MAX_PARAMETERS = 20
TIME_OF_DAY = re.compile("((?:[01][0-9]|2[0-3])(?=:[0-5][0-9]$)|24(?=:00$)):([0-9]{2})")
IDENTIFIER = re.compile("[A-Za-z_][A-Za-z0-9_]{0,39}")

TOP = ("name", "description", "parameters", *ENTRIES, *EXITS, *DISTANCES, "size", "session")


def parse_rules(document: Any, values: Mapping[str, Any] | None = None) -> Rules:
    """Return the rules in `document`, their own parameters replaced by numbers.

    Parameters
    ----------
    document : object
        What `json.loads` returns; see `rules_schema`.
    values : mapping of str to number, optional
        The rules' own parameters; those left out take their defaults.

    Raises
    ------
    RuleError
        Names up to 20 faults by their places; also if a tree is more than 16 deep, has more
        than 200 nodes, or looks back more than 5,000 bars.
    """
    return _Parser(document, values or {}).rules()


def parse_parameters(document: Any) -> tuple[Param, ...]:
    """Return the rules' own parameters, which an optimizer may vary.

    Raises
    ------
    RuleError
        If one of them is not well formed.
    """
    parser = _Parser({}, {})
    params = parser.parameters(document)
    parser.raise_faults()
    return params


class _Parser(FieldReader):
    """Walks a document once, noting faults as it goes."""

    def __init__(self, document: Any, values: Mapping[str, Any]) -> None:
        super().__init__()
        self.document = document
        self.n_nodes = 0
        defaults = {param.name: param.default for param in self.parameters(document)}
        self.values = {name: values.get(name, default) for name, default in defaults.items()}

    def rules(self) -> Rules:
        parts: dict[str, Any] = {}
        try:
            document = self.object_at((), self.document, TOP)
        except Stop:
            self.raise_faults()
            raise
        readers = {
            **dict.fromkeys((*ENTRIES, *EXITS), self.condition_from_top),
            **dict.fromkeys(DISTANCES, self.distance),
            **dict.fromkeys(("name", "description"), self.text),
            "size": self.size,
            "session": self.session,
        }
        for name, read in readers.items():
            if name in document:
                try:
                    parts[name] = read((name,), document[name])
                except Stop:
                    continue
        if not any(name in document for name in ENTRIES):
            self.note((), "there is no rule to buy and none to sell short")
        self.raise_faults()
        return Rules(**{name: part for name, part in parts.items() if name in Rules.__match_args__})

    def count(self, path: Path, depth: int) -> None:
        self.n_nodes += 1
        if self.n_nodes > MAX_NODES:
            self.faults.clear()  # the rest would be noise
            self.note(path, f"the rules have more than {MAX_NODES} parts")
            self.raise_faults()
        if depth > MAX_DEPTH:
            raise self.refusal(path, f"conditions are nested more than {MAX_DEPTH} deep")
        if len(self.faults) >= MAX_FAULTS:
            self.raise_faults()

    # Conditions --------------------------------------------------------------------------------

    def condition_from_top(self, path: Path, node: Any) -> Condition:
        return self.condition(path, node, 1)

    def condition(self, path: Path, node: Any, depth: int) -> Condition:
        self.count(path, depth)
        if not isinstance(node, dict):
            raise self.refusal(path, f"expected a condition, not {kind_of(node)}")
        for word in ("all", "any"):
            if word in node:
                return self.group(path, node, word, depth)
        if "not" in node:
            self.object_at(path, node, ("not",))
            return Not(self.condition((*path, "not"), node["not"], depth + 1))
        for word, allowed in (("compare", RELATIONS), ("crosses", DIRECTIONS)):
            if word in node:
                self.object_at(path, node, (word, "left", "right"), ("left", "right"))
                chosen = self.word((*path, word), node[word], allowed, "comparison")
                left, right = self.sides(path, node, depth)
                return (Compare if word == "compare" else Cross)(chosen, left, right)
        raise self.refusal(path, "expected one of all, any, not, compare or crosses")

    def group(self, path: Path, node: Mapping[str, Any], word: str, depth: int) -> Group:
        self.object_at(path, node, (word,))
        parts, place = node[word], (*path, word)
        if not isinstance(parts, list) or not parts:
            raise self.refusal(place, "expected a list of one or more conditions")
        read = []
        for position, part in enumerate(parts):
            try:
                read.append(self.condition((*place, position), part, depth + 1))
            except Stop:
                continue
        if len(read) < len(parts):
            raise Stop
        return Group(word, tuple(read))

    def sides(self, path: Path, node: Mapping[str, Any], depth: int) -> tuple[Value, Value]:
        read = []
        for side in ("left", "right"):
            try:
                read.append(self.value((*path, side), node[side], depth + 1))
            except Stop:
                continue
        if len(read) < len(("left", "right")):
            raise Stop
        if all(isinstance(value, Constant) for value in read):
            raise self.refusal(path, "compares two numbers, which never changes")
        return read[0], read[1]

    # Values ------------------------------------------------------------------------------------

    def value(self, path: Path, node: Any, depth: int) -> Value:
        self.count(path, depth)
        if not isinstance(node, dict) or "parameter" in node:
            return Constant(self.number(path, node))
        if "constant" in node:
            self.object_at(path, node, ("constant",))
            return Constant(self.number((*path, "constant"), node["constant"]))
        if "price" in node:
            self.object_at(path, node, ("price", "lag", "times"))
            column = self.word((*path, "price"), node["price"], PRICES, "price")
            return Price(column, *self.lag_and_times(path, node))
        if "indicator" in node:
            return self.reading(path, node)
        raise self.refusal(path, "expected a number, a price or an indicator")

    def lag_and_times(self, path: Path, node: Mapping[str, Any]) -> tuple[int, float]:
        lag = self.number((*path, "lag"), node.get("lag", 0), 0, MAX_LOOKBACK, whole=True)
        return int(lag), self.number((*path, "times"), node.get("times", 1.0))

    def reading(self, path: Path, node: Mapping[str, Any]) -> Reading:
        keys = ("indicator", "params", "output", "source", "lag", "times")
        self.object_at(path, node, keys)
        place = (*path, "indicator")
        name = self.word(place, node["indicator"], tuple(INDICATORS), "indicator")
        indicator, source = INDICATORS[name], "close"
        values = self.indicator_values((*path, "params"), name, node.get("params", {}))
        if "source" in node:
            if indicator.inputs != ("close",):
                raise self.refusal((*path, "source"), f"{name} reads {', '.join(indicator.inputs)}")
            source = self.word((*path, "source"), node["source"], SOURCES, "source")
        output = node.get("output", indicator.outputs[0])
        output = self.word((*path, "output"), output, indicator.outputs, "output")
        lag, times = self.lag_and_times(path, node)
        read = Reading(name, values, indicator.outputs.index(output), source, lag, times)
        if read.lookback > MAX_LOOKBACK:
            raise self.refusal(
                path, f"looks back {read.lookback:,} bars; the most is {MAX_LOOKBACK:,}"
            )
        return read

    def indicator_values(self, path: Path, name: str, node: Any) -> tuple[float, ...]:
        indicator = INDICATORS[name]
        names = [parameter.name for parameter in indicator.parameters]
        given = self.object_at(path, node, names)
        numbers = {}
        for parameter in indicator.parameters:
            if parameter.name in given:
                numbers[parameter.name] = self.number(
                    (*path, parameter.name),
                    given[parameter.name],
                    parameter.low,
                    parameter.high,
                    whole=parameter.is_integer,
                )
        try:
            return indicator.values_of(**numbers)
        except ValueError as error:  # a combination, such as fast above slow
            used = [node.get("parameter") for node in given.values() if isinstance(node, dict)]
            raise self.refusal(path, str(error), used[0] if used else None) from None

    # Stops, size, session ----------------------------------------------------------------------

    def distance(self, path: Path, node: Any) -> Distance:
        self.object_at(path, node, ("percent", "atr", "window"))
        if ("percent" in node) == ("atr" in node):
            raise self.refusal(path, "expected either 'percent' or 'atr'")
        if "percent" in node:
            if "window" in node:
                raise self.refusal((*path, "window"), "belongs to 'atr', not to 'percent'")
            return Distance(self.number((*path, "percent"), node["percent"], 1e-4, 1000.0) / 100.0)
        window = self.number((*path, "window"), node.get("window", 14), 1, MAX_LOOKBACK, whole=True)
        return Distance(self.number((*path, "atr"), node["atr"], 1e-4, 1000.0), int(window))

    def size(self, path: Path, node: Any) -> Size:
        self.object_at(path, node, SIZES)
        if len(node) != 1:
            raise self.refusal(path, f"expected exactly one of {', '.join(SIZES)}")
        kind, amount = next(iter(node.items()))
        highest = 1000.0 if kind == "percent_of_equity" else LIMIT
        return Size(kind, self.number((*path, kind), amount, 1e-9, highest))

    def session(self, path: Path, node: Any) -> Session:
        keys = ("start", "end", "zone", "days", "flat_at_end")
        self.object_at(path, node, keys, ("start", "end"))
        start, end = (self.minute((*path, name), node[name]) for name in ("start", "end"))
        if start >= end:
            raise self.refusal((*path, "end"), "must be later in the day than the start")
        flat = node.get("flat_at_end", False)
        if not isinstance(flat, bool):
            raise self.refusal(
                (*path, "flat_at_end"), f"expected true or false, not {kind_of(flat)}"
            )
        days = node.get("days", list(DAYS))
        if not isinstance(days, list) or not days:
            raise self.refusal((*path, "days"), "expected a list of one or more weekdays")
        chosen = {self.word((*path, "days", i), day, DAYS, "day") for i, day in enumerate(days)}
        numbers = tuple(i for i, day in enumerate(DAYS) if day in chosen)
        return Session(
            start, end, self.zone((*path, "zone"), node.get("zone", "UTC")), numbers, flat
        )

    def minute(self, path: Path, node: Any) -> int:
        time = TIME_OF_DAY.fullmatch(node) if isinstance(node, str) else None
        if not time:
            raise self.refusal(path, 'expected a time of day such as "09:30"')
        return int(time[1]) * 60 + int(time[2])

    def zone(self, path: Path, node: Any) -> str:
        try:
            ZoneInfo(node)
        except Exception:  # noqa: BLE001 -- zoneinfo raises many kinds for odd keys
            raise self.refusal(path, 'expected a time zone such as "America/New_York"') from None
        return str(node)

    # The rules' own parameters -----------------------------------------------------------------

    def parameters(self, document: Any) -> tuple[Param, ...]:
        node = document.get("parameters", {}) if isinstance(document, dict) else {}
        path: Path = ("parameters",)
        if not isinstance(node, dict) or len(node) > MAX_PARAMETERS:
            self.note(path, f"expected an object of at most {MAX_PARAMETERS} parameters")
            return ()
        params = []
        for name, fields in node.items():
            try:
                params.append(self.parameter((*path, shortened(name)), name, fields))
            except Stop:
                continue
        return tuple(params)

    def parameter(self, path: Path, name: str, node: Any) -> Param:
        if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
            raise self.refusal(
                path, "a parameter's name is a word of letters, digits and underscores"
            )
        self.object_at(path, node, ("default", "low", "high", "step", "help"), ("default",))
        numbers = {
            key: self.number((*path, key), node[key])
            for key in ("default", "low", "high", "step")
            if key in node
        }
        is_whole = all(isinstance(node[key], int) for key in numbers)
        if is_whole:
            numbers = {key: node[key] for key in numbers}
        text = self.text((*path, "help"), node.get("help", ""))
        try:
            return Param(
                name,
                "int" if is_whole else "float",
                node["default"],
                low=numbers.get("low"),
                high=numbers.get("high"),
                step=numbers.get("step"),
                help=text,
            )
        except ValueError as error:
            raise self.refusal((*path, "default"), str(error)) from None
