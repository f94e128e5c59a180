"""What the builder's page sends: a draft read from its fields, and one edit of it."""

from collections.abc import Callable
from copy import deepcopy
from itertools import count

from django.http import QueryDict

from backtests.engine.rules.tree import DAYS, DISTANCES
from backtests.forms.draft import (
    BLOCKS,
    NUMBER,
    PARAMETER_FIELDS,
    SESSION_FIELDS,
    WORKING_DAYS,
    ComparisonDraft,
    Draft,
    GroupDraft,
    ValueDraft,
)
from market.engine.indicators import INDICATORS

MAX_PARTS = 100  # conditions read from one form; the parser takes fewer
MAX_DEPTH = 24  # deeper than the parser takes, so that nothing is lost before it says so
AMOUNTS = {"percent": "5", "atr": "2", "percent_of_equity": "95", "cash": "1000", "units": "1"}
NEW_YORK = {"start": "09:30", "end": "16:00", "zone": "America/New_York"}
SHIFTS = ("lag", "times")

Part = ComparisonDraft | GroupDraft


class DraftReader:
    """Reads a draft from the fields of a form, whatever they hold."""

    def __init__(self, data: QueryDict) -> None:
        self.data = data
        self.n_parts = 0

    def draft(self) -> Draft:
        """Return the draft as the page showed it."""
        blocks = {name: self.group(name, 1) for name in BLOCKS if f"{name}-word" in self.data}
        is_limited = self.text("session-kind") == "hours"
        return Draft(
            blocks=blocks,
            levels={name: self.amount(name, ("kind", "amount", "window")) for name in DISTANCES},
            size=self.amount("size", ("kind", "amount")),
            session=self.session() if is_limited else None,
            days=self.days(),
            is_flat_at_end="session-flat" in self.data,
            parameters=self.parameters(),
            description=self.text("description"),
        )

    def text(self, name: str) -> str:
        return self.data.get(name, "")

    def texts(self, prefix: str, names: tuple[str, ...]) -> dict[str, str]:
        return {name: self.text(f"{prefix}-{name}") for name in names}

    def amount(self, prefix: str, names: tuple[str, ...]) -> dict[str, str]:
        texts = self.texts(prefix, names)
        if f"{prefix}-amount" not in self.data:  # just chosen: a value to start from
            texts["amount"] = AMOUNTS.get(texts["kind"], "")
        return texts

    def session(self) -> dict[str, str]:
        is_new = "session-start" not in self.data
        return dict(NEW_YORK) if is_new else self.texts("session", SESSION_FIELDS)

    def days(self) -> list[str]:
        if "session-start" not in self.data:
            return list(WORKING_DAYS)
        return [day for day in DAYS if day in self.data.getlist("session-days")]

    def parameters(self) -> list[dict[str, str]]:
        rows = []
        for i in range(MAX_PARTS):
            if f"parameters-{i}-name" not in self.data:
                break
            rows.append(self.texts(f"parameters-{i}", PARAMETER_FIELDS))
        return rows

    def group(self, name: str, depth: int) -> GroupDraft:
        group = GroupDraft(self.text(f"{name}-word"), is_bare=f"{name}-bare" in self.data)
        while self.n_parts < MAX_PARTS and depth < MAX_DEPTH:
            part = f"{name}-{len(group.parts)}"
            if f"{part}-word" in self.data:
                group.parts.append(self.group(part, depth + 1))
            elif f"{part}-op" in self.data:
                self.n_parts += 1
                group.parts.append(self.comparison(part))
            else:
                break
        return group

    def comparison(self, name: str) -> ComparisonDraft:
        sides = (self.value(f"{name}-{side}") for side in ("left", "right"))
        return ComparisonDraft(self.text(f"{name}-op"), *sides)

    def value(self, name: str) -> ValueDraft:
        what = self.text(f"{name}-what")
        indicator = INDICATORS.get(what.removeprefix("indicator:"))
        keys = list(SHIFTS if what != NUMBER else (NUMBER,))
        # What was said about another indicator means nothing here.
        if indicator and self.text(f"{name}-was") in {what, ""}:
            keys += ["output", "source", *(f"p-{one.name}" for one in indicator.parameters)]
        given = {key: self.data.get(f"{name}-{key}") for key in keys}
        return ValueDraft(what, {key: text for key, text in given.items() if text is not None})


