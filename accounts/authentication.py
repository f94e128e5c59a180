"""Who asks the API: a personal key in `Authorization: Bearer …`, or the session of a page."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey, User
from accounts.services import use_api_key

AsgiApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class ApiKeyAuthentication(BaseAuthentication):
    """Accept `Authorization: Bearer pe_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return the owner and the key, None where no key was sent."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = use_api_key(secret=secret.strip(), now=timezone.now())
        if key is None:
            raise exceptions.AuthenticationFailed("This API key is unknown, expired or revoked.")
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that the refusal is a 401."""
        return "Bearer"


class HasScope(BasePermission):
    """A key needs `read` to look and `trade` to change; a signed-in page may do both."""

    message = "This API key has no scope for that."
    safe_scope: ClassVar[str] = ApiKey.Scope.READ
    unsafe_scope: ClassVar[str] = ApiKey.Scope.TRADE

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may do this."""
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiKey):
            return True
        is_safe = request.method in SAFE_METHODS
        needed = getattr(view, "scope", self.safe_scope if is_safe else self.unsafe_scope)
        return needed in request.auth.scopes


class ApiKeySocketMiddleware:
    """Let a socket in by API key, which no browser sends by itself, or by session and origin."""

    def __init__(self, *, with_key: AsgiApp, without_key: AsgiApp) -> None:
        self.with_key = with_key
        self.without_key = without_key

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Route one handshake."""
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer":
            await self.without_key(scope, receive, send)
            return
        key = await database_sync_to_async(use_api_key)(secret=secret.strip(), now=timezone.now())
        has_scope = key is not None and ApiKey.Scope.READ in key.scopes
        user = key.owner if key is not None and has_scope else AnonymousUser()
        holds = partial(_key_holds, secret.strip())
        await self.with_key({**scope, "user": user, "key_holds": holds}, receive, send)


def _key_holds(secret: str) -> bool:
    """Whether a key that opened a connection still may."""
    key = use_api_key(secret=secret, now=timezone.now())
    return key is not None and ApiKey.Scope.READ in key.scopes


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI file names the key."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the scheme as OpenAPI writes it."""
        return {"type": "http", "scheme": "bearer"}
