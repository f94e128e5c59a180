"""A twelve-contract chain worked out with mpmath at 40 digits (`gex_example.json`)."""

import json
from pathlib import Path

import numpy as np
import pytest

from greeks.engine.exposure import exposure, gamma_profile, nearest_root, shortcut_flips, zero_gamma

REFERENCE = json.loads(
    (Path(__file__).parents[3] / "reference" / "greeks" / "gex_example.json").read_text()
)
ROWS = REFERENCE["rows"]
CHAIN = (
    np.array([row["type"] for row in ROWS]),
    np.array([row["K"] for row in ROWS]),
    np.array([row["T"] for row in ROWS]),
    np.array([row["iv"] for row in ROWS]),
    np.array([row["oi"] for row in ROWS], dtype=float),
)
MARKET = {"spot": 240.0, "rate": 0.04, "dividend_yield": 0.01, "multiplier": 100.0}
ROW_COLUMNS = (
    "sign", "delta", "gamma", "vanna", "charm", "gex_shares_per_1usd", "gex_usd_per_1usd",
    "gex_usd_per_1pct", "dex_usd", "holder_dex_usd", "vex_usd_per_1volpt", "chex_usd_per_day",
)  # fmt: skip


@pytest.mark.parametrize("column", ROW_COLUMNS)
def test_exposure_rows_match_reference(column):
    rows = exposure(*CHAIN, **MARKET).rows

    assert getattr(rows, column) == pytest.approx([row[column] for row in ROWS], rel=1e-11)


@pytest.mark.parametrize("name", list(REFERENCE["totals"]))
def test_exposure_totals_match_reference(name):
    result = exposure(*CHAIN, **MARKET)

    assert getattr(result.totals, name) == pytest.approx(REFERENCE["totals"][name], rel=1e-11)
    assert getattr(result, name) == getattr(result.totals, name)


@pytest.mark.parametrize(
    "name",
    [
        "call_gex",
        "put_gex",
        "call_wall",
        "put_wall",
        "absolute_gamma_strike",
        "oi_call_wall",
        "oi_put_wall",
    ],
)
def test_exposure_levels_match_reference(name):
    assert getattr(exposure(*CHAIN, **MARKET), name) == pytest.approx(REFERENCE[name], rel=1e-11)


@pytest.mark.parametrize("side", ["call", "put", "net", "abs"])
def test_by_strike_matches_reference(side):
    table = exposure(*CHAIN, **MARKET).by_strike

    expected = [cell[side] for cell in REFERENCE["by_strike"].values()]
    assert getattr(table, side) == pytest.approx(expected, rel=1e-11)
    assert table.strike.tolist() == [float(strike) for strike in REFERENCE["by_strike"]]


def test_by_expiry_matches_reference():
    table = exposure(*CHAIN, **MARKET).by_expiry_days

    assert table.days == pytest.approx([10.0, 38.0], abs=1e-4)
    assert table.net == pytest.approx(list(REFERENCE["by_expiry_days"].values()), rel=1e-11)


@pytest.mark.parametrize("name", ["dex_usd", "vex_usd_per_1volpt", "chex_usd_per_day"])
def test_tables_sum_the_rows_of_each_strike_and_expiry(name):
    result = exposure(*CHAIN, **MARKET)

    for key, labels, column in (
        ("K", result.by_strike.strike, getattr(result.by_strike, name)),
        ("days", np.round(result.by_expiry_days.days), getattr(result.by_expiry_days, name)),
    ):
        expected = [sum(row[name] for row in ROWS if row[key] == label) for label in labels]
        assert column == pytest.approx(expected, rel=1e-9)


def test_by_strike_and_expiry_sums_to_both_tables():
    result = exposure(*CHAIN, **MARKET)

    grid = result.by_strike_and_expiry
    assert grid.net.shape == (5, 2)
    assert grid.net.sum(axis=1) == pytest.approx(result.by_strike.net)
    assert grid.net.sum(axis=0) == pytest.approx(result.by_expiry_days.net)


def test_zero_gamma_sticky_strike_matches_reference():
    roots = zero_gamma(*CHAIN, **MARKET)

    assert roots == pytest.approx([238.988204700342], abs=1e-9)
    assert nearest_root(roots, 240.0) == roots[0]


def test_gamma_profile_matches_reference():
    expected = REFERENCE["profile_sticky_strike"]
    profile = gamma_profile(*CHAIN, **MARKET, spots=[point["S"] for point in expected])

    assert profile.net == pytest.approx([p["net_gex_usd_per_1pct"] for p in expected], rel=1e-9)


def test_gamma_profile_sticky_moneyness_matches_reference_on_its_grid():
    """The reference interpolates linearly between 238 and 239."""
    low, high = gamma_profile(*CHAIN, **MARKET, sticky="moneyness", spots=[238.0, 239.0]).net

    expected = REFERENCE["zero_gamma_repriced_sticky_moneyness"][0]
    assert 238.0 - low / (high - low) == pytest.approx(expected, abs=1e-9)


def test_zero_gamma_sticky_moneyness_is_a_root_of_the_profile():
    (root,) = zero_gamma(*CHAIN, **MARKET, sticky="moneyness")

    net = gamma_profile(*CHAIN, **MARKET, sticky="moneyness", spots=[root]).net
    assert root == pytest.approx(238.9617, abs=2e-3)
    assert net == pytest.approx(0.0, abs=1e-3)


def test_shortcut_flips_match_reference():
    flips = shortcut_flips(exposure(*CHAIN, **MARKET).by_strike)

    assert flips.cumulative == pytest.approx(REFERENCE["naive_flip_cumulative_by_strike"])
    expected = REFERENCE["naive_flip_first_strike_sign_change"]
    assert flips.first_sign_change == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sign_model", "expected"),
    [
        ("both_short", -81126317.75142223),
        ("calls_short_puts_long", -7057065.2114289105),
        ("inverse", -7057065.2114289105),
        ("absolute", 81126317.75142223),
    ],
)
def test_exposure_sign_models_match_reference(sign_model, expected):
    result = exposure(*CHAIN, **MARKET, sign_model=sign_model)

    assert result.gex_usd_per_1pct == pytest.approx(expected, rel=1e-11)


def test_exposure_nine_days_later_matches_reference():
    kind, strike, years, vol, open_interest = CHAIN

    later = exposure(kind, strike, years - 9.0 / 365.0, vol, open_interest, **MARKET)

    expected = REFERENCE["roll_forward"]["gex_usd_per_1pct"]
    assert later.gex_usd_per_1pct == pytest.approx(expected, rel=1e-11)
