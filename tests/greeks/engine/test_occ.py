from datetime import date

import numpy as np
import pytest

from greeks.engine.occ import OptionSymbol, format_occ, parse_occ, parse_occ_columns

APPLE = OptionSymbol("AAPL", date(2024, 1, 19), 1, 190.0)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("AAPL  240119C00190000", APPLE),
        ("AAPL240119C00190000", APPLE),
        (" aapl240119c00190000 ", APPLE),
        ("SPXW  251231P04512500", OptionSymbol("SPXW", date(2025, 12, 31), -1, 4512.5)),
        ("AAPL1 240119C00000001", OptionSymbol("AAPL1", date(2024, 1, 19), 1, 0.001)),
        ("AAPL1240119C99999999", OptionSymbol("AAPL1", date(2024, 1, 19), 1, 99999.999)),
        ("F     240216P00012350", OptionSymbol("F", date(2024, 2, 16), -1, 12.35)),
    ],
)
def test_parse_occ_known_symbols(symbol, expected):
    assert parse_occ(symbol) == expected


@pytest.mark.parametrize(
    "symbol",
    [
        "",
        "AAPL",
        "240119C00190000",
        "AAPL240119X00190000",
        "AAPL240230C00190000",
        "AAPL 24011C00190000",
        "TOOLONG240119C00190000",
        "AA PL240119C00190000",
    ],
)
def test_parse_occ_malformed_raises(symbol):
    with pytest.raises(ValueError, match="option symbol"):
        parse_occ(symbol)


@pytest.mark.parametrize(
    ("is_compact", "expected"),
    [(False, "AAPL  240119C00190000"), (True, "AAPL240119C00190000")],
)
def test_format_occ_padded_and_compact(is_compact, expected):
    assert format_occ(APPLE, is_compact=is_compact) == expected


@pytest.mark.parametrize("strike", [0.001, 12.35, 1.005, 4512.5, 99999.999])
def test_format_occ_then_parse_gives_the_option_back(strike):
    option = OptionSymbol("SPY", date(2026, 6, 18), -1, strike)

    assert parse_occ(format_occ(option)) == option


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


def test_parse_occ_columns_marks_the_malformed():
    columns = parse_occ_columns(["AAPL240119C00190000", "nonsense"])

    assert columns.root.tolist() == ["AAPL", ""]
    assert columns.kind[0] == 1.0
    assert columns.expiry_day[0] == np.datetime64("2024-01-19")
    assert columns.is_valid.tolist() == [True, False]
    assert np.isnan(columns.strike[1])
    assert np.isnat(columns.expiry_day[1])
