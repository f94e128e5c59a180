"""Rules while they are edited: a tree of texts that may still be wrong, and the way to JSON."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backtests.engine.rules.tree import DAYS, DISTANCES, ENTRIES, EXITS
from market.engine.indicators import INDICATORS

BLOCKS = ("enter_long", "exit_long", "enter_short", "exit_short")
NUMBER = "number"
NOT = "not_"
WORDS = ("all", "any", "not_any", "not_all")
NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
WHOLE = re.compile("[-+]?[0-9]{1,18}")
PARAMETER_FIELDS = ("name", "default", "low", "high", "step", "help")
SESSION_FIELDS = ("start", "end", "zone")
WORKING_DAYS = DAYS[:5]

USUAL = {"lag": ("", "0"), "times": ("", "1")}  # what changes nothing is not written

Places = dict[str, str]  # JSON pointer -> name of the control, or of the row


@dataclass
class ValueDraft:
    """One side of a comparison: a number, a price column or an indicator's output."""

    what: str = "price:close"
    texts: dict[str, str] = field(default_factory=dict)


@dataclass
class ComparisonDraft:
    """Two sides and what stands between them, such as "above" or "not_crosses_below"."""

    op: str = "above"
    left: ValueDraft = field(default_factory=ValueDraft)
    right: ValueDraft = field(default_factory=lambda: ValueDraft(NUMBER, {NUMBER: "0"}))


@dataclass
class GroupDraft:
    """Several conditions joined by all, any, not_any or not_all."""

    word: str = "all"
    parts: list["ComparisonDraft | GroupDraft"] = field(default_factory=list)
    is_bare: bool = False  # one condition without a list around it


@dataclass
class Draft:
    """A whole rule strategy as the page edits it."""

    blocks: dict[str, GroupDraft] = field(default_factory=dict)
    levels: dict[str, dict[str, str]] = field(default_factory=dict)
    size: dict[str, str] = field(default_factory=dict)
    session: dict[str, str] | None = None
    days: list[str] = field(default_factory=lambda: list(WORKING_DAYS))
    is_flat_at_end: bool = False
    parameters: list[dict[str, str]] = field(default_factory=list)
    description: str = ""


# From a valid document ----------------------------------------------------------------------------


def draft_of(document: Mapping[str, Any]) -> Draft:
    """Return the draft of a document that the parser accepts."""
    session = document.get("session")
    return Draft(
        blocks={name: _root(document[name]) for name in BLOCKS if name in document},
        levels={name: _level(document[name]) for name in DISTANCES if name in document},
        size=_size(document["size"]) if "size" in document else {},
        session={key: str(session.get(key, "")) for key in SESSION_FIELDS} if session else None,
        days=list(session.get("days", DAYS)) if session else list(WORKING_DAYS),
        is_flat_at_end=bool(session and session.get("flat_at_end")),
        parameters=[
            {"name": name, **{key: _text(value) for key, value in fields.items()}}
            for name, fields in document.get("parameters", {}).items()
        ],
        description=document.get("description", ""),
    )


def _root(node: Mapping[str, Any]) -> GroupDraft:
    part = _condition(node)
    return part if isinstance(part, GroupDraft) else GroupDraft(parts=[part], is_bare=True)


def _condition(
    node: Mapping[str, Any], *, is_negated: bool = False
) -> ComparisonDraft | GroupDraft:
    if "not" in node:
        return _condition(node["not"], is_negated=not is_negated)
    prefix = NOT if is_negated else ""
    for word in ("all", "any"):
        if word in node:
            return GroupDraft(prefix + word, [_condition(part) for part in node[word]])
    op = node["compare"] if "compare" in node else f"crosses_{node['crosses']}"
    return ComparisonDraft(prefix + op, _value(node["left"]), _value(node["right"]))


def _value(node: Any) -> ValueDraft:
    if not isinstance(node, Mapping) or "parameter" in node:
        return ValueDraft(NUMBER, {NUMBER: _text(node)})
    if "constant" in node:
        return ValueDraft(NUMBER, {NUMBER: _text(node["constant"])})
    texts = {key: _text(node[key]) for key in ("lag", "times") if key in node}
    if "price" in node:
        return ValueDraft(f"price:{node['price']}", texts)
    texts |= {key: node[key] for key in ("output", "source") if key in node}
    texts |= {f"p-{key}": _text(value) for key, value in node.get("params", {}).items()}
    return ValueDraft(f"indicator:{node['indicator']}", texts)


def _level(node: Mapping[str, Any]) -> dict[str, str]:
    kind = "percent" if "percent" in node else "atr"
    return {"kind": kind, "amount": _text(node[kind]), "window": _text(node.get("window", 14))}


def _size(node: Mapping[str, Any]) -> dict[str, str]:
    kind, amount = next(iter(node.items()))
    return {"kind": kind, "amount": _text(amount)}


def _text(node: Any) -> str:
    if isinstance(node, Mapping):
        return str(node.get("parameter", ""))
    if isinstance(node, float):
        return f"{node:.15g}"
    return str(node)


# To a document ------------------------------------------------------------------------------------


def document_of(draft: Draft) -> tuple[dict[str, Any], Places]:
    """Return the document a draft stands for, and which control each place of it comes from.

    Notes
    -----
    What cannot be a number stays a text in its place, so that the parser names it there.
    """
    writer = _Writer()
    return writer.document(draft), writer.places


