"""Strategies written as rules, through service, page and API."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from backtests.engine.rules import TEMPLATES, parse_rules
from backtests.forms.draft import document_of, draft_of, is_same
from backtests.models import SavedStrategy
from backtests.selectors.strategies import Change, changes_between, latest_version_of
from backtests.services import (
    InvalidRules,
    StrategyChanged,
    StrategyInUse,
    StrategyNameTaken,
    clone_strategy,
    create_strategy,
    delete_strategy,
    rename_strategy,
    save_strategy,
)
from backtests.services.strategies import InvalidStrategyName
from tests.factories.runs import NOW, make_goog, make_run

pytestmark = pytest.mark.django_db

CLOSE = {"price": "close"}


def above(level: float, **more: Any) -> dict[str, Any]:
    """Rules to buy above a price and to sell below it."""
    return {
        "enter_long": {"compare": "above", "left": CLOSE, "right": level},
        "exit_long": {"compare": "below", "left": CLOSE, "right": level},
        **more,
    }


@pytest.fixture
def strategy(user: User) -> SavedStrategy:
    return create_strategy(owner=user, document=above(10), name="Mine", now=NOW)


def sent(client: Client, address: str, **changes: Any) -> Any:
    """Send the builder's page as a browser would, with some fields changed."""
    fields: dict[str, Any] = {
        "mode": "form", "name": "Mine", "base": "", "do": "save",
        "enter_long-word": "all", "enter_long-bare": "1",
        "enter_long-0-op": "above",
        "enter_long-0-left-what": "price:close", "enter_long-0-left-was": "price:close",
        "enter_long-0-right-what": "number", "enter_long-0-right-number": "10",
        "stop_loss-kind": "", "take_profit-kind": "", "trail-kind": "", "size-kind": "",
        "session-kind": "",
    }  # fmt: skip
    return client.post(address, {**fields, **changes})


# Services -----------------------------------------------------------------------------------------


def test_save_before_any_run_replaces_the_version(strategy: SavedStrategy) -> None:
    version = save_strategy(strategy=strategy, document=above(11), now=NOW)

    assert version.number == 1
    assert strategy.versions.count() == 1
    assert version.document["enter_long"]["right"] == 11


def test_save_after_a_run_makes_a_version_and_keeps_the_old(strategy: SavedStrategy) -> None:
    ran = latest_version_of(strategy)
    make_run(strategy.owner, rules=ran)

    version = save_strategy(strategy=strategy, document=above(11), now=NOW)

    ran.refresh_from_db()
    assert (version.number, ran.document["enter_long"]["right"]) == (2, 10)


def test_save_of_equal_rules_under_another_name_is_no_version(strategy: SavedStrategy) -> None:
    make_run(strategy.owner, rules=latest_version_of(strategy))

    version = save_strategy(strategy=strategy, document=above(10), name="Other", now=NOW)

    strategy.refresh_from_db()
    assert (version.number, strategy.name) == (1, "Other")


def test_save_over_a_version_not_seen_is_refused(strategy: SavedStrategy) -> None:
    base = latest_version_of(strategy).digest
    save_strategy(strategy=strategy, document=above(11), now=NOW, base=base)

    with pytest.raises(StrategyChanged):
        save_strategy(strategy=strategy, document=above(12), now=NOW, base=base)


def test_equal_rules_have_equal_digests_whatever_the_name(user: User) -> None:
    one = create_strategy(owner=user, document=above(10, name="One"), now=NOW)
    other = create_strategy(owner=user, document=above(10, name="Other"), now=NOW)

    assert (one.name, other.name) == ("One", "Other")
    assert latest_version_of(one).digest == latest_version_of(other).digest


def test_name_in_use_is_refused_and_copies_are_numbered(strategy: SavedStrategy) -> None:
    owner, version = strategy.owner, latest_version_of(strategy)

    with pytest.raises(StrategyNameTaken):
        create_strategy(owner=owner, document=above(1), name="Mine", now=NOW)
    names = [clone_strategy(owner=owner, version=version, now=NOW).name for _ in range(2)]
    with pytest.raises(StrategyNameTaken):
        rename_strategy(strategy=strategy, name="Mine 2", now=NOW)

    assert names == ["Mine 2", "Mine 3"]


def test_strategy_that_was_run_is_not_deleted(strategy: SavedStrategy) -> None:
    run = make_run(strategy.owner, rules=latest_version_of(strategy))

    with pytest.raises(StrategyInUse):
        delete_strategy(strategy=strategy)
    run.delete()
    delete_strategy(strategy=strategy)

    assert not SavedStrategy.objects.exists()


