"""The rows and controls of the rule builder's page, from a draft and what is wrong with it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backtests.engine.rules import Fault
from backtests.engine.rules.sentences import ACRONYMS, COLUMN, OUTPUTS, RELATION, WEEKDAYS
from backtests.engine.rules.tree import DAYS, PRICES, SOURCES
from backtests.forms.draft import (
    BLOCKS,
    NOT,
    NUMBER,
    PARAMETER_FIELDS,
    ComparisonDraft,
    Draft,
    GroupDraft,
    Places,
    ValueDraft,
)
from market.engine.indicators import INDICATORS, Indicator

Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]  # groups of (value, label)

ROW = re.compile(r"[a-z_]+(-[0-9]+)*")
TITLES = {
    "enter_long": ("Buy", "when"),
    "exit_long": ("End the long", "when"),
    "enter_short": ("Sell short", "when"),
    "exit_short": ("End the short", "when"),
}
LEVELS = {"stop_loss": "Stop", "take_profit": "Target", "trail": "Trailing stop"}
JOINS = (
    ("all", "all of these hold"),
    ("any", "any of these holds"),
    ("not_any", "none of these holds"),
    ("not_all", "not all of these hold"),
)
USUAL = ("close", "0", "1")  # source, lag and times that change nothing
WIDE, NARROW = 16, 5  # letters
LEVEL_KINDS = (("", "none"), ("percent", "per cent away"), ("atr", "times the ATR away"))
SIZE_KINDS = (
    ("", "as the backtest says"),
    ("percent_of_equity", "per cent of equity"),
    ("cash", "in cash"),
    ("units", "units"),
)
GROUPS = {
    "averages": "Averages",
    "momentum": "Momentum",
    "volatility": "Volatility and channels",
    "trend": "Trend",
    "volume": "Volume",
}


@dataclass(frozen=True)
class Control:
    """One field of the page."""

    name: str
    label: str
    value: str = ""
    choices: Choices = ()
    is_bad: bool = False
    has_focus: bool = False
    shapes: bool = False  # whether another choice brings other fields

    @property
    def row(self) -> str:
        """Name of the row it stands in."""
        return row_of(self.name)

    @property
    def size(self) -> int:
        """Letters there is room for."""
        return WIDE if self.name.endswith(("-zone", "-help")) else NARROW


@dataclass(frozen=True)
class ValueRow:
    """One side of a comparison."""

    name: str
    what: Control
    details: Sequence[Control]
    shifts: Sequence[Control]
    is_shifted: bool

    @property
    def is_plain(self) -> bool:
        """Whether its only number needs no name: that of an average, or a constant."""
        return len(self.details) == 1


@dataclass(frozen=True)
class Row:
    """A condition: a comparison, or a group with parts."""

    name: str
    legend: str
    faults: Sequence[str]
    op: Control | None = None
    left: ValueRow | None = None
    right: ValueRow | None = None
    word: Control | None = None
    is_bare: bool = False
    is_joined: bool = False
    is_first: bool = True
    parts: Sequence["Row"] = ()


@dataclass(frozen=True)
class Line:
    """A row of plain controls: a stop, the size, the session, a parameter."""

    name: str
    title: str
    controls: Sequence[Control]
    faults: Sequence[str] = ()


@dataclass
class Builder:
    """Everything the builder's page shows of a draft."""

    draft: Draft
    places: Places
    faults: Sequence[Fault] = ()
    focus: str = ""
    bad: set[str] = field(default_factory=set)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fault in self.faults:
            place = self._place_of(fault.pointer)
            self.bad.add(place)
            self.texts.setdefault(row_of(place), []).append(f"{_said_of(place)}{fault.message}.")

    def _place_of(self, pointer: str) -> str:
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        return self.places.get(pointer, "rules")

    @property
    def blocks(self) -> list[Row]:
        """The blocks there are, in the order of a trade."""
        return [
            self._group(name, self.draft.blocks[name], TITLES[name][0])
            for name in BLOCKS
            if name in self.draft.blocks
        ]

    @property
    def missing(self) -> list[tuple[str, str, bool]]:
        """The blocks there are not: name, title, and whether to go on there."""
        names = [name for name in BLOCKS if name not in self.draft.blocks]
        return [(name, TITLES[name][0], self.focus == f"{name}-block") for name in names]

    @property
    def own_faults(self) -> list[str]:
        """What is wrong with the rules as a whole."""
        return self.texts.get("rules", []) + self.texts.get("description", [])

    @property
    def parameters_faults(self) -> list[str]:
        """What is wrong with the parameters as a whole."""
        return self.texts.get("parameters", [])

    @property
    def row_faults(self) -> list[tuple[str, list[str]]]:
        """Name of every row on the page, and what is wrong there."""
        names = [row.name for row in _walk(self.blocks)]
        names += [line.name for line in (*self.lines, self.session, *self.parameters)]
        return [(name, self.texts.get(name, [])) for name in (*names, "parameters")]

    @property
    def lines(self) -> list[Line]:
        """Stop, target, trailing stop and size."""
        rows = [
            self._line(name, title, self.draft.levels.get(name, {}), LEVEL_KINDS)
            for name, title in LEVELS.items()
        ]
        return [*rows, self._line("size", "Size", self.draft.size, SIZE_KINDS)]

    @property
    def session(self) -> Line:
        """The hours in which entries are allowed."""
        texts = self.draft.session
        choices = (("", (("", "at any time"), ("hours", "during some hours only"))),)
        kind = "hours" if texts is not None else ""
        controls = [self._control("session-kind", "Enter", kind, choices, shapes=True)]
        if texts is not None:
            controls += [
                self._control("session-start", "from", texts["start"]),
                self._control("session-end", "to", texts["end"]),
                self._control("session-zone", "time zone", texts["zone"] or "UTC"),
            ]
        return Line("session", "Session", controls, self.texts.get("session", []))

    @property
    def weekdays(self) -> list[tuple[str, str, bool]]:
        """Days of the session: value, name, and whether it is chosen."""
        names = zip(DAYS, WEEKDAYS, strict=True)
        return [(day, name, day in self.draft.days) for day, name in names]

    @property
    def parameters(self) -> list[Line]:
        """The rules' own parameters."""
        return [
            Line(
                f"parameters-{i}",
                row.get("name") or f"parameter {i + 1}",
                [
                    self._control(f"parameters-{i}-{key}", key, row.get(key, ""))
                    for key in PARAMETER_FIELDS
                ],
                self.texts.get(f"parameters-{i}", []),
            )
            for i, row in enumerate(self.draft.parameters)
        ]

    def _control(
        self, name: str, label: str, value: str, choices: Choices = (), *, shapes: bool = False
    ) -> Control:
        return Control(name, label, value, choices, name in self.bad, name == self.focus, shapes)

    def _line(
        self, name: str, title: str, texts: Mapping[str, str], kinds: Sequence[tuple[str, str]]
    ) -> Line:
        kind = texts.get("kind", "")
        controls = [self._control(f"{name}-kind", title, kind, (("", kinds),), shapes=True)]
        if kind:
            controls.insert(0, self._control(f"{name}-amount", "amount", texts.get("amount", "")))
        if kind == "atr":
            window = texts.get("window") or "14"
            controls.append(self._control(f"{name}-window", "of bars", window))
        return Line(name, title, controls, self.texts.get(name, []))

    def _group(self, name: str, group: GroupDraft, legend: str, *, is_first: bool = True) -> Row:
        return Row(
            name,
            legend,
            self.texts.get(name, []),
            word=self._control(f"{name}-word", f"{legend}: join by", group.word, (("", JOINS),)),
            is_bare=group.is_bare,
            is_joined=len(group.parts) > 1 or "-" in name or group.word.startswith(NOT),
            is_first=is_first,
            parts=[
                self._part(f"{name}-{i}", part, f"{legend}, {i + 1}", is_first=i == 0)
                for i, part in enumerate(group.parts)
            ],
        )

    def _part(
        self, name: str, part: ComparisonDraft | GroupDraft, legend: str, *, is_first: bool
    ) -> Row:
        if isinstance(part, GroupDraft):
            return self._group(name, part, legend, is_first=is_first)
        return Row(
            name,
            legend,
            self.texts.get(name, []),
            op=self._control(f"{name}-op", "comparison", part.op, OPERATORS),
            left=self._value(f"{name}-left", "left side", part.left),
            right=self._value(f"{name}-right", "right side", part.right),
            is_first=is_first,
        )

    def _value(self, name: str, side: str, value: ValueDraft) -> ValueRow:
        what = self._control(f"{name}-what", side, value.what, WHATS, shapes=True)
        texts = value.texts
        if value.what == NUMBER:
            number = self._control(f"{name}-number", f"{side}, number", texts.get(NUMBER, ""))
            return ValueRow(name, what, [number], [], is_shifted=False)
        indicator = INDICATORS.get(value.what.removeprefix("indicator:"))
        details = self._details(name, indicator, texts) if indicator else []
        shifts = [
            *self._source(name, indicator, texts),
            self._control(f"{name}-lag", "bars ago", texts.get("lag") or "0"),
            self._control(f"{name}-times", "times", texts.get("times") or "1"),
        ]
        is_shifted = any(one.is_bad or one.value not in USUAL for one in shifts)
        return ValueRow(name, what, details, shifts, is_shifted)

    def _details(self, name: str, indicator: Indicator, texts: Mapping[str, str]) -> list[Control]:
        controls = [
            self._control(
                f"{name}-p-{one.name}",
                one.name.replace("_", " "),
                texts.get(f"p-{one.name}") or f"{one.default:g}",
            )
            for one in indicator.parameters
        ]
        if len(indicator.outputs) > 1:
            outputs = [(one, OUTPUTS.get(one, one.replace("_", " "))) for one in indicator.outputs]
            chosen = texts.get("output") or indicator.outputs[0]
            controls.append(self._control(f"{name}-output", "line", chosen, (("", outputs),)))
        return controls

    def _source(
        self, name: str, indicator: Indicator | None, texts: Mapping[str, str]
    ) -> Iterator[Control]:
        if indicator and indicator.inputs == ("close",):
            sources = [(one, f"of {COLUMN[one]}") for one in SOURCES]
            chosen = texts.get("source") or "close"
            yield self._control(f"{name}-source", "of", chosen, (("", sources),))


