"""What the command palette finds: pages, strategies, and the caller's own series and runs."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import reverse

from backtests.engine.registry import portfolio_strategies, strategies
from backtests.selectors import runs_visible_to
from backtests.selectors.portfolios import portfolio_runs_visible_to
from backtests.selectors.strategies import strategies_visible_to
from market.selectors import series_visible_to

LIMIT = 6
PAGES = (
    ("New backtest", "backtests:run_create", "chart"),
    ("Portfolio backtests", "backtests:portfolio_list", "chart"),
    ("New portfolio backtest", "backtests:portfolio_create", "chart"),
    ("New strategy", "backtests:strategy_create", "strategy"),
    ("Option calculator", "greeks:calculator", "options"),
    ("Option chain", "greeks:chain", "options"),
    ("Your option chains", "greeks:chain_uploads", "options"),
    ("Upload an option chain", "greeks:chain_upload_create", "options"),
    ("Option strategies", "greeks:strategy", "options"),
    ("Option positions", "greeks:positions", "options"),
    ("Volatility surface", "greeks:surface", "options"),
    ("Gamma exposure", "greeks:exposure", "options"),
    ("Exposure history", "greeks:history", "options"),
    ("Upload bars", "market:upload_create", "data"),
    ("Simulate bars", "market:series_simulate", "data"),
    ("Jobs", "job_list", "jobs"),
    ("Profile", "accounts:profile", "settings"),
    ("API keys", "accounts:api_key_list", "key"),
    ("Change password", "account_change_password", "key"),
    ("About PulseEngine", "about", "info"),
)


class Hit(NamedTuple):
    """One line of the palette."""

    label: str
    note: str
    url: str
    icon: str


def find(user: Any, words: str) -> list[Hit]:
    """Return pages, strategies and what `user` owns that match `words`; nothing for no words."""
    words = words.strip()[:80]
    if not words:
        return []
    pages = [
        Hit(label, "Page", reverse(view), icon)
        for label, view, icon in PAGES
        if all(word in label.lower() for word in words.lower().split())
    ]
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
    return [*pages[:LIMIT], *series, *_strategies(user, words), *runs, *portfolios]


def _strategies(user: Any, words: str) -> list[Hit]:
    saved = [
        Hit(row.name, "Your strategy", row.get_absolute_url(), "strategy")
        for row in strategies_visible_to(user).filter(name__icontains=words)[:LIMIT]
    ]
    return [*saved, *list(_known_strategies(words.lower()))[:LIMIT]]


def _known_strategies(words: str) -> Iterator[Hit]:
    for name, one in strategies().items():
        if words in one.label.lower() or words in name:
            url = reverse("backtests:strategy_detail", args=[name])
            yield Hit(one.label, "Strategy", url, "strategy")
    for name, rule in portfolio_strategies().items():
        if words in rule.label.lower() or words in name:
            url = reverse("backtests:portfolio_strategy", args=[name])
            yield Hit(rule.label, "Portfolio strategy", url, "strategy")
