"""Whether a sign-in still holds, asked while a connection of it stays open."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest


def session_holds(*, session_key: str | None, user_id: int) -> bool:
    """Return whether a session still signs `user_id` in.

    Parameters
    ----------
    session_key : str or None
        Key of the session; None: there is none.
    user_id : int
        Who was signed in when the connection was opened.

    Notes
    -----
    It ends with sign-out, with a new password, with its term, and when the user is shut out.
    """
    if not session_key:
        return False
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return bool(user.is_authenticated and user.pk == user_id)