@pytest.mark.parametrize(
    ("document", "pointer", "words"),
    [
        pytest.param("[" * 10_000, "", "nested", id="10,000 brackets"),
        pytest.param('{"enter_long": "' + "x" * 5_000_000 + '"}', "", "longer", id="5 MB"),
        pytest.param("{", "", "not JSON", id="half a text"),
        pytest.param({}, "", "no rule to buy", id="nothing"),
        pytest.param(
            {"enter_long": {"compare": "above", "left": {"indicator": "smaa"}, "right": 1}},
            "/enter_long/left/indicator",
            "did you mean 'sma'",
            id="unknown indicator",
        ),
        pytest.param(
            {"enter_long": {"compare": "above", "left": {**CLOSE, "lag": -1}, "right": 1}},
            "/enter_long/left/lag",
            "from 0",
            id="the future",
        ),
    ],
)
def test_rules_that_cannot_be_used_are_refused_at_their_place(
    user: User, document: Any, pointer: str, words: str
) -> None:
    with pytest.raises(InvalidRules) as refused:
        create_strategy(owner=user, document=document, now=NOW)

    assert refused.value.faults[0].pointer == pointer
    assert words in refused.value.sentence
    assert not SavedStrategy.objects.exists()


def test_changes_name_sentences_that_came_and_went(strategy: SavedStrategy) -> None:
    old = latest_version_of(strategy)
    make_run(strategy.owner, rules=old)
    new = save_strategy(strategy=strategy, document=above(10, stop_loss={"percent": 5}), now=NOW)

    assert changes_between(old, new) == [
        Change("", "When the close is above 10, buy."),
        Change("", "When the close is below 10, end the long position."),
        Change("+", "Put a stop 5 % from the close of the signal."),
    ]


# The builder's page -------------------------------------------------------------------------------


def test_close_of_another_indicator_is_not_taken_for_the_usual_source() -> None:
    heikin = {"indicator": "heikin_ashi", "output": "close"}
    document = {"enter_long": {"compare": "above", "left": heikin, "right": 1}}

    assert document_of(draft_of(document))[0] == document


@pytest.mark.parametrize("name", TEMPLATES)
def test_page_of_a_template_sends_the_same_rules_back(name: str) -> None:
    document = TEMPLATES[name]

    sent_back, _ = document_of(draft_of(document))

    assert parse_rules(sent_back) == parse_rules(document)
    assert is_same(sent_back, document)


def test_nested_and_negated_conditions_survive_the_page(client: Client, user: User) -> None:
    part = {"compare": "above", "left": CLOSE, "right": 1}
    nested = {"all": [part, {"not": {"any": [{"not": part}, {"all": [part]}]}}]}
    made = create_strategy(owner=user, document={"enter_long": nested}, name="N", now=NOW)
    address = reverse("backtests:strategy_edit", args=[made.pk])

    client.post(address, fields_of(client.get(address).content.decode()))

    assert latest_version_of(made).document == {"enter_long": nested}


def fields_of(page: str) -> dict[str, Any]:
    """Return what a browser would send of the page's form."""
    from html.parser import HTMLParser  # noqa: PLC0415 -- one test reads a form

    found: dict[str, Any] = {}

    class Form(HTMLParser):
        select = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "input" and given.get("name") and given.get("type") != "checkbox":
                found[str(given["name"])] = given.get("value") or ""
            if tag == "select":
                self.select = str(given.get("name"))
            if tag == "option" and "selected" in given:
                found[self.select] = given["value"]

    Form().feed(page)
    return found


def test_builder_saves_and_says_so_in_words(client: Client, user: User) -> None:
    answer = sent(client, "/strategies/new/")

    made = SavedStrategy.objects.get(owner=user)
    assert answer.status_code == 302
    assert latest_version_of(made).document == {
        "enter_long": {"compare": "above", "left": {"price": "close"}, "right": 10}
    }
    page = client.get(made.get_absolute_url()).content.decode()
    assert "When the close is above 10, buy." in page


def test_refused_builder_keeps_everything_and_names_the_row(client: Client) -> None:
    answer = sent(
        client, "/strategies/new/",
        **{"enter_long-0-right-number": "ten per cent", "stop_loss-kind": "atr",
           "stop_loss-amount": "2", "stop_loss-window": "0", "description": "My note"},
    )  # fmt: skip

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="ten per cent"' in page
    assert "My note" in page
    rows = {name for name, faults in answer.context["builder"].row_faults if faults}
    assert rows == {"enter_long-0", "stop_loss"}
    assert page.count('aria-invalid="true"') == 2


