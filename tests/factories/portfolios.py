"""Portfolios of simulated prices."""

from typing import Any

from accounts.models import User
from backtests.models import PortfolioRun
from backtests.services.portfolios import request_portfolio_run
from market.models import BarSeries
from pulse.common import jobs
from tests.factories.runs import NOW, make_series


def make_members(owner: User, *symbols: str, n_days: int = 200) -> list[BarSeries]:
    """Make a daily series of simulated bars for each symbol."""
    return [make_series(owner, symbol=symbol, n_days=n_days) for symbol in symbols]


def make_portfolio(owner: User, **more: Any) -> PortfolioRun:
    """Request equal parts of SPY and TLT, unless told otherwise."""
    series = more.pop("series", None) or make_members(owner, "SPY", "TLT")
    members = more.pop("members", None) or [{"series": each} for each in series]
    spec = {"strategy": "equal_weight", "params": {}, "commission": 0.001, **more}
    return request_portfolio_run(owner=owner, members=members, now=NOW, **spec)


def finished(run: PortfolioRun) -> PortfolioRun:
    """Let a worker run the queue; return the row as it is then."""
    jobs.run_next()
    run.refresh_from_db()
    return run
