from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from greeks.selectors.surfaces import (
    expiry_fits,
    smiles_chart,
    surface_table,
    surface_view,
    vol_at_delta,
)

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
PAGE = "/options/surface/"


@pytest.fixture(scope="module", params=["svi", "ssvi"])
def view(request):
    return surface_view("SPY", now=NOW, model=request.param)


@pytest.mark.parametrize("kind", [1, -1])
@pytest.mark.parametrize("delta", [0.10, 0.25, 0.40])
def test_vol_at_delta_solves_its_own_delta(view, kind, delta):
    """Solve N(d1) = delta on the fitted curve with scipy: the same volatility."""
    years = view.surface.slices[10].years

    def miss(k):
        vol = float(view.surface.vol(k, years))
        d1 = -k / (vol * np.sqrt(years)) + 0.5 * vol * np.sqrt(years)
        return norm.cdf(kind * d1) - delta

    expected = float(view.surface.vol(brentq(miss, -0.5, 0.5, xtol=1e-14), years))

    assert vol_at_delta(view.surface, years, kind, delta) == pytest.approx(expected, rel=1e-8)


def test_rows_of_expiries_are_arithmetic(view):
    rows = [row for row in expiry_fits(view) if row["is_fitted"]]

    assert len(rows) > 10
    for row in rows:
        years = row["years"]
        call, put = (vol_at_delta(view.surface, years, kind, 0.25) for kind in (1, -1))
        assert row["risk_reversal_25d"] == pytest.approx(call - put)
        assert row["butterfly_25d"] == pytest.approx((call + put) / 2 - row["atm_vol"])


def test_fit_error_is_the_root_mean_square_of_the_misses(view):
    smile = view.source.analysis.smile
    row = next(row for row in expiry_fits(view) if row["is_fitted"] and row["days"] > 20)
    own = smile.years == row["years"]
    misses = view.surface.vol(smile.log_moneyness[own], row["years"]) - smile.vol[own]

    assert row["rmse_vol"] == pytest.approx(float(np.sqrt((misses**2).mean())), rel=1e-6)
    assert row["n_points"] == own.sum()


def test_table_by_moneyness_reads_the_surface(view):
    table = surface_table(view)

    years = expiry_fits(view)[len(table["rows"]) - 1]["years"]
    at = table["columns"].index("90 %")
    expected = 100 * float(view.surface.vol(np.log(0.9), years))
    assert table["values"][-1][at] == pytest.approx(expected)


def test_table_by_delta_has_puts_money_and_calls(view):
    columns = surface_table(view, "delta")["columns"]

    assert columns == [
        "10 Δ put", "25 Δ put", "40 Δ put", "forward", "40 Δ call", "25 Δ call", "10 Δ call",
    ]  # fmt: skip


def test_smiles_carry_every_quote_of_the_expiry(view):
    day = view.days[10]

    curve, quoted = smiles_chart(view, [day])["series"]

    points = [value for value in quoted["values"] if value is not None]
    own = view.source.analysis.smile.years == view.surface.slices[10].years
    assert sorted(points) == pytest.approx(sorted(view.source.analysis.smile.vol[own].tolist()))
    assert len(curve["values"]) == len(quoted["values"])


@pytest.mark.parametrize("model", ["svi", "ssvi"])
@pytest.mark.parametrize("axis", ["moneyness", "delta", "nonsense"])
def test_page_and_its_charts_answer(client, model, axis):
    query = {"model": model, "axis": axis}

    assert client.get(PAGE, query).status_code == 200
    for chart in ("smiles", "term", "table"):
        assert "empty" not in client.get(f"{PAGE}{chart}.json", query).json()


def test_page_says_what_fails_in_words(client):
    answer = client.get(PAGE)

    text = answer.content.decode()
    faults = answer.context["faults"]
    assert bool(faults) == ("Not every expiry passes." in text)
    assert all(row["verdict"].split(":")[0] in text for row in faults)


@pytest.mark.parametrize(
    ("query", "words"),
    [({"model": "heston"}, "Choose from svi, ssvi."), ({"symbol": "NOPE"}, "NOPE has no")],
)
def test_surface_that_cannot_be_is_a_sentence(client, query, words):
    answer = client.get(PAGE, query)

    assert answer.status_code == 422
    assert answer.context["refusal"].startswith(words)
    assert list(client.get(f"{PAGE}term.json", query).json()) == ["empty"]


def test_api_tells_the_surface_with_units(client):
    answer = client.get("/api/v1/greeks/surface/", {"symbol": "SPY", "model": "ssvi"}).json()

    assert answer["ssvi"]["eta"] * (1 + abs(answer["ssvi"]["rho"])) <= 2.0
    assert answer["units"]["rate"] == "per year, continuously compounded"
    fitted = [row for row in answer["by_expiration"] if row["is_fitted"]]
    assert answer["is_arbitrage_free"] == all(
        row["is_butterfly_free"] and row["is_calendar_free"] for row in fitted
    )


def test_api_refuses_an_unknown_model(client):
    answer = client.get("/api/v1/greeks/surface/", {"symbol": "SPY", "model": "x"})

    assert answer.status_code == 400
