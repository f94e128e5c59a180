"""The exposure page: one expiry, units of gamma, and the figures it leads with."""

import json
from datetime import UTC, date, datetime
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from greeks.selectors import (
    chain_view,
    expiry_table,
    exposure_view,
    exposures,
    heat_map,
    profile_chart,
    strike_chart,
)
from greeks.selectors.chains import AMERICAN, MODELS
from greeks.selectors.exposure_charts import GAMMA_UNITS, headline_figures, shown

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MONTHLY = date(2026, 12, 18)
PAGE = "/options/exposure/"
API = "/api/v1/market-data/gamma-exposure"


def dollars_per_percent(unit, value, spot):
    """Undo the units by their definitions: a 1 % move is spot / 100 points."""
    points = spot / 100.0
    return (
        value
        * {
            "usd_per_1pct": 1e6,
            "usd_per_1usd": 1e6 * points,
            "shares_per_1usd": 1e3 * spot * points,
        }[unit]
    )


@pytest.mark.parametrize("unit", GAMMA_UNITS)
def test_every_figure_of_a_unit_is_the_same_exposure(unit):
    view = exposure_view("SPY", now=NOW)
    spot, total = view.source.chain.spot, view.measured.totals.gex_usd_per_1pct

    net = [row.net for row in expiry_table(view, unit)]
    bars = strike_chart(view, unit)["series"][0]["values"]
    usual_bars = strike_chart(view)["series"][0]["values"]

    assert dollars_per_percent(unit, sum(net), spot) == pytest.approx(total, rel=1e-9)
    assert dollars_per_percent(unit, heat_map(view, unit).total, spot) == pytest.approx(total)
    gamma = headline_figures(view, unit)["gamma"].value
    assert dollars_per_percent(unit, gamma, spot) == pytest.approx(total, rel=1e-12)
    assert [dollars_per_percent(unit, bar, spot) for bar in bars] == pytest.approx(
        [1e6 * bar for bar in usual_bars]
    )


@pytest.mark.parametrize("unit", GAMMA_UNITS)
def test_profile_converts_at_each_price_of_the_underlying(unit):
    view = exposure_view("SPY", now=NOW)

    chart, usual = profile_chart(view, unit), profile_chart(view)

    back = [
        dollars_per_percent(unit, value, spot)
        for value, spot in zip(chart["series"][0]["values"], chart["x"], strict=True)
    ]
    assert back == pytest.approx([1e6 * value for value in usual["series"][0]["values"]])


def test_units_are_the_totals_of_the_engine():
    view = exposure_view("SPY", now=NOW)
    totals = view.measured.totals

    figures = {unit: headline_figures(view, unit)["gamma"].value for unit in GAMMA_UNITS}

    assert figures["usd_per_1usd"] == pytest.approx(totals.gex_usd_per_1usd / 1e6, rel=1e-12)
    assert figures["shares_per_1usd"] == pytest.approx(totals.gex_shares_per_1usd / 1e3, rel=1e-12)
    assert headline_figures(view)["delta"].value == totals.dex_usd / 1e6


@pytest.mark.parametrize(
    ("value", "places"),
    [(-1000.0, 0), (-368.09, 1), (10.0, 1), (9.99, 2), (-1.0, 2), (0.4, 3), (0.0, 3)],
)
def test_figure_has_decimals_to_its_size(value, places):
    assert shown(value) == (value, places)


