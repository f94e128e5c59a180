"""A sample run of each strategy on simulated prices."""

import pytest
from django.test import Client

from backtests.engine import registry, run
from backtests.selectors.samples import CASH, TERMS, sample_bars, sample_run


def test_sample_is_the_run_of_the_engine_on_simulated_bars() -> None:
    result = run("sma_cross", sample_bars(), cash=CASH, **TERMS)

    sample = sample_run("sma_cross")

    assert sample.equity[-1] == round(float(result.equity[-1]), 2)
    assert sample.n_trades == result.trades.size
    closes = sample_bars().close  # SMA(20) is there from the twentieth on
    assert sample.held[-1] == round(CASH * closes[-1] / closes[19], 2)


@pytest.mark.parametrize("name", registry.strategies())
def test_every_strategy_trades_on_its_page(client: Client, name: str) -> None:
    page = client.get(f"/strategies/{name}/").content.decode()
    chart = client.get(f"/strategies/{name}/sample.json").json()

    assert "SIMULATED" in page
    assert f"/strategies/{name}/sample.json" in page
    assert 2 <= len(chart["time"]) <= 400
    assert {len(series["values"]) for series in chart["series"]} == {len(chart["time"])}


def test_sample_of_no_strategy_is_not_found(client: Client) -> None:
    assert client.get("/strategies/none/sample.json").status_code == 404
