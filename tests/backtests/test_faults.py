"""Strategies and bars that do not fit: the run fails with a sentence, the worker goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from django.test import Client

from accounts.models import User
from backtests.engine import Signals, Strategy
from backtests.engine.registry import catalogue
from backtests.models import BacktestRun
from backtests.selectors.analysis import read_analysis, trust_lines
from backtests.services import request_run
from market.models import BarSeries
from market.services import fetch_bars
from pulse.common import jobs
from tests.factories.runs import GOOG_CSV, NOW, make_goog, make_series

pytestmark = pytest.mark.django_db


class Breaks(Strategy):
    name: ClassVar[str] = "breaks"
    label: ClassVar[str] = "Breaks"

    def signals(self, bars: Any, params: Any) -> Signals:
        raise ZeroDivisionError("nothing to divide")


class Short(Strategy):
    name: ClassVar[str] = "short_answer"
    label: ClassVar[str] = "Short answer"

    def signals(self, bars: Any, params: Any) -> Signals:
        return Signals(*(np.zeros(3, dtype=bool) for _ in range(4)))


class Silent(Strategy):
    name: ClassVar[str] = "silent"
    label: ClassVar[str] = "Silent"

    def signals(self, bars: Any, params: Any) -> Signals:
        return None  # type: ignore[return-value]  # the fault under test


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kinds = {kind.name: f"{__name__}:{kind.__name__}" for kind in (Breaks, Short, Silent)}
    points = [_Point(name, value) for name, value in kinds.items()]
    monkeypatch.setattr(
        "backtests.engine.registry.entry_points", lambda group: points if group else []
    )
    catalogue.cache_clear()
    yield
    catalogue.cache_clear()


class _Point:
    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value


def ran(owner: User, series: BarSeries, strategy: str, **spec: Any) -> BacktestRun:
    run = request_run(
        owner=owner, series=series, strategy=strategy, params=spec.pop("params", {}), now=NOW,
        **spec,
    )  # fmt: skip
    jobs.run_next()
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ("breaks", "Breaks raised ZeroDivisionError: nothing to divide."),
        ("short_answer", "Short answer returned 3 signals for"),
        ("silent", "Silent returned NoneType, not Signals."),
    ],
)
def test_plugin_that_breaks_fails_its_run_with_a_sentence(
    user: User, strategy: str, words: str
) -> None:
    run = ran(user, make_series(user), strategy)

    assert run.status == BacktestRun.Status.FAILED
    assert run.error_code == "strategy_failed"
    assert words in run.error_message


def test_run_shorter_than_the_warm_up_says_why_there_are_no_trades(user: User, client: Any) -> None:
    run = ran(user, make_series(user, n_days=30), "sma_cross", params={"fast": 50, "slow": 200})

    assert run.status == BacktestRun.Status.SUCCEEDED
    assert run.n_trades == 0
    assert b"No trades." in client.get(run.get_absolute_url()).content


def test_run_on_a_single_bar_ends_with_the_starting_cash(user: User) -> None:
    series = make_series(user, n_days=30)
    last = series.last_at
    assert last is not None

    run = ran(user, series, "sma_cross", params={"fast": 5, "slow": 10}, starts_at=last)

    assert run.status == BacktestRun.Status.SUCCEEDED
    assert run.n_bars == 1
    assert run.metrics is not None
    assert run.metrics["equity_final"] == 10_000


def test_size_by_volatility_on_two_days_is_refused_with_a_sentence(user: User) -> None:
    start = NOW - timedelta(days=2)
    minutes = fetch_bars(owner=user, symbol="SPY", timeframe="1m", start=start, end=NOW, now=NOW)

    run = ran(user, minutes, "buy_and_hold", sizing="volatility", size_value=0.1)

    assert run.status == BacktestRun.Status.FAILED
    assert run.error_code == "run_refused"
    assert run.error_message == "Bars of less than a week show no bars per year to size by."


def test_page_says_that_the_account_was_used_up_and_when(user: User, client: Client) -> None:
    # a hundred times ten thousand in shares: a fall of one per cent from the entry takes it all
    start = datetime(2008, 1, 2, tzinfo=UTC)
    run = ran(user, make_goog(user), "buy_and_hold", margin=0.01, starts_at=start)

    page = client.get(run.get_absolute_url()).content.decode()

    prices = pd.read_csv(GOOG_CSV, index_col=0)["2008-01-03":]
    units = 10_000 * 100 // prices["Open"].iloc[0]
    equity = 10_000 + units * (prices["Close"] - prices["Open"].iloc[0])
    gone = equity[equity <= 0].index[0]
    assert "The account was used up." in page
    assert f"of {gone}" in page


def test_entries_that_cash_did_not_pay_for_are_told(user: User) -> None:
    run = ran(user, make_goog(user), "sma_cross", initial_cash=Decimal(300), side="long")

    lines = {line.title: line.words for line in trust_lines(run, read_analysis(run))}

    assert run.n_trades
    assert run.assumptions["n_refused"] > 0
    assert lines["Refused entries"].startswith(f"{run.assumptions['n_refused']} signals")
