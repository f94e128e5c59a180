"""Positions by American exercise, on every door."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from greeks.selectors import chain_view

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
API = "/api/v1/greeks/positions/analysis/"
DAY = "2027-06-17"


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def leg_of(strike):
    return {"quantity": 1, "kind": "put", "strike": strike, "expiration": DAY}


def test_american_put_has_the_greeks_of_the_american_chain(client, at_noon):
    chain = chain_view("KO", None, now=NOW, exercise="american")
    listed = chain.chain
    day = [str(one) for one in listed.expirations].index(DAY)
    rows = (listed.kind < 0) & (listed.expiry == day) & (listed.strike > listed.spot)
    row = rows.nonzero()[0][1]
    strike, delta = float(listed.strike[row]), float(chain.analysis.greeks["delta"][row])
    out = StringIO()
    call_command(
        "position", "KO", f"--leg=1,put,{strike},{DAY}", "--exercise=american", "--json", stdout=out
    )

    body = {"symbol": "KO", "legs": [leg_of(strike)], "exercise": "american"}
    api = client.post(API, body, content_type="application/json").json()
    query = {"symbol": "KO", "side": "buy", "quantity": 1, "kind": "put", "strike": strike}
    page = client.get("/options/strategy/", {**query, "expires": DAY, "exercise": "american"})

    command = json.loads(out.getvalue())
    assert api["greeks"]["delta_shares"] == pytest.approx(100.0 * delta, rel=1e-6)
    assert command["greeks"] == api["greeks"]
    assert page.context["view"].greeks.delta_usd == api["greeks"]["delta_usd"]
    assert (api["exercise"], command["exercise"]) == ("american", "american")
    assert "American exercise;" in page.content.decode()
    assert "exercise=american" in page.context["query"]
    european = client.post(API, {**body, "exercise": "european"}, content_type="application/json")
    assert abs(european.json()["greeks"]["delta_shares"]) < abs(api["greeks"]["delta_shares"])


def test_every_american_position_is_worth_what_it_costs_now(client, at_noon):
    for slug in ("long-put", "bull-put-spread", "iron-condor", "put-calendar", "collar"):
        answer = client.get("/options/strategy/", {"strategy": slug, "exercise": "american"})

        view = answer.context["view"]
        gross = abs(view.legs.shares * view.legs.premium).sum()
        assert abs(view.scenario_profit) < 0.02 * gross, slug


def test_exercise_is_kept_when_a_leg_is_added(client, at_noon):
    query = {"side": "buy", "quantity": 1, "kind": "put", "strike": 420, "expires": "2026-12-18"}

    answer = client.get("/options/strategy/", {**query, "exercise": "american", "do": "add"})

    assert "exercise=american" in answer["Location"]


def test_unknown_exercise_of_a_position_is_a_sentence(client):
    page = client.get("/options/strategy/", {"exercise": "bermudan"})

    assert page.status_code == 422
    assert page.context["refusal"]
