from datetime import UTC, date, datetime

import numpy as np
import pytest

from market.vendors import SimulatedVendor
from market.vendors.options import NoOptions, UnknownExpiration
from market.vendors.simulated_options import SimulatedOptions

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)  # a Friday, 13:00 in New York
DECEMBER = date(2026, 12, 18)
ROUNDING = 1e-9


@pytest.fixture(scope="module")
def chain():
    return SimulatedOptions().chain("SPY", None, now=NOW)


def sides(chain, day):
    """Return strikes, puts and calls of one expiry: bid and ask, float64[2, n_strikes] each."""
    here = chain.expiry == chain.expirations.index(day)
    quotes = np.stack([chain.bid[here], chain.ask[here]])
    is_call = chain.kind[here] > 0
    return chain.strike[here][is_call], quotes[:, ~is_call], quotes[:, is_call]


def test_chain_the_second_time_is_the_same():
    first, second = (SimulatedOptions().chain("TSLA", None, now=NOW) for _ in range(2))

    np.testing.assert_array_equal(first.bid, second.bid)
    np.testing.assert_array_equal(first.open_interest, second.open_interest)


def test_spot_is_the_close_of_the_latest_minute(chain):
    bars = SimulatedVendor().bars("SPY", "1m", start=datetime(2026, 11, 20, tzinfo=UTC), end=NOW)

    assert chain.spot == pytest.approx(bars.close[-1], rel=0.01)
    assert (chain.as_of, chain.source) == (NOW, "SIMULATED")


def test_expirations_are_days_of_the_real_calendar(chain):
    """Thanksgiving 2026-11-26 and Good Friday 2027-03-26 are closed; Juneteenth is a Saturday."""
    days = chain.expirations

    assert DECEMBER in days
    assert date(2027, 1, 15) in days
    assert date(2026, 11, 26) not in days
    assert date(2026, 12, 24) in days  # the Friday after is Christmas
    assert all(day.weekday() < 5 for day in days)


def test_expiry_of_today_is_listed_until_the_close():
    after_close = SimulatedOptions().expirations("SPY", now=NOW.replace(hour=21))

    assert SimulatedOptions().expirations("SPY", now=NOW)[0] == date(2026, 11, 20)
    assert after_close[0] == date(2026, 11, 23)


def test_bid_is_below_ask_and_neither_is_negative(chain):
    assert (chain.bid >= 0).all()
    assert (chain.bid < chain.ask).all()


def test_vertical_spread_never_costs_less_than_nothing(chain):
    """Buying the dearer right at its ask and selling the cheaper at its bid is never paid for."""
    for day in chain.expirations:
        _, (put_bid, put_ask), (call_bid, call_ask) = sides(chain, day)
        assert (call_ask[:-1] - call_bid[1:] > -ROUNDING).all()
        assert (put_ask[1:] - put_bid[:-1] > -ROUNDING).all()


def test_butterfly_never_costs_less_than_nothing(chain):
    """Two outer calls at the ask against the inner one at the bid, weighted by the strikes."""
    for day in chain.expirations:
        strike, _, (bid, ask) = sides(chain, day)
        left = (strike[2:] - strike[1:-1]) / (strike[2:] - strike[:-2])
        assert (left * ask[:-2] + (1 - left) * ask[2:] - bid[1:-1] > -ROUNDING).all()


def test_parity_holds_within_the_quotes(chain):
    """Call less put is worth spot and strike discounted: between what they sell and buy for."""
    for day in chain.expirations:
        strike, (put_bid, put_ask), (call_bid, call_ask) = sides(chain, day)
        here = chain.expiry == chain.expirations.index(day)
        years = (chain.expires_ns[here][0] - NOW.timestamp() * 1e9) / (365 * 86_400e9)
        worth = chain.spot * np.exp(-chain.dividend_yield * years) - strike * np.exp(
            -chain.rate * years
        )
        assert (call_bid - put_ask < worth + ROUNDING).all()
        assert (worth - ROUNDING < call_ask - put_bid).all()


def test_open_interest_is_largest_in_the_monthly_expiries(chain):
    weekly, monthly = (
        chain.open_interest[chain.expiry == chain.expirations.index(day)].sum()
        for day in (date(2026, 12, 11), DECEMBER)
    )

    assert monthly > weekly


def test_one_expiry_is_that_part_of_the_whole(chain):
    one = SimulatedOptions().chain("SPY", DECEMBER, now=NOW)

    here = chain.expiry == chain.expirations.index(DECEMBER)
    np.testing.assert_array_equal(one.ask, chain.ask[here])
    np.testing.assert_array_equal(one.volume, chain.volume[here])


@pytest.mark.parametrize("symbol", ["BTC/USD", "EUR/USD", "NOPE"])
def test_symbol_without_options_is_refused_by_name(symbol):
    with pytest.raises(NoOptions, match=f"{symbol} has no simulated options"):
        SimulatedOptions().chain(symbol, None, now=NOW)


def test_day_without_expiry_is_refused():
    with pytest.raises(UnknownExpiration, match="No option on SPY expires on 2026-12-19"):
        SimulatedOptions().chain("SPY", date(2026, 12, 19), now=NOW)