class _Writer:
    def __init__(self) -> None:
        self.places: Places = {}

    def document(self, draft: Draft) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if draft.description.strip():
            self.places["/description"] = "description"
            found["description"] = draft.description.strip()
        if draft.parameters:
            found["parameters"] = self.parameters(draft.parameters)
        for name in (*ENTRIES, *EXITS):
            if draft.blocks.get(name) and draft.blocks[name].parts:
                found[name] = self.root(f"/{name}", name, draft.blocks[name])
        for name in DISTANCES:
            if draft.levels.get(name, {}).get("kind"):
                found[name] = self.level(name, draft.levels[name])
        if draft.size.get("kind"):
            found["size"] = {draft.size["kind"]: number_of(draft.size.get("amount", ""))}
            self.places |= {"/size": "size-kind", f"/size/{draft.size['kind']}": "size-amount"}
        if draft.session is not None:
            found["session"] = self.session(draft)
        return found

    def root(self, pointer: str, name: str, group: GroupDraft) -> dict[str, Any]:
        self.places[pointer] = name
        if group.is_bare and len(group.parts) == 1 and not group.word.startswith(NOT):
            return self.condition(pointer, f"{name}-0", group.parts[0])
        return self.condition(pointer, name, group)

    def condition(
        self, pointer: str, name: str, node: ComparisonDraft | GroupDraft
    ) -> dict[str, Any]:
        self.places[pointer] = name
        word = node.word if isinstance(node, GroupDraft) else node.op
        if word.startswith(NOT):
            pointer += "/not"
            self.places[pointer] = name
        written = self.positive(pointer, name, node, word.removeprefix(NOT))
        return {"not": written} if word.startswith(NOT) else written

    def positive(
        self, pointer: str, name: str, node: ComparisonDraft | GroupDraft, word: str
    ) -> dict[str, Any]:
        if isinstance(node, GroupDraft):
            parts = [
                self.condition(f"{pointer}/{word}/{i}", f"{name}-{i}", part)
                for i, part in enumerate(node.parts)
            ]
            return {word: parts}
        key, _, direction = word.rpartition("_") if word.startswith("crosses") else ("", "", word)
        self.places[f"{pointer}/{key or 'compare'}"] = f"{name}-op"
        return {
            key or "compare": direction,
            "left": self.value(f"{pointer}/left", f"{name}-left", node.left),
            "right": self.value(f"{pointer}/right", f"{name}-right", node.right),
        }

    def value(self, pointer: str, name: str, value: ValueDraft) -> Any:
        kind, _, key = value.what.partition(":")
        if kind == NUMBER:
            self.places[pointer] = f"{name}-number"
            return number_of(value.texts.get(NUMBER, ""))
        self.places[pointer] = f"{name}-what"
        written: dict[str, Any] = {kind: key}
        if kind == "indicator":
            written |= self.reading(pointer, name, key, value.texts)
        for part in ("lag", "times"):
            if value.texts.get(part, "").strip() not in USUAL[part]:
                self.places[f"{pointer}/{part}"] = f"{name}-{part}"
                written[part] = number_of(value.texts[part])
        return written

    def reading(
        self, pointer: str, name: str, key: str, texts: Mapping[str, str]
    ) -> dict[str, Any]:
        written: dict[str, Any] = {}
        indicator = INDICATORS.get(key)
        params = {}
        for parameter in indicator.parameters if indicator else ():
            text = texts.get(f"p-{parameter.name}", "")
            params[parameter.name] = number_of(text) if text.strip() else parameter.default
            self.places[f"{pointer}/params/{parameter.name}"] = f"{name}-p-{parameter.name}"
        if params:
            written["params"] = params
        usual = {"output": indicator.outputs[0] if indicator else "", "source": "close"}
        for part, value in usual.items():
            if texts.get(part, "") not in {"", value}:
                self.places[f"{pointer}/{part}"] = f"{name}-{part}"
                written[part] = texts[part]
        return written

    def level(self, name: str, texts: Mapping[str, str]) -> dict[str, Any]:
        kind = texts["kind"]
        self.places |= {f"/{name}": f"{name}-kind", f"/{name}/{kind}": f"{name}-amount"}
        written = {kind: number_of(texts.get("amount", ""))}
        if kind == "atr":
            self.places[f"/{name}/window"] = f"{name}-window"
            written["window"] = number_of(texts.get("window") or "14")
        return written

    def session(self, draft: Draft) -> dict[str, Any]:
        texts = draft.session or {}
        self.places |= {f"/session/{key}": f"session-{key}" for key in SESSION_FIELDS}
        self.places |= {"/session": "session-kind", "/session/days": "session-days"}
        written: dict[str, Any] = {"start": texts.get("start"), "end": texts.get("end")}
        if texts.get("zone", "").strip():
            written["zone"] = texts["zone"].strip()
        if len(draft.days) < len(DAYS):
            written["days"] = draft.days
        return {**written, "flat_at_end": True} if draft.is_flat_at_end else written

    def parameters(self, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        self.places["/parameters"] = "parameters"
        written = {}
        for i, row in enumerate(rows):
            name = row.get("name", "").strip()
            pointer = f"/parameters/{name[:40]}"
            self.places[pointer] = f"parameters-{i}-name"
            keys = [key for key in PARAMETER_FIELDS[1:-1] if row.get(key, "").strip()]
            fields: dict[str, Any] = {key: number_of(row[key]) for key in keys}
            self.places |= {
                f"{pointer}/{key}": f"parameters-{i}-{key}" for key in PARAMETER_FIELDS[1:]
            }
            if row.get("help", "").strip():
                fields["help"] = row["help"].strip()
            written[name] = fields
        return written


def number_of(text: str) -> Any:
    """Return the number a text says, the parameter it names, or the text itself."""
    text = text.strip()
    if not text:
        return None
    if WHOLE.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number) and "_" not in text:
        return number
    return {"parameter": text} if NAME.fullmatch(text) else text


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two valid documents say the same, however they are written."""
    first, second = (document_of(draft_of(document))[0] for document in (one, other))
    return first == second
