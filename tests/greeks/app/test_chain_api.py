import json
from datetime import UTC, date, datetime
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from greeks.engine import exposure, greeks, implied_vol, zero_gamma
from greeks.selectors import chain_view, exposure_document, exposure_view

ROOT = "/api/v1/market-data"
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
DECEMBER = date(2026, 12, 18)


@pytest.fixture
def latest(client):
    """Return the chain of the last listed expiry, which is far away whenever this runs."""
    days = client.get(f"{ROOT}/options-chain", {"symbol": "SPY"}).json()["expirations"]
    query = {"symbol": "SPY", "expiration": days[-1]}
    return client.get(f"{ROOT}/options-chain", query).json()


def test_chain_without_expiration_lists_the_days(client):
    answer = client.get(f"{ROOT}/options-chain", {"symbol": "spy"}).json()

    assert list(answer) == ["symbol", "expirations"]
    assert answer["expirations"] == sorted(answer["expirations"])


def test_chain_has_columns_of_one_length_and_says_what_it_rests_on(latest):
    assert {len(column) for column in latest["contracts"].values()} == {latest["n_contracts"]}
    assert latest["source"] == "SIMULATED"
    assert latest["clock"] == "calendar time, ACT/365 to the second"
    assert latest["units"]["theta_per_day"] == "currency per calendar day"


def test_chain_volatility_and_delta_are_the_engines(latest):
    terms, columns = latest["by_expiration"][0], latest["contracts"]
    i = columns["vol_mid"].index(next(v for v in columns["vol_mid"] if v is not None))
    mid = 0.5 * (columns["bid"][i] + columns["ask"][i])
    kind, strike = columns["kind"][i], columns["strike"][i]

    forward, years, rate = terms["forward"], terms["years"], terms["rate"]
    vol = implied_vol(kind, mid, forward, strike, years, rate, rate).vol
    market = (latest["spot"], strike, years, rate, terms["dividend_yield"])
    delta = greeks(kind, *market, columns["vol"][i])["delta"]
    assert columns["vol_mid"][i] == pytest.approx(float(vol), rel=1e-12)
    assert columns["delta"][i] == pytest.approx(float(delta), rel=1e-12)


def test_contract_without_a_bid_has_a_status_and_a_reason():
    view = chain_view("SPY", DECEMBER, now=NOW)
    no_bid = np.flatnonzero(view.chain.bid == 0.0)

    assert no_bid.size > 0
    assert np.isnan(view.analysis.vols.mid[no_bid]).all()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"symbol": "NOPE"}, "no_options"),
        ({"symbol": "SPY", "expiration": "1999-01-15"}, "unknown_expiration"),
        ({"symbol": "SPY", "expiration": "soon"}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_chain_that_is_not_there_is_a_sentence(client, query, code):
    answer = client.get(f"{ROOT}/options-chain", query)

    assert answer.json()["error"]["code"] == code
    assert answer.status_code in {400, 422}


def test_exposure_is_the_engines():
    """From the chain's own columns, the engine's two functions give what the document says."""
    view = chain_view("SPY", None, now=NOW)
    chain, terms = view.chain, view.analysis.terms
    columns = (chain.kind, chain.strike, view.years, view.analysis.vol, chain.open_interest)
    rest = {"spot": chain.spot, "rate": terms.rate, "dividend_yield": terms.dividend_yield}

    document = exposure_document(exposure_view("SPY", now=NOW))

    assert document["totals"]["gex_usd_per_1pct"] == exposure(*columns, **rest).gex_usd_per_1pct
    assert document["zero_gamma_levels"] == zero_gamma(*columns, **rest).tolist()
    assert document["assumption"] == "Dealers are assumed long every call and short every put."
    assert sum(document["status"].values()) == document["n_contracts"]


def test_exposure_inverse_turns_every_sign():
    as_usual, inverse = (
        exposure_document(exposure_view("SPY", now=NOW, sign_model=model))
        for model in ("calls_long_puts_short", "inverse")
    )

    gamma = as_usual["totals"]["gex_usd_per_1pct"]
    assert inverse["totals"]["gex_usd_per_1pct"] == pytest.approx(-gamma, rel=1e-12)


def test_exposure_by_expiry_and_by_strike_add_up_to_the_total():
    document = exposure_document(exposure_view("SPY", now=NOW))

    total = document["totals"]["gex_usd_per_1pct"]
    by_expiry = sum(row["net"] for row in document["by_expiration"])
    assert by_expiry == pytest.approx(total, rel=1e-9)
    assert sum(document["by_strike"]["net"]) == pytest.approx(total, rel=1e-9)


def test_api_and_command_and_page_tell_the_same(client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)  # one minute for all three
    out = StringIO()
    call_command("gex", "SPY", "--json", stdout=out)

    api = client.get(f"{ROOT}/gamma-exposure", {"symbol": "SPY"}).json()
    page = client.get("/options/exposure/").context
    command = json.loads(out.getvalue())
    assert command["totals"] == api["totals"]
    assert page["levels"] == api["levels"] == command["levels"]


def test_exposure_of_nothing_is_a_sentence(client):
    unknown = client.get(f"{ROOT}/gamma-exposure", {"symbol": "NOPE"})
    no_model = client.get(f"{ROOT}/gamma-exposure", {"symbol": "SPY", "sign_model": "x"})

    assert unknown.json()["error"]["message"].startswith("NOPE has no simulated options.")
    assert list(no_model.json()["error"]["details"]) == ["sign_model"]


def test_api_without_signing_in_is_refused(anonymous):
    assert anonymous.get(f"{ROOT}/options-chain", {"symbol": "SPY"}).status_code in {401, 403}
    assert anonymous.get(f"{ROOT}/gamma-exposure", {"symbol": "SPY"}).status_code in {401, 403}


def test_gex_command_prints_a_table_or_refuses():
    out = StringIO()

    call_command("gex", "SPY", stdout=out)

    assert out.getvalue().startswith("gex_usd_per_1pct")
    with pytest.raises(CommandError, match="NOPE has no simulated options"):
        call_command("gex", "NOPE")


HULL = ["call", "--spot=42", "--strike=40", "--years=0.5", "--rate=0.1", "--dividend-yield=0"]


def test_greeks_command_prices_hulls_call():
    """Hull, Options, Futures, and Other Derivatives, Example 15.6: 4.76."""
    out = StringIO()

    call_command("greeks", *HULL, "--vol=0.2", "--json", stdout=out)

    assert json.loads(out.getvalue())["values"]["price"] == pytest.approx([4.76], abs=0.005)


def test_greeks_command_finds_the_volatility_in_a_table():
    out = StringIO()

    call_command("greeks", *HULL, "--price=4.75942239287153322", stdout=out)

    name, value, *_ = out.getvalue().split()
    assert (name, float(value)) == ("vol", pytest.approx(0.2, abs=1e-9))
