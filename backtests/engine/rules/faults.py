"""What is wrong with a rule document, and where, in words."""

from itertools import groupby
from typing import NamedTuple

Path = tuple[str | int, ...]

WORDS = {
    "enter_long": "the rule to buy",
    "exit_long": "the rule to end the long position",
    "enter_short": "the rule to sell short",
    "exit_short": "the rule to end the short position",
    "stop_loss": "the stop",
    "take_profit": "the target",
    "trail": "the trailing stop",
    "size": "the size",
    "session": "the session",
    "left": "left side",
    "right": "right side",
    "params": "parameters",
    "parameters": "the rules' own parameters",
}
ORDINALS = ("1st", "2nd", "3rd")


class Fault(NamedTuple):
    """One thing that is wrong: where (JSON pointer and words), what, by which parameter."""

    pointer: str
    where: str
    message: str
    parameter: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class RuleError(ValueError):
    """A rule document that cannot be used; `faults` says why, first faults first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(map(str, faults)))


def fault_at(path: Path, message: str, parameter: str | None = None) -> Fault:
    """Return a fault at a place given as keys and list positions."""
    pointer = "".join(f"/{step}" for step in path)
    return Fault(pointer, f"In {_words(path)}", message, parameter)


def _words(path: Path) -> str:
    steps: list[str] = []
    for step in path:
        if isinstance(step, int):
            nth = ORDINALS[step] if step < len(ORDINALS) else f"{step + 1}th"
            steps[-1] = f"{nth} of {steps[-1]}"
        else:
            steps.append(WORDS.get(step, step))
    runs = [(word, len(list(same))) for word, same in groupby(steps)]
    texts = [word if count == 1 else f"{word} ({count} times)" for word, count in runs]
    return ", ".join(texts) or "the rules"
