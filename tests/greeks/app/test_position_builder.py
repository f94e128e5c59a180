from datetime import UTC, date, datetime

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from greeks.engine.positions import lognormal_odds, make_legs, outcome
from greeks.selectors import position_of
from greeks.selectors.legs import BadLegs, LegTerms
from greeks.selectors.positions import Scenario

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
DECEMBER, JANUARY = date(2026, 12, 18), date(2027, 1, 15)
PAGE = "/options/strategy/"
SPOT, RATE, YIELD, VOL, YEARS = 100.0, 0.04, 0.01, 0.25, 0.3


def _spread(kind="call"):
    return make_legs(kind, [100.0, 110.0], YEARS, VOL, quantity=[1.0, -1.0], premium=[6.0, 2.0])


def _density(z):
    return SPOT * np.exp((RATE - YIELD - 0.5 * VOL**2) * YEARS + VOL * np.sqrt(YEARS) * z)


def test_odds_agree_with_integration_of_the_lognormal_density():
    """Bull call spread 100/110 for 4.00: a profit above 104."""

    def profit(z):
        s = _density(z)
        return 100.0 * (max(s - 100.0, 0.0) - max(s - 110.0, 0.0) - 4.0) * norm.pdf(z)

    corners = [
        (np.log(k / SPOT) - (RATE - YIELD - 0.5 * VOL**2) * YEARS) / (VOL * np.sqrt(YEARS))
        for k in (100.0, 104.0, 110.0)
    ]
    expected = quad(profit, -9, 9, points=corners, limit=200)[0]

    odds = lognormal_odds(_spread(), spot=SPOT, rate=RATE, dividend_yield=YIELD, vol=VOL)

    assert odds.expected_profit == pytest.approx(expected, abs=1e-3)
    assert odds.probability_of_profit == pytest.approx(norm.sf(corners[1]), abs=1e-5)
    exact = outcome(_spread(), spot=SPOT, rate=RATE, dividend_yield=YIELD, vol=VOL)
    assert odds.probability_of_profit == pytest.approx(exact.probability_of_profit, abs=1e-5)


def test_fair_position_is_expected_to_earn_the_interest_on_its_cost():
    """A forward-priced call held to expiry: E[payoff] - price = price (e^rT - 1)."""
    d1 = (np.log(SPOT / 100) + (RATE - YIELD + 0.5 * VOL**2) * YEARS) / (VOL * np.sqrt(YEARS))
    d2 = d1 - VOL * np.sqrt(YEARS)
    fair = SPOT * np.exp(-YIELD * YEARS) * norm.cdf(d1) - 100 * np.exp(-RATE * YEARS) * norm.cdf(d2)
    legs = make_legs("call", [100.0], YEARS, VOL, quantity=1.0, premium=fair)

    odds = lognormal_odds(legs, spot=SPOT, rate=RATE, dividend_yield=YIELD, vol=VOL)

    assert odds.expected_profit == pytest.approx(100 * fair * np.expm1(RATE * YEARS), abs=1e-3)


def test_odds_of_stock_alone_are_unknown():
    legs = make_legs("stock", [0.0], 0.0, 0.0, quantity=1.0, premium=100.0)

    assert np.isnan(lognormal_odds(legs, spot=SPOT, vol=VOL)).all()


def test_legs_of_different_expiries_with_own_price_and_vol():
    terms = [
        LegTerms("call", -1, 420.0, DECEMBER, premium=5.0),
        LegTerms("call", 2, 420.0, JANUARY, premium=8.0, vol=0.3),
        LegTerms("stock", 1, premium=400.0),
    ]

    view = position_of("SPY", terms, now=NOW)

    assert view.expiration == DECEMBER
    assert view.legs.cost == pytest.approx(100 * (-5.0 + 2 * 8.0 + 400.0))
    assert view.legs.vol[1] == pytest.approx(0.3)
    assert view.rows[1]["is_own_vol"]
    assert not view.result.is_exact


def test_smile_odds_are_near_the_flat_ones_and_inside_the_unit():
    view = position_of("SPY", [LegTerms("call", 1, 420.0, DECEMBER)], now=NOW)

    assert 0.0 < view.smile.probability_of_profit < 1.0
    assert view.smile.probability_of_profit == pytest.approx(
        view.flat.probability_of_profit, abs=0.1
    )


def test_unlisted_strike_takes_the_smile_between_its_neighbours():
    listed = [
        position_of("SPY", [LegTerms("call", 1, strike, DECEMBER)], now=NOW)
        for strike in (420.0, 425.0)
    ]
    between = position_of("SPY", [LegTerms("call", 1, 422.75, DECEMBER)], now=NOW)

    low, high = sorted(float(view.legs.vol[0]) for view in listed)
    assert not between.rows[0]["is_listed"]
    assert low - 1e-9 <= between.legs.vol[0] <= high + 1e-9


def test_profit_at_the_scenario_of_expiry_is_the_payoff():
    terms = [LegTerms("put", 1, 420.0, DECEMBER, premium=3.0)]

    view = position_of("SPY", terms, now=NOW, scenario=Scenario(spot=400.0, days=60.0))

    assert view.scenario_profit == pytest.approx(100 * (420.0 - 400.0 - 3.0))


