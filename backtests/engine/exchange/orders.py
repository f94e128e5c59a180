"""What is asked of the exchange, what it answers, and why."""

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Self


class Side(IntEnum):
    """Direction of an order."""

    BUY = 1
    SELL = -1


class OrderType(StrEnum):
    """How an order's price is decided."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    """How long an order works."""

    GTC = "gtc"
    DAY = "day"
    IOC = "ioc"
    FOK = "fok"
    CLOSE = "close"


class Status(StrEnum):
    """Where an order is in its life."""

    NEW = "new"
    HELD = "held"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"

    @property
    def is_live(self) -> bool:
        """Whether the order may still fill."""
        return self in {Status.NEW, Status.PARTIALLY_FILLED}


class Reason(StrEnum):
    """Why something filled, or did not; each is a sentence with the prices to put in."""

    AT_OPEN = "Market order filled at the open"
    AT_CLOSE = "Market order filled at the close"
    AT_QUOTE = "Filled against the quote at {price:g}"
    LIMIT_AT_OPEN = "Opened at {price:g}, as good as the limit of {level:g} or better"
    LIMIT_REACHED = "The limit of {level:g} was reached"
    STOP_AT_OPEN = "Opened at {price:g}, beyond the stop of {level:g}"
    STOP_REACHED = "The stop of {level:g} was reached"
    LIMIT_AFTER_STOP = "The stop was reached, then the limit of {level:g}"
    LEVEL_BEHIND = "Filled at {price:g}, where the level of {level:g} was already passed"
    TARGET_REACHED = "The target of {level:g} was reached"
    TARGET_AT_OPEN = "Opened at {price:g}, beyond the target of {level:g}"
    TRAIL_REACHED = "The trailing stop at {level:g} was reached"
    LIQUIDATED = "Equity fell to the maintenance margin at {level:g}"
    BANKRUPT = "Equity was used up"
    REVERSED = "Closed by an entry in the other direction"

    WAITS_FOR_OPEN = "Waits for the next open"
    WAITS_FOR_CLOSE = "Waits for the close"
    WAITS_FOR_ENTRY = "Held until the entry fills"
    IN_TRANSIT = "On its way to the venue"
    STOP_NOT_REACHED = "The stop of {level:g} was not reached; the nearest price was {price:g}"
    LIMIT_NOT_REACHED = "The limit of {level:g} was not reached; the nearest price was {price:g}"
    SIZE_USED_UP = "The size on offer was used up; the rest keeps working"
    CANNOT_PAY = "The account cannot pay one unit at {price:g}"
    NO_BUYING_POWER = "Buying power covers {level:g} units at {price:g}"
    ALREADY_HELD = "A position in this direction is held"
    NOTHING_TO_CLOSE = "There is no position to close"
    NOT_WHOLE = "Only whole units are traded"
    SIDE_OF_BRACKET = "The target must lie beyond the stop"
    NOT_FILLED_AT_ONCE = "Could not be filled at once"
    OTHER_FILLED = "Another order of its group filled"
    POSITION_CLOSED = "The position was closed"
    SUPERSEDED = "A later decision took its place"
    BY_OWNER = "Cancelled by its owner"
    TIME_OVER = "Its time was over"
    ACCOUNT_CLOSED = "The account has no equity left"

    def text(self, price: float = math.nan, level: float = math.nan) -> str:
        """Return the sentence with the prices put in."""
        return self.format(price=price, level=level)


@dataclass(frozen=True)
class Bracket:
    """Exits that begin to work when their entry fills; the first to fill cancels the others.

    Parameters
    ----------
    stop, target : float, price, optional
    trail_distance : float, price, optional
        Distance at which a stop follows the best price.
    trail_from : float, price, optional
        Price the trailing stop starts from; that of the fill if left out.
    stop_limit : float, price, optional
        Once the stop is reached the exit waits for this price.

    Raises
    ------
    ValueError
        If a price is not above 0, or a stop-limit has no stop.
    """

    stop: float | None = None
    target: float | None = None
    trail_distance: float | None = None
    trail_from: float | None = None
    stop_limit: float | None = None

    def __post_init__(self) -> None:
        for name in ("stop", "target", "trail_distance", "trail_from", "stop_limit"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0, not {value}")
        if self.stop_limit is not None and self.stop is None:
            raise ValueError("stop_limit needs a stop")

    def after_split(self, ratio: float) -> Self:
        """Return the same exits for new shares, `ratio` for each old one."""
        prices = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return type(self)(**{n: None if p is None else p / ratio for n, p in prices.items()})

    def is_crossed(self, side: float) -> bool:
        """Return whether the target does not lie beyond the stop, seen from an entry's side."""
        if self.stop is None or self.target is None:
            return False
        return side * self.target <= side * self.stop


