"""Splits and dividends as people write them: one line each, ``date,kind,value``."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from backtests.engine.corporate_actions import Action, Dividend, Split

KINDS = ("split", "dividend")
HEAD = ["date", "kind", "value"]
MAX_ACTIONS = 2_000
FIRST_YEAR, LAST_YEAR = 1700, 2200


class BadActions(ValueError):
    """Lines that are no splits or dividends; `faults` says why, by line number from 1."""

    def __init__(self, faults: Mapping[int, str]) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(f"Line {n}: {why}" for n, why in self.faults.items()))


def read_actions(text: str) -> list[dict[str, Any]]:
    """Return the rows of a text: ``date`` (ISO), ``kind`` and ``value``, in the order written.

    Parameters
    ----------
    text : str
        ``2024-06-10,split,10`` (or ``10:1``, ``1:20``) and ``2024-03-05,dividend,0.04``; a line
        ``date,kind,value`` and empty lines are left out. Tabs and semicolons part, too.

    Raises
    ------
    BadActions
        Names every bad line.
    """
    rows, faults = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        words = [word.strip() for word in line.replace("\t", ",").replace(";", ",").split(",")]
        if not any(words) or [word.lower() for word in words] == HEAD:
            continue
        try:
            rows.append(check_action(*_three(words)))
        except ValueError as error:
            faults[number] = str(error)
    if len(rows) > MAX_ACTIONS:
        faults[len(rows)] = f"at most {MAX_ACTIONS:,} splits and dividends."
    if faults:
        raise BadActions(faults)
    return rows


def check_action(day: str, kind: str, value: str | float) -> dict[str, Any]:
    """Return one split or dividend as a row; ValueError says what is wrong with it."""
    try:
        at = date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"{day or 'nothing'} is no date like 2024-06-10.") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}.")
    kind = kind.lower()
    if kind not in KINDS:
        raise ValueError(f"{kind or 'nothing'} is no kind; write split or dividend.")
    number = _ratio(value) if kind == "split" else _number(value)
    if not 0.0 < number < math.inf:
        raise ValueError(f"the value of a {kind} must be a number above 0, not {value}.")
    return {"date": at.isoformat(), "kind": kind, "value": number}


def write_actions(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as the text that `read_actions` reads."""
    return "\n".join(
        f"{row['date']},{row['kind']},{repr(float(row['value'])).removesuffix('.0')}"
        for row in rows
    )


def actions_of(rows: Iterable[Mapping[str, Any]]) -> list[Action]:
    """Return rows as splits and dividends; each begins at midnight UTC of its date."""
    return [
        (Split if row["kind"] == "split" else Dividend)(
            int(np.datetime64(row["date"], "ns").astype(np.int64)), float(row["value"])
        )
        for row in rows
    ]


def _three(words: Sequence[str]) -> tuple[str, str, str]:
    if len(words) != len(HEAD):
        raise ValueError("write date, kind and value, parted by commas.")
    return words[0], words[1], words[2]


def _number(value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _ratio(value: str | float) -> float:
    if not isinstance(value, str) or ":" not in value:
        return _number(value)
    new, _, old = value.partition(":")
    below = _number(old)
    return _number(new) / below if below else math.nan
