"""Entries that wait for a price, in hand-made tables."""

import numpy as np
import pytest

from backtests.engine import run
from tests.backtests.engine.data import Scripted, bars_of


def entry(rows, *, limit=None, stop=None, valid_bars=1, side="entry_long", **terms):
    """Return bar and price at which an order of the first bar fills, or None."""
    bars = bars_of(rows)
    prices = {
        name: np.full(len(bars), float(price))
        for name, price in (("limit_price", limit), ("stop_price", stop))
        if price
    }
    strategy = Scripted(len(bars), **{side: [0]}, **prices, valid_bars=valid_bars)
    result = run(strategy, bars, cash=1_000.0, **terms)
    opened = result.open_trade
    return (opened.entry_bar, opened.entry_price) if opened else None


@pytest.mark.parametrize(
    ("order", "bar", "expected"),
    [
        #                               open  high  low  close
        pytest.param({"limit": 98}, (100, 101, 97, 99), (1, 98.0), id="limit inside the bar"),
        pytest.param({"limit": 98}, (96, 97, 95, 96), (1, 96.0), id="limit: better at the open"),
        pytest.param({"limit": 98}, (100, 101, 99, 99), None, id="limit not reached"),
        pytest.param({"stop": 103}, (100, 105, 99, 104), (1, 103.0), id="stop inside the bar"),
        pytest.param({"stop": 103}, (106, 107, 105, 106), (1, 106.0), id="stop gapped: open"),
        pytest.param({"stop": 103}, (100, 102, 99, 101), None, id="stop not reached"),
        pytest.param(
            {"stop": 103, "limit": 104},
            (100, 105, 99, 104),
            (1, 103.0),
            id="stop-limit at its stop",
        ),
        pytest.param(
            {"stop": 103, "limit": 104}, (106, 107, 105, 106), None, id="stop-limit gapped past"
        ),
        pytest.param(
            {"stop": 103, "limit": 104}, (106, 107, 103, 105), (1, 104.0), id="gapped, came back"
        ),
        pytest.param(
            {"stop": 103, "limit": 102}, (100, 105, 99, 104), None, id="limit below stop: unsure"
        ),
        pytest.param(
            {"stop": 103, "limit": 102}, (100, 105, 99, 101), (1, 102.0), id="closed below: sure"
        ),
    ],
)
def test_waiting_buy_fills_as_its_bar_allows(order, bar, expected):
    assert entry([100, bar, 200], **order) == expected


@pytest.mark.parametrize(
    ("order", "bar", "expected"),
    [
        pytest.param({"limit": 102}, (100, 103, 99, 101), (1, 102.0), id="sell limit"),
        pytest.param({"stop": 97}, (95, 96, 94, 95), (1, 95.0), id="sell stop gapped"),
    ],
)
def test_waiting_sale_mirrors_a_buy(order, bar, expected):
    assert entry([100, bar, 100], side="entry_short", **order) == expected


def test_order_waits_as_many_bars_as_it_is_valid():
    rows = [100, 100, 100, (100, 100, 97, 99)]

    assert entry(rows, limit=98, valid_bars=2) is None
    assert entry(rows, limit=98, valid_bars=3) == (3, 98.0)


def test_stop_of_an_entry_inside_the_bar_is_certain_below_a_limit_only():
    """Bought at the limit of 98 on the way down to 90, so the stop at 95 was passed after."""
    bars = bars_of([100, (100, 101, 90, 99), 99])
    strategy = Scripted(3, entry_long=[0], limit_price=np.full(3, 98.0))

    result = run(strategy, bars, cash=1_000.0, stop_loss=0.05, intrabar="optimistic")

    assert result.trades["exit_price"].tolist() == [95.0]


def test_target_of_an_entry_at_a_limit_needs_a_close_beyond_it():
    """The high of 106 may have come before the fall to the limit of 98."""
    bars = bars_of([100, (100, 106, 97, 99), 99])
    strategy = Scripted(3, entry_long=[0], limit_price=np.full(3, 98.0))
    terms = {"cash": 1_000.0, "take_profit": 0.05}

    pessimistic = run(strategy, bars, **terms)
    optimistic = run(strategy, bars, **terms, intrabar="optimistic")

    assert pessimistic.trades["exit_price"].tolist() == []
    assert optimistic.trades["exit_price"].tolist() == [105.0]
