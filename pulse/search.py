"""What the command palette finds: the caller's own series, runs, and the strategies."""

from typing import Any, NamedTuple

from backtests.selectors import runs_visible_to
from backtests.selectors.portfolios import portfolio_runs_visible_to
from market.selectors import series_visible_to

LIMIT = 6


class Hit(NamedTuple):
    """One line of the palette."""

    label: str
    note: str
    url: str
    icon: str


def find(user: Any, words: str) -> list[Hit]:
    """Return what `user` owns that matches `words`, best kinds first; nothing for no words."""
    words = words.strip()[:80]
    if not words:
        return []
    series = [
        Hit(str(row), "Data", row.get_absolute_url(), "data")
        for row in series_visible_to(user).filter(instrument__symbol__icontains=words)[:LIMIT]
    ]
    runs = [
        Hit(str(row), "Backtest", row.get_absolute_url(), "chart")
        for row in runs_visible_to(user).filter(name__icontains=words)[:LIMIT]
    ]
    portfolios = [
        Hit(str(row), "Portfolio backtest", row.get_absolute_url(), "chart")
        for row in portfolio_runs_visible_to(user).filter(name__icontains=words)[:LIMIT]
    ]
    return series + runs + portfolios
