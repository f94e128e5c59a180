"""Cash and positions: what fills, financing and marks do to them."""

from dataclasses import dataclass, field
from typing import NamedTuple

from backtests.engine.sizing import Sizing
from backtests.engine.state import ExitReason

YEAR_NS = 365.25 * 86_400e9


@dataclass(slots=True)
class Position:
    """Units of one instrument, their mean entry price, and what they have cost so far."""

    units: float = 0.0
    entry_price: float = 0.0
    mark: float = 0.0
    entered_at: int = 0
    commission: float = 0.0
    financing: float = 0.0

    @property
    def value(self) -> float:
        """Value at the latest mark; below 0 for a short position."""
        return self.units * self.mark

    @property
    def unrealised(self) -> float:
        """Profit at the latest mark, before costs."""
        return self.units * (self.mark - self.entry_price)


class ClosedTrade(NamedTuple):
    """A position, or a part of one, from entry to exit; the fields of `state.TRADE`."""

    entry_bar: int
    exit_bar: int
    size: float
    entry_price: float
    exit_price: float
    pnl: float
    commission: float
    exit_reason: int
    financing: float
    instrument: str


@dataclass(slots=True)
class Account:
    """One cash account over any number of instruments.

    Attributes
    ----------
    cash : float, account currency
        Realised: start, plus profits of closed trades, minus costs paid so far.
    positions : dict of str to Position
        Only those that hold units.
    marked_equity : float, account currency
        At the latest mark of all positions.
    """

    cash: float
    positions: dict[str, Position] = field(default_factory=dict)
    trades: list[ClosedTrade] = field(default_factory=list)
    marked_equity: float = 0.0
    commissions: float = 0.0
    slippage_paid: float = 0.0
    financing_paid: float = 0.0
    dividends: float = 0.0
    traded_value: float = 0.0
    n_wins: int = 0
    n_losses: int = 0
    sum_win: float = 0.0
    sum_loss: float = 0.0

    def __post_init__(self) -> None:
        self.marked_equity = self.cash

    @property
    def equity(self) -> float:
        """Cash and unrealised profit at the latest marks."""
        return self.cash + sum(p.unrealised for p in self.positions.values())

    @property
    def ledger_cash(self) -> float:
        """Money on the account: below 0 if borrowed, above equity if a short sale was paid in."""
        return self.cash - sum(p.units * p.entry_price for p in self.positions.values())

    def free_cash(self, margin: float) -> float:
        """Return equity that margins no position."""
        return self.equity - margin * sum(abs(p.value) for p in self.positions.values())

    def units_of(self, instrument: str) -> float:
        """Return signed units; 0 if none are held."""
        position = self.positions.get(instrument)
        return position.units if position else 0.0

    def count_fill(self, commission: float, value: float, slippage: float) -> None:
        """Add a fill to the totals of what trading cost."""
        self.commissions += commission
        self.traded_value += value
        self.slippage_paid += slippage

    def enter(
        self, instrument: str, units: float, price: float, commission: float, at: int
    ) -> None:
        """Open a position, or add to one at the mean of both prices."""
        self.cash -= commission
        held = self.positions.get(instrument)
        if held is None:
            self.positions[instrument] = Position(units, price, price, at, commission)
            return
        total = held.units + units
        held.entry_price = (held.units * held.entry_price + units * price) / total
        held.units, held.mark = total, price
        held.commission += commission

    def leave(
        self,
        instrument: str,
        units: float,
        price: float,
        commission: float,
        at: int,
        reason: ExitReason,
    ) -> float:
        """Close `units` (unsigned) of a position; return the profit before commissions."""
        held = self.positions[instrument]
        share = min(units / abs(held.units), 1.0)
        size = held.units * share
        entry_commission, financing = held.commission * share, held.financing * share
        gross = size * (price - held.entry_price)
        pnl = gross - commission - entry_commission - financing
        self.cash += gross - commission
        self.trades.append(
            ClosedTrade(
                held.entered_at,
                at,
                size,
                held.entry_price,
                price,
                pnl,
                commission + entry_commission,
                int(reason),
                financing,
                instrument,
            )
        )
        self._count(pnl)
        if share >= 1.0:
            del self.positions[instrument]
            return gross
        held.units -= size
        held.commission -= entry_commission
        held.financing -= financing
        return gross

    def split(self, instrument: str, ratio: float, *, is_whole: bool) -> None:
        """Make `ratio` shares of each; a part of a share is paid out at the mark if `is_whole`."""
        held = self.positions.get(instrument)
        if held is None:
            return
        held.units *= ratio
        held.entry_price /= ratio
        held.mark /= ratio
        whole = float(int(held.units))
        if is_whole and whole != held.units:
            self.cash += (held.units - whole) * (held.mark - held.entry_price)
            held.units = whole
        if held.units == 0.0:
            del self.positions[instrument]

    def receive_dividend(self, instrument: str, amount: float) -> None:
        """Receive cash for each unit held, or pay it if short."""
        paid = self.units_of(instrument) * amount
        self.cash += paid
        self.dividends += paid

    def _count(self, pnl: float) -> None:
        if pnl > 0.0:
            self.n_wins += 1
            self.sum_win += pnl
        elif pnl < 0.0:
            self.n_losses += 1
            self.sum_loss -= pnl

    def kelly_fraction(self, sizing: Sizing) -> float:
        """Return the fraction of equity by Kelly's rule over the trades so far; see `Sizing`."""
        if len(self.trades) < sizing.min_trades:
            return sizing.cap
        if not self.n_wins or not self.n_losses:
            return 0.0
        wins = self.n_wins / len(self.trades)
        payoff = (self.sum_win / self.n_wins) / (self.sum_loss / self.n_losses)
        return min(sizing.cap, max(0.0, sizing.value * (wins - (1.0 - wins) / payoff)))

    def accrue(self, span_ns: int, borrow_rate: float, financing_rate: float) -> None:
        """Charge short positions for borrowing, and long ones for what equity does not cover."""
        long_value = sum(p.value for p in self.positions.values() if p.units > 0.0)
        borrowed = max(0.0, long_value - self.marked_equity)
        for position in self.positions.values():
            if position.units < 0.0:
                cost = -position.value * borrow_rate * span_ns / YEAR_NS
            else:
                share = position.value / long_value
                cost = borrowed * share * financing_rate * span_ns / YEAR_NS
            self.cash -= cost
            position.financing += cost
            self.financing_paid += cost

    def mark(self, prices: dict[str, float]) -> float:
        """Value positions at these prices; return equity."""
        for instrument, position in self.positions.items():
            position.mark = prices.get(instrument, position.mark)
        self.marked_equity = self.equity
        return self.marked_equity

    def liquidation_price(self, instrument: str, maintenance: float) -> float | None:
        """Return the price at which equity is the maintenance margin, other marks unchanged.

        Notes
        -----
        Solves ``cash + units * (p - entry) = maintenance * |units| * p`` for one position.
        """
        if maintenance <= 0.0:
            return None
        held = self.positions[instrument]
        spare = self.cash
        for name, other in self.positions.items():
            if name != instrument:
                spare += other.unrealised - maintenance * abs(other.value)
        sign = 1.0 if held.units > 0.0 else -1.0
        scale = held.units * (1.0 - sign * maintenance)
        return (held.units * held.entry_price - spare) / scale
