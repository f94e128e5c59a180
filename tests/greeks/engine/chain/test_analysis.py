"""Chains priced from known forwards, rates and smiles, which the analysis must give back."""

import numpy as np
import pytest

from greeks.engine.chain import QuoteIssue, analyse_chain, make_quotes
from greeks.engine.european import price
from greeks.engine.status import Status

SPOT, RATE, YIELD = 100.0, 0.04, 0.015
YEARS = (90.0 / 365.0, 0.5, 1.0)


def smile_vol(strike, years):
    k = np.log(strike / (SPOT * np.exp((RATE - YIELD) * years)))
    return 0.2 - 0.1 * k + 0.2 * k * k


def columns_of_chain():
    """Every strike from 70 to 130, call and put, three expiries."""
    strikes = np.arange(70.0, 131.0, 2.5)
    grid = np.meshgrid([1.0, -1.0], strikes, YEARS, indexing="ij")
    kind, strike, years = (column.reshape(-1) for column in grid)
    mid = price(kind, SPOT, strike, years, RATE, YIELD, smile_vol(strike, years))
    return kind, strike, years, mid


def quoted(kind, strike, years, mid):
    half = 0.01 * mid
    return make_quotes(kind, strike, years, mid - half, mid + half)


def test_analyse_chain_exact_mids_give_forward_rate_and_yield_back():
    forwards = analyse_chain(quoted(*columns_of_chain()), spot=SPOT, rate=0.01).forwards

    assert forwards.years.tolist() == list(YEARS)
    expected = SPOT * np.exp((RATE - YIELD) * np.array(YEARS))
    assert forwards.forward == pytest.approx(expected, rel=1e-9)
    assert forwards.rate == pytest.approx([RATE] * 3, abs=1e-8)
    assert forwards.dividend_yield == pytest.approx([YIELD] * 3, abs=1e-8)
    assert forwards.is_discount_fitted.all()


def test_analyse_chain_exact_mids_give_the_smile_back():
    analysis = analyse_chain(quoted(*columns_of_chain()), spot=SPOT, rate=RATE)

    smile = analysis.smile
    assert smile.vol == pytest.approx(smile_vol(smile.strike, smile.years), rel=1e-7)
    assert ((smile.kind > 0.0) == (smile.strike >= smile.forward)).all()
    assert (smile.vol_bid < smile.vol).all()
    assert (smile.vol < smile.vol_ask).all()


def test_analyse_chain_call_and_put_share_vol_and_gamma():
    kind, strike, years, mid = columns_of_chain()

    analysis = analyse_chain(quoted(kind, strike, years, mid), spot=SPOT)

    is_call = kind > 0.0
    assert (analysis.vol[is_call] == analysis.vol[~is_call]).all()
    gamma = analysis.greeks["gamma"]
    assert gamma[is_call] == pytest.approx(gamma[~is_call], rel=1e-12)


def test_analyse_chain_wild_quotes_do_not_move_the_forward():
    """A tenth of the quotes are off by dollars, as stale ones are."""
    kind, strike, years, mid = columns_of_chain()
    rng = np.random.default_rng(7)
    is_wild = rng.random(mid.size) < 0.1
    mid = np.where(is_wild, mid + 3.0, mid)

    forwards = analyse_chain(quoted(kind, strike, years, mid), spot=SPOT, rate=RATE).forwards

    expected = SPOT * np.exp((RATE - YIELD) * np.array(YEARS))
    assert forwards.forward == pytest.approx(expected, abs=0.05)


def test_analyse_chain_one_pair_uses_the_given_rate():
    """One strike: the forward is strike + (call - put) / discount, by hand."""
    quotes = make_quotes([1, -1], 100.0, 0.5, [5.9, 3.9], [6.1, 4.1])

    forwards = analyse_chain(quotes, spot=SPOT, rate=RATE).forwards

    assert forwards.forward == pytest.approx([100.0 + 2.0 * np.exp(0.02)])
    assert forwards.is_fitted.tolist() == [True]
    assert forwards.is_discount_fitted.tolist() == [False]


def test_analyse_chain_calls_only_uses_the_given_rates():
    quotes = make_quotes(1, [95.0, 100.0], 0.5, [8.0, 5.0], [8.2, 5.2])

    forwards = analyse_chain(quotes, spot=SPOT, rate=RATE, dividend_yield=YIELD).forwards

    assert forwards.forward == pytest.approx([SPOT * np.exp((RATE - YIELD) * 0.5)])
    assert forwards.is_fitted.tolist() == [False]
    assert np.isnan(forwards.residual).all()


