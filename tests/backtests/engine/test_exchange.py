"""The exchange by hand: what fills where, at what cost, and why."""

import pytest

from backtests.engine import Terms
from backtests.engine.exchange import (
    BarPrices,
    Bracket,
    Exchange,
    Order,
    OrderType,
    Quote,
    Reason,
    Side,
    Status,
    TimeInForce,
    Venue,
)

SPY = "SPY"
LIMIT, STOP, STOP_LIMIT = OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT


def bar(opened, high, low, close, volume=1e6):
    """Return one bar."""
    return BarPrices(opened, high, low, close, volume)


def exchange_of(venue=None, **terms):
    """Return an exchange with 10,000 on the account unless told otherwise."""
    return Exchange(Terms(**({"cash": 10_000.0} | terms)), venue)


def buy(**given):
    """Return a buy order of one hundred units."""
    return Order(**({"instrument": SPY, "side": Side.BUY, "quantity": 100.0} | given))


def sell(**given):
    """Return a sell order of one hundred units."""
    return buy(side=Side.SELL, **given)


def pass_bar(exchange, prices, at=0):
    """Let one bar pass; return equity at its close."""
    exchange.open(SPY, prices, at)
    exchange.trade(SPY, prices, at)
    exchange.end_bar(SPY)
    exchange.close(SPY, prices, at)
    return exchange.settle({SPY: prices}, at)


@pytest.mark.parametrize(
    ("order", "price", "text"),
    [
        (buy(), 50.0, "Market order filled at the open"),
        (buy(time_in_force=TimeInForce.CLOSE), 52.0, "Market order filled at the close"),
        (buy(order_type=LIMIT, limit_price=49.0), 49.0, "The limit of 49 was reached"),
        (
            buy(order_type=LIMIT, limit_price=51.0),
            50.0,
            "Opened at 50, as good as the limit of 51 or better",
        ),
        (buy(order_type=STOP, stop_price=53.0), 53.0, "The stop of 53 was reached"),
        (buy(order_type=STOP, stop_price=49.5), 50.0, "Opened at 50, beyond the stop of 49.5"),
        (
            buy(order_type=STOP_LIMIT, stop_price=53.0, limit_price=53.5),
            53.0,
            "The stop of 53 was reached",
        ),
        (
            buy(order_type=STOP_LIMIT, stop_price=53.0, limit_price=52.5),
            52.5,
            "The stop was reached, then the limit of 52.5",
        ),
    ],
)
def test_exchange_order_reached_fills_with_price_and_reason(order, price, text):
    exchange = exchange_of()
    exchange.submit(order)

    pass_bar(exchange, bar(50.0, 54.0, 48.0, 52.0))

    assert [fill.price for fill in exchange.fills] == [price]
    assert order.status is Status.FILLED
    assert order.reason_text == text
    assert exchange.fills[0].reason_text == text


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (
            buy(order_type=LIMIT, limit_price=47.5),
            "The limit of 47.5 was not reached; the nearest price was 48",
        ),
        (
            buy(order_type=STOP, stop_price=54.5),
            "The stop of 54.5 was not reached; the nearest price was 54",
        ),
        (
            buy(order_type=STOP_LIMIT, stop_price=53.0, limit_price=51.0),
            "The limit of 51 was not reached; the nearest price was 52",
        ),
    ],
)
def test_exchange_order_not_reached_keeps_working_and_says_why(order, text):
    exchange = exchange_of()
    exchange.submit(order)

    pass_bar(exchange, bar(50.0, 54.0, 48.0, 52.0))

    assert exchange.fills == []
    assert order.status is Status.NEW
    assert order.reason_text == text


def test_exchange_stop_limit_once_stopped_works_as_a_limit():
    exchange = exchange_of()
    order = exchange.submit(buy(order_type=STOP_LIMIT, stop_price=53.0, limit_price=51.0))

    pass_bar(exchange, bar(50.0, 54.0, 48.0, 52.0), at=0)
    pass_bar(exchange, bar(52.0, 52.5, 50.5, 52.0), at=1)

    assert [(fill.at, fill.price) for fill in exchange.fills] == [(1, 51.0)]
    assert order.average_price == 51.0


