"""What a rule document says, as typed nodes without anything left to check."""

from dataclasses import dataclass

from market.engine.indicators import INDICATORS, Indicator

PRICES = ("open", "high", "low", "close", "volume", "middle", "typical")
SOURCES = ("open", "high", "low", "close", "volume")
RELATIONS = ("above", "below", "at_least", "at_most")
DIRECTIONS = ("above", "below")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ENTRIES = ("enter_long", "enter_short")
EXITS = ("exit_long", "exit_short")
DISTANCES = ("stop_loss", "take_profit", "trail")
SIZES = ("percent_of_equity", "cash", "units")


@dataclass(frozen=True)
class Constant:
    """A number."""

    value: float

    @property
    def lookback(self) -> int:
        """Bars needed before the first value."""
        return 0


@dataclass(frozen=True)
class Price:
    """A column of the bars: `times` its value `lag` bars ago."""

    column: str
    lag: int = 0
    times: float = 1.0

    @property
    def lookback(self) -> int:
        """Bars needed before the first value."""
        return self.lag


@dataclass(frozen=True)
class Reading:
    """An output of an indicator: `times` its value `lag` bars ago."""

    name: str
    values: tuple[float, ...]
    output: int = 0
    source: str = "close"
    lag: int = 0
    times: float = 1.0

    @property
    def indicator(self) -> Indicator:
        """The indicator that is read."""
        return INDICATORS[self.name]

    @property
    def lookback(self) -> int:
        """Bars needed before the first value."""
        return self.indicator.warm_up(*self.values) + self.lag


Value = Constant | Price | Reading


@dataclass(frozen=True)
class Compare:
    """Whether `left` stands in a relation to `right`."""

    relation: str
    left: Value
    right: Value

    @property
    def lookback(self) -> int:
        """Bars needed before the first value."""
        return max(self.left.lookback, self.right.lookback)


@dataclass(frozen=True)
class Cross:
    """Whether `left` comes to lie above or below `right` on this bar."""

    direction: str
    left: Value
    right: Value

    @property
    def lookback(self) -> int:
        """Bars needed before the first value."""
        return max(self.left.lookback, self.right.lookback)


@dataclass(frozen=True)
class Group:
    """Whether all, or any, of several conditions hold."""

    word: str
    parts: tuple["Condition", ...]

    @property
    def lookback(self) -> int:
        """Bars needed before the first value."""
        return max(part.lookback for part in self.parts)


@dataclass(frozen=True)
class Not:
    """Whether a condition does not hold."""

    part: "Condition"

    @property
    def lookback(self) -> int:
        """Bars needed before the first value."""
        return self.part.lookback


Condition = Compare | Cross | Group | Not


@dataclass(frozen=True)
class Distance:
    """How far a level stands from the close of the signal: percent of it, or ATRs."""

    amount: float
    atr_window: int | None = None

    @property
    def lookback(self) -> int:
        """Bars needed before the first value."""
        return self.atr_window or 0


@dataclass(frozen=True)
class Size:
    """How much an entry trades."""

    kind: str
    amount: float


@dataclass(frozen=True)
class Session:
    """When entries are allowed: minutes of the day [start, end) in a zone, on some weekdays."""

    start: int
    end: int
    zone: str
    days: tuple[int, ...]
    is_flat_at_end: bool


@dataclass(frozen=True)
class Rules:
    """A whole rule strategy."""

    enter_long: Condition | None = None
    exit_long: Condition | None = None
    enter_short: Condition | None = None
    exit_short: Condition | None = None
    stop_loss: Distance | None = None
    take_profit: Distance | None = None
    trail: Distance | None = None
    size: Size | None = None
    session: Session | None = None

    @property
    def lookback(self) -> int:
        """Bars before every part of the rules has a value."""
        names = (*ENTRIES, *EXITS, *DISTANCES)
        parts = (getattr(self, name) for name in names)
        return max((part.lookback for part in parts if part is not None), default=0)

    @property
    def readings(self) -> list[Reading]:
        """Every indicator that is read, in the order of the rules."""
        found: list[Reading] = []
        queue: list[Condition | Value | None] = [
            getattr(self, name) for name in reversed((*ENTRIES, *EXITS))
        ]
        while queue:
            node = queue.pop()
            match node:
                case Reading():
                    found.append(node)
                case Compare() | Cross():
                    queue += [node.right, node.left]
                case Group(_, parts):
                    queue += reversed(parts)
                case Not(part):
                    queue.append(part)
        return found
