"""What the command palette finds."""

import re

import pytest
from django.test import Client

from accounts.models import User
from backtests.engine.rules import TEMPLATES
from backtests.services.strategies import create_strategy
from pulse.search import PAGES, find
from tests.factories.runs import NOW, make_run, make_series


def test_find_strategies_of_the_product_and_ones_own(user: User, other_user: User) -> None:
    create_strategy(owner=user, document=TEMPLATES["turtle"], now=NOW, name="My cross")
    create_strategy(owner=other_user, document=TEMPLATES["turtle"], now=NOW, name="Their cross")

    hits = find(user, "cross")

    assert ("My cross", "Your strategy") in {(hit.label, hit.note) for hit in hits}
    assert "/strategies/sma_cross/" in {hit.url for hit in hits}
    assert "Their cross" not in {hit.label for hit in hits}


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ("surf", "/options/surface/"),
        ("gamma exp", "/options/exposure/"),
        ("PORTFOLIO back", "/backtests/portfolios/"),
        ("momentum", "/backtests/portfolios/strategies/momentum_rotation/"),
        ("sma_cross", "/strategies/sma_cross/"),
    ],
)
def test_find_pages_and_strategies_by_part_of_their_name(user: User, words: str, url: str) -> None:
    assert url in {hit.url for hit in find(user, words)}


def test_find_series_and_runs_of_oneself_only(user: User, other_user: User) -> None:
    mine, run = make_series(user, symbol="QQQ"), make_run(user, name="Mine on QQQ")
    make_series(other_user, symbol="QQQ")
    make_run(other_user, name="Theirs on QQQ")

    urls = [hit.url for hit in find(user, "qqq")]

    assert urls == [mine.get_absolute_url(), run.get_absolute_url()]


def test_find_nothing_for_no_words(user: User) -> None:
    assert find(user, "  ") == []


@pytest.mark.django_db
@pytest.mark.parametrize("label", [label for label, _, _ in PAGES])
def test_every_page_that_is_found_opens(client: Client, label: str) -> None:
    page = client.get("/search/", {"q": label}).content.decode()

    addresses = re.findall(r'href="([^"]+)"[^>]*>' + re.escape(label) + " <", page)

    assert len(addresses) == 1
    assert client.get(addresses[0]).status_code == 200
