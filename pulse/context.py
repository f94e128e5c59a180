"""What the frame of every page needs: navigation, mode, preferences, request id."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from pulse.common.jobs import n_active_jobs_of


class Entry(NamedTuple):
    """One page of the navigation; `key` follows `g` on the keyboard."""

    label: str
    view: str
    icon: str
    key: str


GROUPS = (
    (Entry("Dashboard", "dashboard", "home", "d"),),
    (
        Entry("Backtests", "backtests:run_list", "chart", "b"),
        Entry("Strategies", "backtests:strategy_list", "strategy", "s"),
        Entry("Options", "greeks:calculator", "options", "o"),
    ),
    (
        Entry("Data library", "market:series_list", "data", "l"),
        Entry("API", "api_docs", "tools", "a"),
    ),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the page's frame."""
    context: dict[str, Any] = {
        "request_id": getattr(request, "request_id", ""),
        "trading_mode": "PAPER",
        "mail_is_printed": settings.EMAIL_BACKEND.endswith(".console.EmailBackend"),
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context |= {
            "navigation": navigation(request.path),
            "active_jobs": n_active_jobs_of(user.pk),
            "user_profile": getattr(user, "profile", None),
        }
    return context


def navigation(path: str) -> list[list[dict[str, Any]]]:
    """Return the groups of pages, the present one marked."""
    return [[_entry(entry, path) for entry in group] for group in GROUPS]


def _entry(entry: Entry, path: str) -> dict[str, Any]:
    url = reverse(entry.view)
    active = path == url if url == "/" else path.startswith(url)
    return {**entry._asdict(), "url": url, "active": active}