def test_builder_without_a_name_is_refused(client: Client) -> None:
    answer = sent(client, "/strategies/new/", name=" ")

    assert answer.status_code == 422
    assert answer.context["editor"].name_form.errors["name"]


@pytest.mark.parametrize(
    ("action", "document"),
    [
        ("add:enter_long", {"all": [("close", 10), ("close", 0)]}),
        ("copy:enter_long-0", {"all": [("close", 10), ("close", 10)]}),
        ("group:enter_long", {"all": [("close", 10), {"any": [("close", 0), ("close", 0)]}]}),
        ("remove:enter_long-0", None),
        ("unblock:enter_long", None),
        ("add:nowhere-9", ("close", 10)),
        ("", ("close", 10)),
    ],
)
def test_buttons_change_the_rules_without_script(
    client: Client, action: str, document: Any
) -> None:
    def written(node: Any) -> Any:
        if isinstance(node, tuple):
            return {"compare": "above", "left": {"price": node[0]}, "right": node[1]}
        return {word: [written(part) for part in parts] for word, parts in node.items()}

    answer = sent(client, "/strategies/new/", do=action)

    expected = {"enter_long": written(document)} if document else {}
    assert answer.status_code == 200
    assert answer.context["editor"].document == expected


def test_other_indicator_starts_with_its_own_defaults(client: Client) -> None:
    answer = sent(
        client, "/strategies/new/", do="refresh",
        **{"enter_long-0-left-what": "indicator:rsi", "enter_long-0-left-was": "indicator:macd",
           "enter_long-0-left-p-fast": "3", "enter_long-0-left-output": "signal"},
    )  # fmt: skip

    left = answer.context["editor"].document["enter_long"]["left"]
    assert left == {"indicator": "rsi", "params": {"window": 14}}


def test_what_is_newly_chosen_starts_with_values_that_hold(client: Client) -> None:
    answer = sent(
        client, "/strategies/new/", do="param:",
        **{"stop_loss-kind": "atr", "size-kind": "cash", "session-kind": "hours"},
    )  # fmt: skip

    document = answer.context["editor"].document
    assert answer.context["editor"].faults == ()
    assert document["stop_loss"] == {"atr": 2, "window": 14}
    assert document["size"] == {"cash": 1000}
    assert document["session"]["days"] == ["mon", "tue", "wed", "thu", "fri"]
    assert document["parameters"] == {"parameter1": {"default": 10}}


def test_page_tells_how_often_the_rules_decide_on_ones_own_bars(client: Client, user: User) -> None:
    make_goog(user)  # 2,148 closes from 49.95 to 806.85 in the file

    often = sent(client, "/strategies/new/", do="preview").context["trial"]
    never = sent(client, "/strategies/new/", do="preview", **{"enter_long-0-right-number": "900"})

    assert often == (2148, (("to buy", 2148),))
    assert "<b>never</b> to buy" in " ".join(never.content.decode().split())


def test_session_without_a_day_is_refused(client: Client) -> None:
    answer = sent(
        client, "/strategies/new/",
        **{"session-kind": "hours", "session-start": "09:30", "session-end": "16:00"},
    )  # fmt: skip

    assert answer.status_code == 422
    assert answer.context["builder"].session.faults


def test_parameter_stands_in_place_of_a_number(client: Client, user: User) -> None:
    sent(
        client, "/strategies/new/",
        **{"enter_long-0-right-number": "level", "parameters-0-name": "level",
           "parameters-0-default": "10", "parameters-0-low": "1", "parameters-0-high": "20",
           "parameters-0-step": "1", "parameters-0-help": "Price"},
    )  # fmt: skip

    document = latest_version_of(SavedStrategy.objects.get()).document
    assert document["enter_long"]["right"] == {"parameter": "level"}
    assert document["parameters"]["level"] == {
        "default": 10, "low": 1, "high": 20, "step": 1, "help": "Price",
    }  # fmt: skip


def test_two_parameters_of_one_name_are_refused(client: Client) -> None:
    rows = {f"parameters-{i}-{key}": "a" if key == "name" else "1" for i in (0, 1)
            for key in ("name", "default")}  # fmt: skip

    answer = sent(client, "/strategies/new/", **rows)

    assert answer.status_code == 422
    assert "two parameters are called" in answer.content.decode()


def test_json_and_sentences_change_into_each_other(client: Client) -> None:
    as_json = sent(client, "/strategies/new/", do="json").context["editor"]
    back = client.post(
        "/strategies/new/", {"mode": "json", "do": "form", "document": as_json.text, "name": "M"}
    ).context["editor"]

    assert json.loads(as_json.text) == back.document
    assert (as_json.mode, back.mode) == ("json", "form")


