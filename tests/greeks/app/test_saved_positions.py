import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from greeks.models import SavedPosition
from greeks.selectors import chain_view, nearest_monthly
from greeks.selectors.legs import LegTerms
from greeks.selectors.sources import SimulatedSource
from greeks.services import (
    InvalidPositionName,
    PositionNameTaken,
    change_position,
    duplicate_position,
    save_position,
)
from tests.factories.users import make_user

LIST = "/api/v1/greeks/positions/"


def _day():
    chain = chain_view("SPY", None, now=timezone.now()).chain
    return nearest_monthly(chain.expirations, chain.as_of.date())


def _saved(owner, name="Condor", **changes):
    terms = [LegTerms("call", 1, 420.0, _day(), **changes), LegTerms("call", -2, 430.0, _day())]
    return save_position(
        owner=owner, name=name, source=SimulatedSource("SPY"), terms=terms, now=timezone.now()
    )


def _legs(**changes):
    leg = {"kind": "call", "quantity": 1, "strike": 420.0, "expiration": _day().isoformat()}
    return [{**leg, **changes}]


def test_position_keeps_the_price_of_every_leg(user):
    position = _saved(user, premium=7.0, vol=0.2)

    first, second = SavedPosition.objects.get(pk=position.pk).legs
    assert (first["premium"], first["vol"]) == (7.0, 0.2)
    assert second["premium"] > 0.0
    assert second["vol"] is None


def test_name_is_once_an_owner(user):
    _saved(user)

    with pytest.raises(PositionNameTaken):
        _saved(user, "  Condor ")
    _saved(make_user(email="other@example.com"))


def test_name_may_not_be_empty(user):
    with pytest.raises(InvalidPositionName):
        _saved(user, "  ")


def test_copy_takes_the_next_free_name(user):
    position = _saved(user)

    names = [duplicate_position(position=position, now=timezone.now()).name for _ in range(2)]

    assert names == ["Condor copy", "Condor copy 2"]


def test_changed_legs_are_entered_anew(user):
    position = _saved(user)

    change_position(
        position=position,
        now=timezone.now(),
        source=SimulatedSource("SPY"),
        terms=[LegTerms("put", 3, 410.0, _day(), premium=2.5)],
    )

    position.refresh_from_db()
    assert [(leg["kind"], leg["quantity"], leg["premium"]) for leg in position.legs] == [
        ("put", 3, 2.5)
    ]


def test_list_values_positions_at_the_mid(client, user):
    """Entered 1.00 below the mid a share, one lot of 100: 100 dollars made."""
    mid = _saved(user, "Mid").legs[0]["premium"]
    _saved(user, "Cheap", premium=mid - 1.0)

    rows = client.get(LIST).json()

    profits = {row["name"]: row["profit"] for row in rows}
    assert profits == pytest.approx({"Mid": 0.0, "Cheap": 100.0}, abs=1e-6)


def test_list_asks_as_much_for_three_as_for_one(client, user):
    _saved(user)
    client.get("/options/positions/")
    with CaptureQueriesContext(connection) as one:
        client.get("/options/positions/")
    _saved(user, "B")
    _saved(user, "C")

    with CaptureQueriesContext(connection) as three:
        client.get("/options/positions/")

    assert len(three) == len(one)


def test_expired_legs_leave_a_sentence(client, user):
    position = _saved(user)
    for leg in position.legs:
        leg["expiration"] = "2020-01-17"
    position.save()

    assert "A leg expired on 2020-01-17." in client.get("/options/positions/").content.decode()
    assert client.get(f"{LIST}{position.pk}/").json()["value"] is None
    assert client.get(position.get_absolute_url()).status_code == 200


def test_position_of_another_user_is_not_there(client):
    position = _saved(make_user(email="other@example.com"))

    assert client.get(position.get_absolute_url()).status_code == 404
    assert client.get(f"{LIST}{position.pk}/").status_code == 404
    assert client.delete(f"{LIST}{position.pk}/").status_code == 404
    for name in ("position_delete", "position_duplicate"):
        assert client.post(reverse(f"greeks:{name}", args=[position.pk])).status_code == 404


def test_api_creates_changes_and_deletes(client):
    body = {"symbol": "SPY", "name": "Call", "legs": _legs(premium=5.0)}

    made = client.post(LIST, body, content_type="application/json")
    address = f"{LIST}{made.json()['id']}/"
    changed = client.patch(address, {"name": "Mine"}, content_type="application/json")

    assert made.status_code == 201
    assert made.json()["cost"] == pytest.approx(500.0)
    assert changed.json()["name"] == "Mine"
    assert client.delete(address).status_code == 204
    assert client.get(LIST).json() == []


def test_api_values_any_legs(client):
    body = {"symbol": "SPY", "legs": _legs(premium=5.0), "scenario": {"spot": 400, "days": 60}}

    answer = client.post(f"{LIST}analysis/", body, content_type="application/json").json()

    assert answer["max_loss"] == pytest.approx(-500.0)
    assert answer["is_profit_unbounded"]
    assert answer["break_evens"] == pytest.approx([425.0])
    assert answer["scenario_profit"] == pytest.approx(-500.0)
    assert set(answer["greeks"]) <= set(answer["units"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"strike": 0.0}, "strike"), ({"quantity": 10**9}, "quantity"), ({"kind": "x"}, "kind")],
)
def test_api_names_the_wrong_field_of_a_leg(client, changes, field):
    body = {"symbol": "SPY", "legs": _legs(**changes)}

    answer = client.post(f"{LIST}analysis/", body, content_type="application/json")

    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == [f"legs.0.{field}"]


def test_builder_saves_what_it_shows(client, user):
    view = client.get("/options/strategy/").context
    body = {"query": view["query"], "name": "From the builder", "notes": "first"}

    answer = client.post("/options/positions/save/", body)

    position = SavedPosition.objects.get(owner=user)
    assert answer.url == position.get_absolute_url()
    assert len(position.legs) == len(view["view"].terms)
    page = client.get(position.get_absolute_url())
    assert client.get(page.context["address"]).status_code == 200


def test_builder_goes_back_with_a_sentence_when_it_cannot_save(client, user):
    body = {"query": "symbol=SPY&side=buy&quantity=1&kind=call&strike=0", "name": "x"}

    answer = client.post("/options/positions/save/", body)

    assert answer.url.startswith("/options/strategy/?symbol=SPY")
    assert not SavedPosition.objects.exists()


def test_pages_rename_copy_and_delete(client, user):
    position = _saved(user)
    address = position.get_absolute_url()

    client.post(address, {"name": "New", "notes": "why"})
    client.post(f"{address}duplicate/")
    client.post(f"{address}delete/")

    assert list(SavedPosition.objects.values_list("name", "notes")) == [("New copy", "why")]


def test_page_refuses_a_taken_name(client, user):
    _saved(user, "Taken")
    position = _saved(user)

    answer = client.post(position.get_absolute_url(), {"name": "Taken", "notes": ""})

    assert answer.status_code == 422
    assert "You have a position called Taken." in answer.content.decode()


def test_command_values_legs():
    out = StringIO()

    call_command("position", "SPY", f"--leg=-1,put,410,{_day()},4", "--json", stdout=out)

    document = json.loads(out.getvalue())
    assert document["cost"] == pytest.approx(-400.0)
    assert document["break_evens"] == pytest.approx([406.0])
    with pytest.raises(CommandError, match="A leg is"):
        call_command("position", "SPY", "--leg=nonsense")
