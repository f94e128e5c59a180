"""The same request gives the same bits: from the engine alone, through a worker, and again."""

import hashlib
from typing import Any

import pytest

from accounts.models import User
from backtests.engine import read_bars, run
from backtests.engine.artifact import read_full_curve, read_trades
from backtests.models import BacktestRun
from backtests.selectors import artifact_folder
from backtests.services import request_run
from pulse.common import jobs
from tests.factories.runs import GOOG_CSV, NOW, make_goog

pytestmark = pytest.mark.django_db
PARAMS = {"fast": 10, "slow": 20}
# fractions that binary cannot write exactly: a column that rounds them would change the result
TERMS: dict[str, Any] = {
    "commission": 0.00123, "slippage": 0.00017, "spread": 0.0003, "borrow_rate": 0.031,
    "financing_rate": 0.047, "margin": 0.3, "stop_loss": 0.07, "take_profit": 0.19,
    "fractional": True,
}  # fmt: skip


def through_worker(user: User) -> tuple[BacktestRun, str]:
    """Run through the jobs; return the row, and the digest of its curve and trades."""
    row = request_run(
        owner=user, series=make_goog(user), strategy="sma_cross", params=PARAMS, now=NOW, **TERMS
    )
    jobs.run_next()
    row.refresh_from_db()
    folder = artifact_folder(row)
    trades = read_trades(folder)
    return row, digest(read_full_curve(folder).equity, trades["pnl"], trades["exit_price"])


def digest(*columns: Any) -> str:
    together = hashlib.sha256()
    for column in columns:
        together.update(column.astype("<f8").tobytes())
    return together.hexdigest()


def test_worker_gives_the_bits_of_the_engine(user: User, other_user: User) -> None:
    # the suite runs on SQLite and on PostgreSQL; the engine alone is the same on both
    alone = run("sma_cross", read_bars(GOOG_CSV), PARAMS, cash=10_000.0, **TERMS)

    first, first_digest = through_worker(user)
    again, again_digest = through_worker(other_user)

    expected = digest(alone.equity, alone.trades["pnl"], alone.trades["exit_price"])
    assert first_digest == again_digest == expected
    assert first.fingerprint == again.fingerprint == alone.fingerprint
    assert first.n_trades == alone.trades.size > 50