def test_exchange_limit_touched_does_not_fill_where_the_venue_wants_more():
    exchange = exchange_of(Venue(fills_on_touch=False))
    order = exchange.submit(buy(order_type=LIMIT, limit_price=48.0))

    pass_bar(exchange, bar(50.0, 54.0, 48.0, 52.0), at=0)
    pass_bar(exchange, bar(50.0, 54.0, 47.99, 52.0), at=1)

    assert [fill.at for fill in exchange.fills] == [1]
    assert order.average_price == 48.0


BRACKET = Bracket(stop=45.0, target=55.0)


@pytest.mark.parametrize(
    ("intrabar", "prices", "price", "reason"),
    [
        ("pessimistic", bar(50.0, 56.0, 44.0, 50.0), 45.0, Reason.STOP_REACHED),
        ("optimistic", bar(50.0, 56.0, 44.0, 50.0), 55.0, Reason.TARGET_REACHED),
        ("ohlc", bar(50.0, 56.0, 44.0, 50.0), 55.0, Reason.TARGET_REACHED),
        ("pessimistic", bar(50.0, 54.0, 44.0, 50.0), 45.0, Reason.STOP_REACHED),
        ("pessimistic", bar(50.0, 56.0, 46.0, 50.0), 55.0, Reason.TARGET_REACHED),
    ],
)
def test_exchange_bracket_in_the_bar_of_the_entry_fills_one_exit(intrabar, prices, price, reason):
    exchange = exchange_of(intrabar=intrabar)
    exchange.submit(buy(bracket=BRACKET))

    equity = pass_bar(exchange, prices)

    assert [(fill.quantity, fill.price) for fill in exchange.fills] == [(100, 50), (-100, price)]
    assert exchange.fills[1].reason is reason
    assert equity == 10_000.0 + 100.0 * (price - 50.0)
    assert sorted(order.status for order in exchange.book.orders.values()) == [
        Status.CANCELLED,
        Status.FILLED,
        Status.FILLED,
    ]


@pytest.mark.parametrize(
    ("opened", "price"), [(43.0, 43.0), (57.0, 57.0)], ids=["through the stop", "over the target"]
)
def test_exchange_bracket_gap_fills_at_the_open(opened, price):
    exchange = exchange_of()
    exchange.submit(buy(bracket=BRACKET))
    pass_bar(exchange, bar(50.0, 51.0, 49.0, 50.0), at=0)

    pass_bar(exchange, bar(opened, 58.0, 42.0, 50.0), at=1)

    assert exchange.fills[1].price == price


def test_exchange_entry_below_its_own_stop_leaves_at_the_price_it_entered():
    # the stop lies above the limit: it is passed when the entry fills, nobody pays 47 then
    exchange = exchange_of()
    exchange.submit(buy(order_type=LIMIT, limit_price=45.0, bracket=Bracket(stop=47.0)))

    pass_bar(exchange, bar(50.0, 51.0, 44.0, 45.5))

    assert [fill.price for fill in exchange.fills] == [45.0, 45.0]


def test_exchange_trailing_stop_follows_the_high_and_fills_at_its_level():
    exchange = exchange_of()
    exchange.submit(buy(bracket=Bracket(trail_distance=2.0)))  # from the fill at 50: 48

    pass_bar(exchange, bar(50.0, 53.0, 49.0, 52.0), at=0)  # 53 - 2 = 51 from the next bar on
    pass_bar(exchange, bar(52.0, 52.5, 50.0, 50.5), at=1)

    assert [(fill.at, fill.price) for fill in exchange.fills] == [(0, 50.0), (1, 51.0)]
    assert exchange.fills[1].reason_text == "The trailing stop at 51 was reached"


def test_exchange_trailing_stop_for_a_position_held_closes_it():
    exchange = exchange_of()
    exchange.submit(buy())
    pass_bar(exchange, bar(50.0, 51.0, 49.0, 50.0), at=0)
    trailing = sell(order_type=OrderType.TRAILING_STOP, trail_distance=2.0, is_exit=True)
    exchange.submit(trailing)

    pass_bar(exchange, bar(50.0, 53.0, 49.0, 52.0), at=1)
    pass_bar(exchange, bar(52.0, 52.5, 50.0, 50.5), at=2)

    assert trailing.average_price == 51.0
    assert exchange.account.positions == {}