@pytest.mark.parametrize(
    "text", ["{", "[" * 10_000, '{"enter_long": {"compare": 1}}', "x" * 70_000]
)
def test_json_that_cannot_be_read_stays_as_it_was_typed(client: Client, text: str) -> None:
    for action in ("form", "save"):
        answer = client.post(
            "/strategies/new/", {"mode": "json", "do": action, "document": text, "name": "M"}
        )
        editor = answer.context["editor"]
        assert (editor.mode, editor.text) == ("json", text)
        assert editor.faults


def test_exported_file_is_imported_under_a_name_of_its_own(
    client: Client, strategy: SavedStrategy
) -> None:
    exported = client.get(reverse("backtests:rules_json", args=[strategy.pk]))
    document = json.loads(exported.content)
    document["name"] = "Brought back"

    client.post(
        "/strategies/new/", {"mode": "json", "do": "save", "document": json.dumps(document)}
    )

    made = SavedStrategy.objects.get(name="Brought back")
    assert latest_version_of(made).digest == latest_version_of(strategy).digest


def test_save_of_a_page_older_than_the_rules_is_refused_once(
    client: Client, strategy: SavedStrategy
) -> None:
    address = reverse("backtests:strategy_edit", args=[strategy.pk])
    base = latest_version_of(strategy).digest
    save_strategy(strategy=strategy, document=above(11), now=NOW)

    refused = sent(client, address, base=base)
    again = sent(client, address, base=refused.context["editor"].base)

    assert (refused.status_code, again.status_code) == (422, 302)
    assert "saved elsewhere" in refused.content.decode()


def test_more_conditions_than_a_form_may_send_are_edited_as_json(
    client: Client, user: User
) -> None:
    part = {"compare": "above", "left": CLOSE, "right": 1}
    made = create_strategy(
        owner=user, document={"enter_long": {"all": [part] * 60}}, name="Long", now=NOW
    )

    editor = client.get(reverse("backtests:strategy_edit", args=[made.pk])).context["editor"]

    assert editor.mode == "json"


def test_template_and_clone_are_ones_own_to_change(client: Client, user: User) -> None:
    client.post(reverse("backtests:template_use", args=["turtle"]))
    client.post(reverse("backtests:template_use", args=["turtle"]))
    first = SavedStrategy.objects.get(name="Turtle breakout")
    client.post(reverse("backtests:strategy_clone", args=[first.pk]))

    names = list(SavedStrategy.objects.filter(owner=user).values_list("name", flat=True))
    assert names == ["Turtle breakout", "Turtle breakout 2", "Turtle breakout 3"]


def test_archive_hides_and_restore_brings_back(client: Client, strategy: SavedStrategy) -> None:
    client.post(reverse("backtests:strategy_archive", args=[strategy.pk]))
    hidden = client.get("/strategies/").context
    client.post(reverse("backtests:strategy_restore", args=[strategy.pk]))
    shown = client.get("/strategies/").context

    assert (len(hidden["mine"]), len(hidden["archived"])) == (0, 1)
    assert (len(shown["mine"]), len(shown["archived"])) == (1, 0)


@pytest.mark.parametrize("word", ["", "edit/", "rules.json"])
def test_page_of_another_user_is_not_found(
    strategy: SavedStrategy, other_user: User, word: str
) -> None:
    stranger = Client()
    stranger.force_login(other_user)

    assert stranger.get(f"/strategies/saved/{strategy.pk}/{word}").status_code == 404


@pytest.mark.parametrize("word", ["edit", "rename", "clone", "archive", "restore", "delete"])
def test_change_by_another_user_is_not_found(
    strategy: SavedStrategy, other_user: User, word: str
) -> None:
    stranger = Client()
    stranger.force_login(other_user)

    assert stranger.post(f"/strategies/saved/{strategy.pk}/{word}/").status_code == 404


def test_list_asks_as_often_for_one_strategy_as_for_three(
    client: Client, strategy: SavedStrategy, django_assert_max_num_queries: Any
) -> None:
    for name in ("B", "C"):
        create_strategy(owner=strategy.owner, document=above(1), name=name, now=NOW)

    with django_assert_max_num_queries(12):
        client.get("/strategies/")
    with django_assert_max_num_queries(12):
        client.get(strategy.get_absolute_url())


def test_name_with_an_invisible_letter_is_refused_with_the_reason(user: User) -> None:
    rules = {"enter_long": {"compare": "above", "left": {"price": "close"}, "right": 1}}

    with pytest.raises(InvalidStrategyName, match="none of them invisible"):
        create_strategy(owner=user, document=rules, name="Mine\u202e", now=NOW)
