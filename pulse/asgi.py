"""The ASGI application: pages and API, and the sockets behind origin and sign-in checks."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pulse.settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402 -- needs the app registry
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

from accounts.authentication import ApiKeySocketMiddleware  # noqa: E402
from pulse.common.bodies import leave_bodies_to_django  # noqa: E402
from pulse.common.consumers import NotFoundConsumer  # noqa: E402
from pulse.common.limits import BodyLimit  # noqa: E402
from pulse.common.routing import websocket_urlpatterns  # noqa: E402

leave_bodies_to_django()
FORM_BYTES = 2**20  # what a form carries beside its file

routes = URLRouter([*websocket_urlpatterns, re_path(r"^.*$", NotFoundConsumer.as_asgi())])
application = ProtocolTypeRouter(
    {
        "http": BodyLimit(http, max_bytes=settings.MAX_UPLOAD_BYTES + FORM_BYTES),
        "websocket": ApiKeySocketMiddleware(
            with_key=routes,
            without_key=AllowedHostsOriginValidator(AuthMiddlewareStack(routes)),
        ),
    }
)