def test_exchange_stop_limit_exit_gapped_waits_for_its_limit():
    exchange = exchange_of()
    exchange.submit(buy(bracket=Bracket(stop=45.0, stop_limit=44.0, target=60.0)))
    pass_bar(exchange, bar(50.0, 51.0, 49.0, 50.0), at=0)

    pass_bar(exchange, bar(42.0, 43.0, 41.0, 42.0), at=1)
    assert len(exchange.fills) == 1
    pass_bar(exchange, bar(42.0, 44.5, 42.0, 44.0), at=2)

    assert (exchange.fills[1].at, exchange.fills[1].price) == (2, 44.0)


def test_exchange_costs_are_charged_on_each_side():
    exchange = exchange_of(commission=0.001, commission_fixed=1.0, slippage=0.01)
    exchange.submit(buy())
    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0), at=0)
    exchange.submit(sell())

    equity = pass_bar(exchange, bar(60.0, 60.0, 60.0, 60.0), at=1)

    # bought at 50.50 for 1 + 5.05, sold at 59.40 for 1 + 5.94
    assert equity == pytest.approx(10_000.0 + 890.0 - 6.05 - 6.94)
    assert exchange.account.commissions == pytest.approx(12.99)
    assert exchange.account.slippage_paid == pytest.approx(110.0)
    assert exchange.account.trades[0].pnl == pytest.approx(890.0 - 12.99)


def test_exchange_borrowing_and_financing_are_charged_for_a_year():
    year_ns = int(365.25 * 86_400e9)
    exchange = exchange_of(margin=0.5, financing_rate=0.10, borrow_rate=0.05)
    exchange.submit(buy(quantity=300.0))
    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0))

    exchange.accrue(year_ns)

    assert exchange.account.equity == pytest.approx(9_500.0)  # 15,000 held on 10,000


def test_exchange_equity_at_maintenance_liquidates():
    exchange = exchange_of(margin=0.2, maintenance=0.1)
    exchange.submit(buy(quantity=1_000.0))  # 50,000 on 10,000
    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0), at=0)

    equity = pass_bar(exchange, bar(50.0, 50.0, 44.0, 48.0), at=1)

    # 10,000 + 1,000 (p - 50) = 0.1 * 1,000 p  =>  p = 40,000 / 900
    assert exchange.fills[1].price == pytest.approx(400.0 / 9.0)
    assert exchange.fills[1].reason is Reason.LIQUIDATED
    assert equity == pytest.approx(40_000.0 / 9.0)


def test_exchange_account_used_up_is_closed():
    exchange = exchange_of(margin=0.2)
    exchange.submit(buy(quantity=1_000.0))
    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0), at=0)

    equity = pass_bar(exchange, bar(39.0, 39.0, 39.0, 39.0), at=1)
    late = exchange.submit(buy(quantity=1.0))

    assert equity == -1_000.0
    assert exchange.closed_at == 1
    assert late.status is Status.REJECTED
    assert late.reason_text == "The account has no equity left"


def test_exchange_quantity_beyond_buying_power_is_rejected_with_what_it_covers():
    exchange = exchange_of()
    order = exchange.submit(buy(quantity=201.0))

    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0))

    assert order.status is Status.REJECTED
    assert order.reason_text == "Buying power covers 200 units at 50"


def test_exchange_volume_limit_fills_in_parts_over_bars():
    exchange = exchange_of(volume_limit=0.1)
    order = exchange.submit(buy(order_type=LIMIT, limit_price=50.0))

    pass_bar(exchange, bar(50.0, 51.0, 49.0, 50.0, volume=600.0), at=0)
    assert (order.status, order.filled_quantity) == (Status.PARTIALLY_FILLED, 60.0)
    pass_bar(exchange, bar(49.0, 51.0, 49.0, 50.0, volume=600.0), at=1)

    assert [(fill.quantity, fill.price) for fill in exchange.fills] == [(60, 50), (40, 49)]
    assert order.status is Status.FILLED
    assert order.average_price == pytest.approx(49.6)