def test_natural_prices_buy_at_the_ask_and_sell_at_the_bid():
    both = [LegTerms("call", 1, 420.0, DECEMBER), LegTerms("call", -1, 420.0, DECEMBER)]

    assert position_of("SPY", both, now=NOW).legs.cost == pytest.approx(0.0)
    assert position_of("SPY", both, now=NOW, basis="natural").legs.cost > 0.0


@pytest.mark.parametrize(
    ("leg", "field"),
    [
        (LegTerms("call", 1, 0.0, DECEMBER), "strike"),
        (LegTerms("call", 1, float("nan"), DECEMBER), "strike"),
        (LegTerms("call", 10**9, 420.0, DECEMBER), "quantity"),
        (LegTerms("call", 0, 420.0, DECEMBER), "quantity"),
        (LegTerms("call", 1, 420.0, date(2020, 1, 17)), "expiration"),
        (LegTerms("call", 1, 420.0, DECEMBER, premium=-1.0), "premium"),
        (LegTerms("call", 1, 420.0, DECEMBER, vol=float("nan")), "vol"),
        (LegTerms("bond", 1, 420.0, DECEMBER), "kind"),
    ],
)
def test_leg_that_cannot_be_is_named_by_its_field(leg, field):
    with pytest.raises(BadLegs) as refusal:
        position_of("SPY", [leg], now=NOW)

    assert list(refusal.value.message_dict) == [f"legs.0.{field}"]


def test_fifty_legs_are_refused():
    with pytest.raises(BadLegs, match="at most 12 legs"):
        position_of("SPY", [LegTerms("call", 1, 420.0, DECEMBER)] * 50, now=NOW)


def _query(**changes):
    leg = {
        "side": "buy", "quantity": "1", "kind": "call", "strike": "420", "premium": "",
        "vol_pct": "",
    }  # fmt: skip
    return {"symbol": "SPY", **leg, **changes}


@pytest.fixture
def day(client):
    """Return a listed day three weeks away, whatever today is."""
    return client.get(PAGE).context["view"].expiration.isoformat()


def test_position_lives_in_its_address(client, day):
    answer = client.get(PAGE, _query(expires=day, premium="7.5"))

    view = answer.context["view"]
    assert view.legs.cost == pytest.approx(750.0)
    again = client.get(f"{PAGE}?{answer.context['query']}").context["view"]
    assert again.terms == view.terms
    assert client.get(f"{PAGE}payoff.json?{answer.context['query']}").json()["series"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"strike": "0"}, "strike"),
        ({"strike": "nan"}, "strike"),
        ({"strike": ""}, "strike"),
        ({"quantity": "1000000000"}, "quantity"),
        ({"expires": "2020-01-17"}, "expires"),
        ({"premium": "-1"}, "premium"),
    ],
)
def test_refused_leg_keeps_the_form_and_says_why_at_the_field(client, day, changes, field):
    answer = client.get(PAGE, _query(**{"expires": day, **changes}))

    assert answer.status_code == 422
    form = answer.context["forms"][0]
    assert list(form.errors) == [field]
    assert form.data[field] == changes[field]
    assert form.errors[field][0] in answer.content.decode()


@pytest.mark.parametrize(
    ("action", "sides"),
    [
        ("add", ["buy", "buy"]),
        ("flip:0", ["sell"]),
        ("duplicate:0", ["buy", "buy"]),
        ("remove:0", []),
        ("remove:7", ["buy"]),
        ("reprice", ["buy"]),
    ],
)
def test_buttons_of_the_legs_work_without_script(client, day, action, sides):
    answer = client.get(PAGE, {**_query(expires=day), "do": action}, follow=True)

    assert answer.status_code == 200
    assert [form.data["side"] for form in answer.context["forms"]] == sides


def test_first_leg_of_an_empty_position_is_at_the_money(client):
    answer = client.get(PAGE, {"symbol": "SPY", "strategy": "empty", "do": "add"}, follow=True)

    (leg,) = answer.context["view"].terms
    assert leg.strike == pytest.approx(answer.context["view"].source.chain.spot, rel=0.02)


def test_live_answer_is_the_analysis_alone(client, day):
    headers = {"HX-Request": "true", "HX-Target": "analysis"}

    answer = client.get(PAGE, _query(expires=day), headers=headers)

    assert answer.content.decode().strip().startswith('<div class="stack"')


def test_share_of_an_unlimited_loss_is_not_told(client, day):
    query = _query(expires=day, side="sell", unit="risk")

    assert list(client.get(f"{PAGE}matrix.json", query).json()) == ["empty"]
    bought = client.get(f"{PAGE}vols.json", {**query, "side": "buy"}).json()
    assert min(min(row) for row in bought["values"]) >= -100.0001


def test_calendar_loses_without_limit_only_by_dividends():
    terms = [LegTerms("call", -1, 420.0, DECEMBER), LegTerms("call", 1, 420.0, JANUARY)]

    assert position_of("SPY", terms, now=NOW).is_loss_by_dividends
    assert not position_of("SPY", terms[:1], now=NOW).is_loss_by_dividends