@dataclass(slots=True, eq=False, kw_only=True)
class Order:
    """One order, from its submission to its end.

    Parameters
    ----------
    instrument : str
    side : Side
    order_type : OrderType
    quantity : float, units, optional
        Left out: sized when it fills, by the terms' sizing, or, if it closes a position, all of
        it. Such an order is never filled in parts.
    limit_price, stop_price : float, price, optional
    trail_distance : float, price, optional
    weight : float, fraction of equity, optional
        Size of an order without a quantity, where the sizing leaves it to the strategy.
    time_in_force : TimeInForce
        CLOSE fills a market order at the close of the bar.
    good_bars : int, optional
        Bars in which it may fill.
    bracket : Bracket, optional
    is_exit : bool
        Closes a position and never opens one.
    oco_group : int, optional
        Orders of one group: a fill of one cancels the others.
    submitted_ns : int, nanoseconds UTC

    Raises
    ------
    ValueError
        If the order type's price is missing, or a number is not above 0.
    """

    instrument: str
    side: Side
    order_type: OrderType = OrderType.MARKET
    quantity: float | None = None
    limit_price: float | None = None
    stop_price: float | None = None
    trail_distance: float | None = None
    weight: float | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    good_bars: int | None = None
    bracket: Bracket | None = None
    is_exit: bool = False
    oco_group: int | None = None
    submitted_ns: int = 0
    # the exchange's own record
    order_id: int = 0
    status: Status = Status.NEW
    is_triggered: bool = False
    filled_quantity: float = 0.0
    filled_value: float = 0.0
    reason: Reason = Reason.WAITS_FOR_OPEN
    reason_price: float = math.nan
    reason_level: float = math.nan

    def __post_init__(self) -> None:
        needed = NEEDED[self.order_type]
        for name in ("quantity", "limit_price", "stop_price", "trail_distance", "good_bars"):
            value = getattr(self, name)
            if name in needed and value is None:
                raise ValueError(f"a {self.order_type} order needs {name}")
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name} must be above 0, not {value}")
        if self.order_type is OrderType.TRAILING_STOP and not self.is_exit:
            raise ValueError("a trailing stop can only close a position")

    @property
    def remaining(self) -> float:
        """Units that wait to be filled; NaN if it is sized when it fills."""
        return math.nan if self.quantity is None else self.quantity - self.filled_quantity

    @property
    def average_price(self) -> float:
        """Mean price of the fills; NaN before the first."""
        return self.filled_value / self.filled_quantity if self.filled_quantity else math.nan

    @property
    def reason_text(self) -> str:
        """Why it filled, or why it has not filled so far."""
        return self.reason.text(self.reason_price, self.reason_level)

    def explain(
        self, reason: Reason, price: float = math.nan, level: float | None = math.nan
    ) -> None:
        """Keep why it filled or did not."""
        self.reason, self.reason_price = reason, price
        self.reason_level = math.nan if level is None else level

    def split(self, ratio: float) -> None:
        """Restate quantities and prices for new shares, `ratio` for each old one."""
        for name in ("limit_price", "stop_price", "trail_distance"):
            price = getattr(self, name)
            if price is not None:
                setattr(self, name, price / ratio)
        if self.quantity is not None:
            self.quantity *= ratio
            self.filled_quantity *= ratio
        if self.bracket is not None:
            self.bracket = self.bracket.after_split(ratio)

    def end(self, status: Status, reason: Reason, price: float = math.nan) -> None:
        """Take the order out of the book."""
        self.status = status
        self.explain(reason, price)


NEEDED: dict[OrderType, tuple[str, ...]] = {
    OrderType.MARKET: (),
    OrderType.LIMIT: ("limit_price",),
    OrderType.STOP: ("stop_price",),
    OrderType.STOP_LIMIT: ("limit_price", "stop_price"),
    OrderType.TRAILING_STOP: ("trail_distance",),
}


@dataclass(frozen=True, slots=True)
class Fill:
    """Units that changed hands.

    Attributes
    ----------
    order_id : int
        0 for a forced sale.
    at : int
        Number of the bar, or nanoseconds UTC of the quote.
    quantity : float, units
        Signed: above 0 bought, below 0 sold.
    price : float
        With slippage and half the spread.
    quoted_price : float
        Without.
    commission : float, account currency
    realised : float, account currency
        Profit of the part of a position it closed, before commissions.
    reason : Reason
    level : float, price
        The limit, stop or target it stood at; NaN for a market order.
    """

    order_id: int
    instrument: str
    at: int
    quantity: float
    price: float
    quoted_price: float
    commission: float
    realised: float
    reason: Reason
    level: float

    @property
    def reason_text(self) -> str:
        """Why it filled at this price, as a sentence."""
        return self.reason.text(self.quoted_price, self.level)
