"""What trading costs and how large positions are, by arithmetic."""

import numpy as np
import pytest

from backtests.engine import Sizing, run
from tests.backtests.engine.data import Scripted, bars_of

ROUND_TRIP = {"entry_long": [0], "exit_long": [1]}


def traded(rows=(100, 100, 110, 110), flags=ROUND_TRIP, volume=1e6, **terms):
    """Buy at the second bar's open, sell at the third's."""
    bars = bars_of(rows, volume)
    return run(Scripted(len(bars), **flags), bars, **{"cash": 10_000.0} | terms)


def test_commission_and_fixed_fee_are_charged_on_both_sides():
    """floor((10000 - 1) / (100 * 1.01)) = 99 units."""
    trade = traded(commission=0.01, commission_fixed=1.0).trades[0]

    assert trade["size"] == 99
    assert trade["commission"] == pytest.approx(99 * 100 * 0.01 + 1 + 99 * 110 * 0.01 + 1)
    assert trade["pnl"] == pytest.approx(99 * 10 - trade["commission"])


def test_slippage_and_half_the_spread_worsen_every_fill():
    """100 * (1 + 0.01 + 0.01) and 110 * (1 - 0.02)."""
    result = traded(slippage=0.01, spread=0.02)

    assert result.trades["entry_price"][0] == pytest.approx(102.0)
    assert result.trades["exit_price"][0] == pytest.approx(107.8)
    assert result.costs.slippage_and_spread == pytest.approx(98 * 2.0 + 98 * 2.2)


def test_per_share_commission_has_a_minimum():
    """floor(10000 / 100.005) = 99 units; 99 * 0.005 is below 1."""
    assert traded(commission_per_unit=0.005, commission_min=1.0).costs.commissions == 2.0


def test_commission_falls_with_the_traded_value():
    """The entry of 9,900 is charged 1 %, the exit, with 9,900 traded, half of it."""
    result = traded(commission=0.01, commission_tiers=[(5_000, 0.005)])

    assert result.costs.commissions == pytest.approx(99 * 100 * 0.01 + 99 * 110 * 0.005)


def test_impact_grows_with_the_square_of_the_share_of_volume():
    """10 of 100 units: 0.1 * 0.1 ** 2 = 0.1 % of the price."""
    result = traded(volume=100, slippage_impact=0.1, sizing=Sizing.units(10))

    assert result.trades["entry_price"][0] == pytest.approx(100.1)
    assert result.trades["exit_price"][0] == pytest.approx(110 * 0.999)


def test_volume_limit_caps_an_entry():
    assert traded(volume=200, volume_limit=0.1).trades["size"].tolist() == [20]


def test_short_pays_to_borrow_for_the_time_it_is_held():
    """100 units short at 100 over the closes of bars 1 and 2: one day on 10,000."""
    flags = {"entry_short": [0], "exit_short": [1]}

    result = traded((100, 100, 100, 100), flags, borrow_rate=0.1)

    assert result.costs.financing == pytest.approx(10_000 * 0.1 / 365.25)
    assert result.trades["pnl"][0] == pytest.approx(-10_000 * 0.1 / 365.25)


def test_long_pays_interest_on_what_it_borrows():
    """200 units at 100 on 10,000 of equity."""
    result = traded((100, 100, 100, 100), margin=0.5, financing_rate=0.1)

    assert result.costs.financing == pytest.approx(10_000 * 0.1 / 365.25)


@pytest.mark.parametrize(
    ("sizing", "size"),
    [
        pytest.param(Sizing(), 100, id="all cash"),
        pytest.param(Sizing.units(7), 7, id="units"),
        pytest.param(Sizing.cash(2_550), 25, id="cash"),
        pytest.param(Sizing.equity(0.5), 50, id="half of equity"),
        pytest.param(Sizing.equity(3.0), 100, id="more than can be paid"),
        pytest.param(Sizing.kelly(cap=0.3), 30, id="kelly before it has seen trades"),
    ],
)
def test_size_follows_its_rule(sizing, size):
    assert traded(sizing=sizing).trades["size"].tolist() == [size]


def test_units_that_cannot_be_paid_are_refused_and_counted():
    result = traded(sizing=Sizing.units(101))

    assert (len(result.trades), result.n_refused) == (0, 1)


def test_volatility_target_scales_with_the_latest_returns():
    """Daily log returns alternate between 1 % and -1 %; the series shows 365.25 bars a year."""
    steps = np.where(np.arange(12) % 2, 0.01, -0.01)
    rows = (100 * np.exp(np.concatenate(([0.0], np.cumsum(steps))))).tolist()
    spread = np.std(steps[:9], ddof=1) * np.sqrt(365.25)

    result = traded(
        rows,
        {"entry_long": [9], "exit_long": [10]},
        fractional=True,
        sizing=Sizing.volatility(0.1, window=9),
    )

    assert result.trades["size"][0] == pytest.approx(0.1 / spread * 10_000 / rows[10])


def test_kelly_uses_the_trades_so_far():
    """Wins of 20 % and losses of 10 % of equity alternate: W = 1/2, so f = W - (1 - W) / R."""
    rows = [100, 100, 120, 120, 108, 108, 108, 108]
    flags = {"entry_long": [0, 2, 4], "exit_long": [1, 3, 5]}
    gain, loss = 0.2 * 10_000, 0.1 * 12_000

    result = traded(rows, flags, fractional=True, sizing=Sizing.kelly(1.0, min_trades=2))

    fraction = 0.5 - 0.5 / (gain / loss)
    assert result.trades["size"][2] == pytest.approx(fraction * 10_800 / 108)


def test_weight_of_the_strategy_is_a_fraction_of_equity():
    bars = bars_of([100, 100, 110])
    strategy = Scripted(3, entry_long=[0], weight=np.array([0.95, np.nan, np.nan]))

    assert run(strategy, bars, cash=10_000.0).open_trade.size == 95


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("cash", 0.0), ("cash", np.nan), ("commission", 1.0), ("commission_fixed", -1.0)),
        *(("margin", 0.0), ("margin", 1.5), ("slippage", -0.1), ("spread", 1.0)),
        *(("side", "up"), ("fill", "open"), ("intrabar", "lucky"), ("delay", -1)),
        *(("stop_loss", 1.0), ("take_profit", 0.0), ("trail", 0.0), ("maintenance", 0.99)),
        ("commission_tiers", [(2.0, 0.1), (1.0, 0.1)]),
    ],
)
def test_term_out_of_range_is_refused_by_name(name, value):
    terms = {"margin": 0.5} if name == "maintenance" else {}

    with pytest.raises(ValueError, match=name):
        traded(**terms | {name: value})
