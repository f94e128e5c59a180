"""Backtest runs as rows, with dull defaults: the concrete job of the platform's tests."""

import uuid
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import backtesting.test

from accounts.models import User
from backtests.models import BacktestRun
from market.models import BarSeries
from market.services import commit_upload, fetch_bars, stage_upload
from pulse.common import jobs

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOG_CSV = Path(backtesting.test.__file__).with_name("GOOG.csv")


def make_run(owner: User, *, asked_after: float = 0.0, **fields: Any) -> BacktestRun:
    """Make a run of no series, asked for `asked_after` seconds after `NOW`; no bell rings."""
    values: dict[str, Any] = {
        "owner": owner,
        "name": "SMA cross on nothing",
        "series_label": "nothing",
        "strategy": "sma_cross",
        "strategy_version": "1",
        "params": {"fast": 10, "slow": 20},
        "request_key": uuid.uuid4(),
        "requested_at": NOW + timedelta(seconds=asked_after),
    }
    return BacktestRun.objects.create(**{**values, **fields})


def running(run: BacktestRun, **fields: Any) -> BacktestRun:
    """Let this process claim `run`, then change its row."""
    assert jobs.claim(run, now=NOW)
    BacktestRun.objects.filter(pk=run.pk).update(**fields)
    run.refresh_from_db()
    return run


def make_series(owner: User, *, symbol: str = "SPY", n_days: int = 120) -> BarSeries:
    """Make a daily series of simulated bars."""
    return fetch_bars(
        owner=owner,
        symbol=symbol,
        timeframe="1d",
        start=NOW - timedelta(days=n_days),
        end=NOW,
        now=NOW,
    )


def make_goog(owner: User) -> BarSeries:
    """Upload and store backtesting.py's file of GOOG, 2004 to 2013."""
    upload = stage_upload(
        owner=owner,
        file=BytesIO(GOOG_CSV.read_bytes()),
        file_name=GOOG_CSV.name,
        symbol="GOOG",
        now=NOW,
    )
    return commit_upload(upload=upload, now=NOW)[0]