def test_exchange_adds_and_part_sales_use_the_mean_entry_price():
    exchange = exchange_of(commission_fixed=1.0)
    for at, (order, price) in enumerate(
        [(buy(quantity=60.0), 50.0), (buy(quantity=40.0), 55.0), (sell(quantity=50.0), 60.0)]
    ):
        exchange.submit(order)
        pass_bar(exchange, bar(price, price, price, price), at=at)

    # mean entry (60 * 50 + 40 * 55) / 100 = 52; half of both entry commissions goes with the sale
    trade = exchange.account.trades[0]
    assert (trade.size, trade.entry_price, trade.exit_price) == (50.0, 52.0, 60.0)
    assert trade.pnl == 50.0 * 8.0 - 1.0 - 1.0
    assert exchange.account.units_of(SPY) == 50.0
    assert exchange.account.ledger_cash == 10_000.0 - 3_000.0 - 2_200.0 + 3_000.0 - 3.0


def test_exchange_sale_of_more_than_held_turns_the_position_over():
    exchange = exchange_of()
    exchange.submit(buy(quantity=100.0))
    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0), at=0)
    exchange.submit(sell(quantity=150.0))

    pass_bar(exchange, bar(60.0, 60.0, 60.0, 60.0), at=1)

    assert exchange.account.units_of(SPY) == -50.0
    assert exchange.account.positions[SPY].entry_price == 60.0
    assert exchange.account.equity == 11_000.0


def test_exchange_order_good_for_two_bars_expires_after_them():
    exchange = exchange_of()
    order = exchange.submit(buy(order_type=LIMIT, limit_price=40.0, good_bars=2))

    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0), at=0)
    assert order.status is Status.NEW
    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0), at=1)

    assert order.status is Status.EXPIRED
    assert exchange.book.n_expired == 1


def test_exchange_day_order_expires_with_the_session():
    exchange = exchange_of()
    order = exchange.submit(buy(order_type=LIMIT, limit_price=40.0, time_in_force=TimeInForce.DAY))

    exchange.book.end_session(SPY)

    assert order.status is Status.EXPIRED


def test_exchange_cancelled_order_does_not_fill():
    exchange = exchange_of()
    order = exchange.submit(buy())

    assert exchange.book.cancel(order)
    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0))

    assert (order.status, exchange.fills) == (Status.CANCELLED, [])
    assert not exchange.book.cancel(order)


def test_exchange_replaced_order_has_a_successor():
    exchange = exchange_of()
    first = exchange.submit(buy(order_type=LIMIT, limit_price=40.0))

    second = exchange.replace(first, limit_price=49.0)
    pass_bar(exchange, bar(50.0, 50.0, 48.0, 50.0))

    assert first.status is Status.REPLACED
    assert (second.order_id, second.average_price) == (2, 49.0)


def test_exchange_fill_of_one_order_of_a_group_cancels_the_other():
    exchange = exchange_of()
    above = exchange.submit(buy(order_type=STOP, stop_price=55.0, oco_group=7))
    below = exchange.submit(buy(order_type=LIMIT, limit_price=45.0, oco_group=7))

    pass_bar(exchange, bar(50.0, 56.0, 49.0, 55.0), at=0)
    pass_bar(exchange, bar(50.0, 51.0, 44.0, 50.0), at=1)

    assert above.status is Status.FILLED
    assert (below.status, below.reason) == (Status.CANCELLED, Reason.OTHER_FILLED)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (sell(is_exit=True), Reason.NOTHING_TO_CLOSE),
        (buy(quantity=1.5), Reason.NOT_WHOLE),
        (buy(bracket=Bracket(stop=55.0, target=45.0)), Reason.SIDE_OF_BRACKET),
    ],
)
def test_exchange_impossible_order_is_rejected_at_once(order, reason):
    exchange_of().submit(order)

    assert (order.status, order.reason) == (Status.REJECTED, reason)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"order_type": LIMIT}, "a limit order needs limit_price"),
        ({"quantity": 0.0}, "quantity must be above 0"),
        (
            {"order_type": OrderType.TRAILING_STOP, "trail_distance": 1.0},
            "a trailing stop can only close a position",
        ),
    ],
)
def test_order_impossible_values_raise(given, text):
    with pytest.raises(ValueError, match=text):
        buy(**given)