def row_of(place: str) -> str:
    """Return the row a control stands in: "enter_long-0" of "enter_long-0-left-p-window"."""
    found = ROW.match(place)
    return found.group() if found else place


def _said_of(place: str) -> str:
    """Return what a fault is about, in words, where a row has several controls."""
    part = place.removeprefix(row_of(place)).strip("-").replace("-p-", " ").replace("-", " ")
    part = part.removesuffix(" what").removesuffix(" number").removesuffix(" op")
    words = part.replace("left", "left side").replace("right", "right side").replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}: " if words else ""


def _walk(rows: Iterable[Row]) -> Iterable[Row]:
    for row in rows:
        yield row
        yield from _walk(row.parts)


def _title(indicator: Indicator) -> str:
    if indicator.name in ACRONYMS:
        name = indicator.name.upper()
        return name if name.lower() == indicator.label.lower() else f"{name}: {indicator.label}"
    return indicator.label


def _whats() -> Choices:
    groups: list[tuple[str, list[tuple[str, str]]]] = [
        ("Fixed", [(NUMBER, "number or parameter")]),
        ("Price", [(f"price:{column}", COLUMN[column]) for column in PRICES]),
    ]
    for key in dict.fromkeys(one.group for one in INDICATORS.values()):
        found = [one for one in INDICATORS.values() if one.group == key]
        options = [(f"indicator:{one.name}", _title(one)) for one in found]
        groups.append((GROUPS.get(key, key.capitalize()), options))
    return groups


def _operators() -> Choices:
    plain = [(key, f"is {words}") for key, words in RELATION.items()]
    crosses = [(f"crosses_{one}", f"crosses {one}") for one in ("above", "below")]
    negated: list[tuple[str, str]] = [
        (NOT + key, f"is not {words}") for key, words in RELATION.items()
    ]
    negated += [(f"{NOT}crosses_{one}", f"does not cross {one}") for one in ("above", "below")]
    return (("Holds", [*crosses, *plain]), ("Does not hold", negated))


WHATS: Choices = _whats()
OPERATORS: Choices = _operators()
