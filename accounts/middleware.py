"""The signed-in user's own time zone, for every page."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.selectors import profile_of


class ProfileMiddleware:
    """Show times in the zone that the user stored, not in the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Activate the stored zone for this request only."""
        if request.user.is_authenticated and not request.path.startswith("/api/"):
            with timezone.override(zoneinfo.ZoneInfo(profile_of(request.user).time_zone)):
                return self.get_response(request)
        return self.get_response(request)