def test_analyse_chain_unusable_quote_takes_the_vol_of_its_strike():
    kind, strike, years, mid = columns_of_chain()
    quotes = quoted(kind, strike, years, mid)
    row = int(np.flatnonzero((kind > 0.0) & (strike == 80.0) & (years == 0.5))[0])
    quotes.bid[row] = np.nan

    analysis = analyse_chain(quotes, spot=SPOT, rate=RATE)

    assert analysis.issues[row] == QuoteIssue.MISSING
    assert np.isnan(analysis.vols.mid[row])
    assert analysis.vol[row] == pytest.approx(smile_vol(80.0, 0.5), rel=1e-7)
    assert analysis.greeks["status"][row] == Status.OK


def test_analyse_chain_below_intrinsic_says_so_without_a_vol():
    kind, strike, years, mid = columns_of_chain()
    row = int(np.flatnonzero((kind > 0.0) & (strike == 70.0) & (years == 0.5))[0])
    mid[row] -= 1.0

    analysis = analyse_chain(quoted(kind, strike, years, mid), spot=SPOT, rate=RATE)

    assert analysis.issues[row] == QuoteIssue.BELOW_INTRINSIC
    assert analysis.vols.status[row] == Status.BELOW_INTRINSIC
    assert np.isnan(analysis.vols.mid[row])


def test_analyse_chain_expected_moves_by_both_definitions():
    """ATM straddle is nearly 0.8 spot vol sqrt(T): Brenner & Subrahmanyam (1988)."""
    analysis = analyse_chain(quoted(*columns_of_chain()), spot=SPOT, rate=RATE)

    one_deviation = SPOT * 0.2 * np.sqrt(YEARS[0])
    assert analysis.atm_vol[0] == pytest.approx(0.2, abs=1e-4)
    assert analysis.expected_move.from_vol[0] == pytest.approx(one_deviation, rel=1e-3)
    straddle = analysis.expected_move.from_straddle[0] / 0.85
    assert straddle == pytest.approx(np.sqrt(2.0 / np.pi) * one_deviation, rel=5e-3)


def test_analyse_chain_nothing_but_bad_rows_is_all_nan():
    quotes = make_quotes([1, -1], 100.0, [0.0, 0.5], [1.0, np.nan], [1.1, np.nan])

    analysis = analyse_chain(quotes, spot=SPOT)

    assert np.isnan(analysis.vol).all()
    assert analysis.smile.vol.size == 0
    assert np.isnan(analysis.greeks["gamma"]).all()


def test_analyse_chain_empty_or_impossible_columns_have_no_expiry():
    nothing = np.zeros(0)

    empty = analyse_chain(make_quotes(nothing + 1, *[nothing] * 4), spot=SPOT)
    odd = analyse_chain(make_quotes(1, 100.0, [np.nan, np.inf], 1.0, 1.1), spot=SPOT)

    assert empty.forwards.years.size == 0
    assert odd.forwards.years.size == 0
    assert odd.issues.tolist() == [QuoteIssue.MISSING, QuoteIssue.BAD_INPUT]


@pytest.mark.parametrize("seed", range(10))
def test_analyse_chain_of_any_numbers_has_vols_for_usable_quotes_only(seed):
    rng = np.random.default_rng(seed)
    odd = [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300, 1e-300]
    good = [100.0, 0.25, 3.0, 3.2]
    rows = [[rng.choice([value, *odd], p=[0.65] + [0.05] * 7) for value in good] for _ in range(40)]
    strike, years, bid, ask = np.array(rows).T

    analysis = analyse_chain(make_quotes(rng.choice([1, -1], 40), strike, years, bid, ask), spot=99)

    has_vol = np.isfinite(analysis.vols.mid)
    assert ((years > 0.0) & (strike > 0.0) & (bid > 0.0) & (bid <= ask))[has_vol].all()
    assert (analysis.vols.status[has_vol] == Status.OK).all()


def test_analyse_chain_impossible_spot_raises():
    with pytest.raises(ValueError, match="spot"):
        analyse_chain(make_quotes(1, 100.0, 0.5, 1.0, 1.1), spot=np.nan)