def quote(bid, ask, ts_ns=0, size=1_000.0):
    """Return a quote with the same size on both sides."""
    return Quote(SPY, ts_ns, bid, ask, size, size)


def test_exchange_quote_fills_buyers_at_the_ask_and_sellers_at_the_bid():
    exchange = exchange_of(spread=0.5)  # in the quote already
    exchange.submit(buy())
    after_entry = exchange.quote(quote(49.9, 50.1))
    exchange.submit(sell())
    after_exit = exchange.quote(quote(51.9, 52.1, ts_ns=1))

    assert [fill.price for fill in exchange.fills] == [50.1, 51.9]
    assert after_entry == pytest.approx(9_980.0)  # marked at the bid
    assert after_exit == pytest.approx(10_180.0)


def test_exchange_quote_limit_holds_against_slippage():
    exchange = exchange_of(slippage=0.01)
    exchange.submit(buy(order_type=LIMIT, limit_price=50.2))

    exchange.quote(quote(49.9, 50.1))

    assert exchange.fills[0].price == 50.2  # not 50.1 * 1.01


def test_exchange_quote_reaches_the_stop_of_a_bracket_by_the_bid():
    exchange = exchange_of()
    exchange.submit(buy(bracket=BRACKET))
    exchange.quote(quote(49.9, 50.1))

    exchange.quote(quote(44.8, 45.2, ts_ns=1))

    assert exchange.fills[1].price == 44.8


def test_exchange_quote_displayed_size_caps_the_fill():
    exchange = exchange_of(volume_limit=0.5)
    order = exchange.submit(buy())

    exchange.quote(quote(49.9, 50.1, size=80.0))

    assert order.filled_quantity == 40.0
    assert order.status is Status.PARTIALLY_FILLED


@pytest.mark.parametrize(
    ("time_in_force", "filled"), [(TimeInForce.IOC, 40.0), (TimeInForce.FOK, 0.0)]
)
def test_exchange_quote_order_for_now_is_cancelled_where_it_cannot_fill(time_in_force, filled):
    exchange = exchange_of(volume_limit=0.5)
    order = exchange.submit(buy(time_in_force=time_in_force))

    exchange.quote(quote(49.9, 50.1, size=80.0))

    assert (order.status, order.filled_quantity) == (Status.CANCELLED, filled)


def test_exchange_quote_before_the_order_arrives_does_not_fill_it():
    exchange = exchange_of(Venue(latency_ns=100))
    order = exchange.submit(buy(submitted_ns=1_000))

    exchange.quote(quote(49.9, 50.1, ts_ns=1_099))
    assert order.reason_text == "On its way to the venue"
    exchange.quote(quote(50.9, 51.1, ts_ns=1_100))

    assert order.average_price == 51.1


def test_exchange_random_partial_fills_repeat_with_the_seed():
    def quantities(seed):
        exchange = exchange_of(Venue(partial_rate=0.8, seed=seed))
        exchange.submit(buy())
        for ts_ns in range(20):
            exchange.quote(quote(49.9, 50.1, ts_ns))
        return [fill.quantity for fill in exchange.fills]

    assert quantities(1) == quantities(1)
    assert quantities(1) != quantities(2)
    assert sum(quantities(1)) == 100.0


def test_exchange_two_instruments_share_margin():
    exchange = exchange_of()
    exchange.submit(buy(quantity=150.0))
    pass_bar(exchange, bar(50.0, 50.0, 50.0, 50.0))
    other = exchange.submit(buy(instrument="QQQ", quantity=100.0))

    exchange.open("QQQ", bar(30.0, 30.0, 30.0, 30.0), 1)

    assert other.status is Status.REJECTED  # 2,500 is free, 3,000 is needed
    assert other.reason_text == "Buying power covers 83.3333 units at 30"
