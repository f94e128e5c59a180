from datetime import UTC, date, datetime

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from greeks.engine.positions import CATALOGUE
from greeks.selectors import payoff_chart, position_view

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
DECEMBER = date(2026, 12, 18)
PAGE = "/options/strategy/"


@pytest.mark.parametrize("strategy", CATALOGUE)
def test_every_strategy_can_be_placed(strategy):
    view = position_view("SPY", now=NOW, strategy=strategy, expiration=DECEMBER)

    assert np.isfinite(view.legs.cost)
    assert np.isfinite(payoff_chart(view)["series"][2]["values"]).all()


def test_vertical_spread_is_arithmetic():
    """Bought and sold at the mid: at most the width less the cost, at least the cost."""
    view = position_view("SPY", now=NOW, strategy="bull-call-spread", expiration=DECEMBER, width=2)

    bought, sold = view.rows
    cost = 100 * (bought["premium"] - sold["premium"])
    width = 100 * (sold["strike"] - bought["strike"])
    assert view.legs.cost == pytest.approx(cost)
    assert view.result.max_loss == pytest.approx(-cost)
    assert view.result.max_profit == pytest.approx(width - cost)
    assert view.result.break_evens == pytest.approx([bought["strike"] + cost / 100])


def test_legs_are_listed_contracts():
    view = position_view("SPY", now=NOW, strategy="iron-condor", expiration=DECEMBER)

    listed = set(view.source.chain.strike.tolist())
    assert {row["strike"] for row in view.rows} <= listed
    assert {row["expiration"] for row in view.rows} == {DECEMBER}


def test_page_flags_what_is_unbounded(client):
    answer = client.get(PAGE, {"strategy": "short-call"})

    assert answer.context["view"].result.is_loss_unbounded
    assert "unbounded" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"symbol": "NOPE"}, "NOPE has no simulated options."),
        ({"strategy": "x"}, "There is no strategy called x."),
        ({"expiration": "1999-01-15"}, "No option on SPY expires on 1999-01-15."),
        ({"expiration": "x"}, "Write the expiration as 2026-12-18."),
        ({"width": "0"}, "The width is from 1 to 20 strikes."),
        ({"width": "20", "symbol": "KO"}, "Iron condor: the listed strikes do not reach"),
    ],
)
def test_position_that_cannot_be_is_a_sentence(client, query, words):
    answer = client.get(PAGE, query)

    assert answer.status_code == 422
    assert answer.context["refusal"].startswith(words)
    assert list(client.get(f"{PAGE}payoff.json", query).json()) == ["empty"]


def test_matrix_ends_at_the_first_expiry_whatever_the_volatility(client):
    usual, higher = (
        client.get(f"{PAGE}matrix.json", {"vol_points": points}).json()["values"]
        for points in ("0", "10")
    )

    assert usual[-1] == higher[-1]
    assert usual[0] != higher[0]


def test_page_asks_only_who_looks(client, anonymous, django_assert_num_queries):
    client.get(PAGE)  # the first visit makes the profile
    with CaptureQueriesContext(connection) as frame:
        client.get("/options/")

    with django_assert_num_queries(len(frame) + 1):  # the user's own chains
        client.get(PAGE, {"vol_points": "-5"})
    assert anonymous.get(PAGE).status_code == 302


def test_curve_at_expiry_has_its_corners():
    """At the strikes that were sold the whole credit is kept."""
    view = position_view("SPY", now=NOW, strategy="iron-condor", expiration=DECEMBER)

    chart = payoff_chart(view)

    at_expiry = dict(zip(chart["x"], chart["series"][0]["values"], strict=True))
    inner = [row["strike"] for row in view.rows if row["quantity"] < 0]
    assert [at_expiry[strike] for strike in inner] == pytest.approx([-view.legs.cost] * 2)


def test_rows_of_the_volatility_table_have_a_real_minus_and_a_plain_zero(client):
    rows = client.get(f"{PAGE}vols.json").json()["rows"]

    assert rows[0] == "\N{MINUS SIGN}20 points"
    assert rows[3:5] == ["0 points", "+5 points"]