def edit(draft: Draft, action: str) -> str:
    """Change a draft by an action such as "add:enter_long"; return the control to go on at.

    Notes
    -----
    An action that names no place of the draft changes nothing: the page was older than it.
    """
    verb, _, place = action.partition(":")
    try:
        return EDITS[verb](draft, place) if verb in EDITS else ""
    except (KeyError, IndexError, ValueError, AttributeError):
        return ""


def group_at(draft: Draft, place: str) -> GroupDraft:
    """Return the group a place such as "enter_long-0-2" names."""
    name, *steps = place.split("-")
    group: Part = draft.blocks[name]
    for step in steps:
        group = group.parts[int(step)]  # type: ignore[union-attr]  # AttributeError: no group
    if not isinstance(group, GroupDraft):
        raise KeyError(place)
    return group


def _add(draft: Draft, place: str) -> str:
    group = group_at(draft, place)
    group.is_bare = False
    group.parts.append(ComparisonDraft())
    return f"{place}-{len(group.parts) - 1}-left-what"


def _add_group(draft: Draft, place: str) -> str:
    group = group_at(draft, place)
    group.is_bare = False
    inner = "any" if group.word in {"all", "not_all"} else "all"
    group.parts.append(GroupDraft(inner, [ComparisonDraft(), ComparisonDraft()]))
    return f"{place}-{len(group.parts) - 1}-word"


def _copy(draft: Draft, place: str) -> str:
    parent, _, step = place.rpartition("-")
    group = group_at(draft, parent)
    group.is_bare = False
    group.parts.insert(int(step) + 1, deepcopy(group.parts[int(step)]))
    last = "word" if isinstance(group.parts[int(step)], GroupDraft) else "left-what"
    return f"{parent}-{int(step) + 1}-{last}"


def _move_down(draft: Draft, place: str) -> str:
    parent, _, step = place.rpartition("-")
    parts, position = group_at(draft, parent).parts, int(step)
    parts.insert(min(position + 1, len(parts) - 1), parts.pop(position))
    return f"{parent}-{min(position + 1, len(parts) - 1)}-down"


def _remove(draft: Draft, place: str) -> str:
    parent, _, step = place.rpartition("-")
    group = group_at(draft, parent)
    del group.parts[int(step)]
    if group.parts:
        return f"{parent}-add"
    if "-" in parent:
        return _remove(draft, parent)
    del draft.blocks[parent]
    return f"{parent}-block"


def _add_block(draft: Draft, place: str) -> str:
    if place not in BLOCKS:
        raise KeyError(place)
    draft.blocks.setdefault(place, GroupDraft("all", [ComparisonDraft()], is_bare=True))
    return f"{place}-0-left-what"


def _remove_block(draft: Draft, place: str) -> str:
    del draft.blocks[place]
    return f"{place}-block"


def _add_parameter(draft: Draft, place: str) -> str:
    names = {row.get("name") for row in draft.parameters}
    free = next(name for name in map("parameter{}".format, count(1)) if name not in names)
    draft.parameters.append({**dict.fromkeys(PARAMETER_FIELDS, ""), "name": free, "default": "10"})
    return f"parameters-{len(draft.parameters) - 1}-name"


def _remove_parameter(draft: Draft, place: str) -> str:
    del draft.parameters[int(place)]
    return "parameters-add"


EDITS: dict[str, Callable[[Draft, str], str]] = {
    "add": _add,
    "group": _add_group,
    "copy": _copy,
    "down": _move_down,
    "remove": _remove,
    "block": _add_block,
    "unblock": _remove_block,
    "param": _add_parameter,
    "unparam": _remove_parameter,
}
