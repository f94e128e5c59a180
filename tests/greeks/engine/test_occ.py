from datetime import date

import numpy as np
import pytest

from greeks.engine.occ import OptionSymbol, format_occ
from market.engine.chains.rows import symbols_of

APPLE = OptionSymbol("AAPL", date(2024, 1, 19), 1, 190.0)


@pytest.mark.parametrize(
    ("is_compact", "expected"),
    [(False, "AAPL  240119C00190000"), (True, "AAPL240119C00190000")],
)
def test_format_occ_padded_and_compact(is_compact, expected):
    assert format_occ(APPLE, is_compact=is_compact) == expected


@pytest.mark.parametrize("strike", [0.001, 12.35, 1.005, 4512.5, 99999.999])
def test_format_occ_then_reading_a_chain_gives_the_option_back(strike):
    option = OptionSymbol("SPY", date(2026, 6, 18), -1, strike)

    read = symbols_of(np.array([format_occ(option)]))

    assert OptionSymbol(*(column.tolist()[0] for column in read)) == option


@pytest.mark.parametrize(
    "option",
    [
        OptionSymbol("AAPL", date(2024, 1, 19), 1, 0.0005),
        OptionSymbol("AAPL", date(2024, 1, 19), 1, 100_000.0),
        OptionSymbol("AAPL", date(2024, 1, 19), 1, -1.0),
        OptionSymbol("aapl", date(2024, 1, 19), 1, 190.0),
        OptionSymbol("AAPL", date(2024, 1, 19), 0, 190.0),
        OptionSymbol("AAPL", date(1999, 1, 15), 1, 190.0),
    ],
)
def test_format_occ_what_cannot_be_written_raises(option):
    with pytest.raises(ValueError, match="must be"):
        format_occ(option)
