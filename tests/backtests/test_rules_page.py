"""The reference of the rule language says what the language is."""

import json
import re
from pathlib import Path

from backtests.engine.rules import RuleStrategy
from backtests.engine.rules.parsing import MAX_DEPTH, MAX_LOOKBACK, MAX_NODES, MAX_PARAMETERS, TOP
from backtests.engine.rules.reading import MAX_BYTES
from backtests.engine.rules.tree import DIRECTIONS, PRICES, RELATIONS, SIZES
from market.engine.indicators import INDICATORS

PAGE = (Path(__file__).parents[2] / "docs/reference/rules.md").read_text()


def test_page_tells_every_word_of_the_language() -> None:
    words = {*TOP, *RELATIONS, *DIRECTIONS, *PRICES, *SIZES}

    assert {word for word in words if f"`{word}`" not in PAGE and f'"{word}"' not in PAGE} == set()


def test_page_tells_every_indicator_with_parameters_and_outputs() -> None:
    rows = {
        row[0]: row
        for row in re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \| .* \|$", PAGE, re.MULTILINE)
    }

    assert set(rows) == set(INDICATORS)
    for name, indicator in INDICATORS.items():
        numbers = ", ".join(f"{one.name} {one.default:g}" for one in indicator.parameters)
        outputs = ", ".join(indicator.outputs) if len(indicator.outputs) > 1 else ""
        assert rows[name][1:] == (indicator.label, numbers or "–", outputs or "–")


def test_example_says_the_sentences_below_it() -> None:
    document = json.loads(PAGE.split("```json")[1].split("```")[0])

    told = [line.removeprefix("> ") for line in PAGE.splitlines() if line.startswith("> ")]
    assert list(RuleStrategy(document).rules) == told


def test_page_tells_the_limits() -> None:
    limits = (f"{MAX_BYTES:,} bytes", f"{MAX_DEPTH} conditions", f"{MAX_NODES} parts",
              f"{MAX_LOOKBACK:,} bars back", f"{MAX_PARAMETERS} parameters")  # fmt: skip

    assert [limit for limit in limits if limit not in PAGE] == []
