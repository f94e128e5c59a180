"""What the pages say to somebody who is not signed in yet."""

import re

import numpy as np
import pytest
from django.test import Client

from backtests.engine import run
from backtests.selectors.samples import CASH, TERMS, sample_bars

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sample():
    return run("sma_cross", sample_bars(), {"fast": 10, "slow": 20}, cash=CASH, **TERMS)


@pytest.fixture
def page(anonymous: Client) -> str:
    return anonymous.get("/accounts/login/").content.decode()


def test_card_tells_what_a_run_gives(page, sample):
    closes, peaks = sample_bars().close, np.maximum.accumulate(sample.equity)
    returns = sample.equity[-1] / CASH - 1
    expected = [
        f"{100 * returns:+.1f}%",
        f"{100 * (closes[-1] / closes[sample.first_bar] - 1):+.1f}%",
        f"{100 * (sample.equity / peaks - 1).min():.1f}%",
    ]

    shown = re.findall(r"[+\u2212][\d.]+%", page)

    assert shown == [text.replace("-", "\u2212") for text in expected]


def test_curve_of_the_card_ends_where_the_run_does(page, sample):
    closes = sample_bars().close
    held, own = (
        [float(point.split(",")[1]) for point in points.split()]
        for points in re.findall(r'<polyline class="\w+" points="([^"]+)"', page)
    )

    per_money = (own[-1] - held[-1]) / (
        CASH * closes[-1] / closes[sample.first_bar] - sample.equity[-1]
    )
    start = own[0] - per_money * (CASH - sample.equity[0])
    assert own[-1] == pytest.approx(start + per_money * (CASH - sample.equity[-1]), abs=0.2)
    assert held[0] == pytest.approx(own[0], abs=0.2)
