"""Users with dull defaults."""

from itertools import count
from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def make_user(**fields: Any) -> User:
    """Make a user with a verified address and the password `PASSWORD`."""
    email = fields.pop("email", f"trader{next(_numbers)}@example.com")
    user = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