def test_one_expiry_is_its_row_of_all_of_them(client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    out = StringIO()
    call_command("gex", "SPY", f"--expiration={MONTHLY}", "--json", stdout=out)

    whole = {row.day: row.net for row in expiry_table(exposure_view("SPY", now=NOW))}
    page = client.get(PAGE, {"expiration": str(MONTHLY)}).context
    api = client.get(API, {"symbol": "SPY", "expiration": str(MONTHLY)}).json()
    command = json.loads(out.getvalue())
    assert [row.day for row in page["by_expiry"]] == [MONTHLY]
    assert page["by_expiry"][0].net == pytest.approx(whole[MONTHLY], rel=1e-9)
    assert command["totals"] == api["totals"]
    assert page["figures"]["gamma"].value == api["totals"]["gex_usd_per_1pct"] / 1e6
    assert page["levels"] == api["levels"] == command["levels"]


def test_page_keeps_the_choices_in_its_charts(client):
    choice = {"expiration": str(MONTHLY), "unit": "shares_per_1usd", "sign_model": "inverse"}

    answer = client.get(PAGE, choice)

    html = answer.content.decode()
    assert "thousands of shares per 1.00 move" in html
    assert f'<option value="{MONTHLY}" selected>' in html
    for name, value in choice.items():
        assert f"{name}={value}" in answer.context["query"]
    bars = client.get(f"{PAGE}expiries.json?{answer.context['query']}").json()
    assert bars["categories"] == ["Dec 18"]


def test_page_leads_with_delta_and_the_absolute_strike(client):
    answer = client.get(PAGE)

    html = answer.content.decode()
    assert "Delta exposure" in html
    assert "Absolute gamma" in html
    assert answer.context["figures"]["delta"].value == pytest.approx(
        answer.context["view"].measured.totals.dex_usd / 1e6
    )


def test_page_of_one_signed_exposure_says_why_there_is_no_flip(client):
    answer = client.get(PAGE, {"sign_model": "absolute"})

    assert "net exposure keeps one sign" in answer.content.decode()


def test_expiry_of_another_symbol_leads_to_all_expiries(client):
    answer = client.get(PAGE, {"symbol": "SPY", "expiration": "1999-01-15"})

    assert answer.status_code == 422
    assert "Show all expiries of SPY" in answer.content.decode()


def test_unknown_unit_is_a_sentence(client):
    answer = client.get(PAGE, {"unit": "x"})
    chart = client.get(f"{PAGE}strikes.json", {"unit": "x"}).json()

    assert (answer.status_code, list(chart)) == (422, ["empty"])
    assert answer.context["refusal"].startswith("Choose from usd_per_1pct")


def test_american_exposure_is_the_engines_on_every_door(client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    out = StringIO()
    call_command("gex", "AAPL", "--exercise=american", "--json", stdout=out)

    page = client.get(PAGE, {"symbol": "AAPL", "exercise": "american"})
    api = client.get(API, {"symbol": "AAPL", "exercise": "american"}).json()

    command, view = json.loads(out.getvalue()), chain_view("AAPL", None, now=NOW, exercise=AMERICAN)
    chain, gamma = view.chain, view.analysis.greeks["gamma"]
    held = np.where(chain.kind > 0, 1.0, -1.0) * chain.open_interest * chain.multiplier
    by_hand = np.nansum(held * gamma) * chain.spot**2 / 100.0
    assert api["totals"]["gex_usd_per_1pct"] == pytest.approx(by_hand, rel=1e-9)
    assert command["totals"] == api["totals"]
    assert page.context["levels"] == api["levels"] == command["levels"]
    assert (api["exercise"], api["model"]) == ("american", MODELS[AMERICAN])
    assert "American exercise (Andersen" in page.content.decode()
    european = client.get(API, {"symbol": "AAPL"}).json()
    assert european["totals"]["gex_usd_per_1pct"] != api["totals"]["gex_usd_per_1pct"]
    profile = client.get(f"{PAGE}profile.json?{page.context['query']}").json()
    assert len(profile["series"][0]["values"]) == 61


def test_american_exposure_of_too_many_contracts_is_refused(client, monkeypatch):
    monkeypatch.setattr(exposures, "MOST_AMERICAN", 100)

    page = client.get(PAGE, {"exercise": "american"})
    api = client.get(API, {"symbol": "SPY", "exercise": "american"})

    assert page.status_code == api.status_code == 422
    assert page.context["refusal"].startswith("American exposure takes at most 100 contracts")
    assert list(api.json()["error"]["details"]) == ["exercise"]
