"""The demo user and its sample data."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.selectors import profile_of
from market.services import install_demo_data

DEMO_EMAIL = "demo@example.com"


class Command(BaseCommand):
    help = "Make demo@example.com with the password DEMO_PASSWORD and its sample data."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_PASSWORD:
            self.stdout.write("DEMO_PASSWORD is empty: no demo user.")
            return
        user = User.objects.filter(email=DEMO_EMAIL).first()
        if user is None:
            user = _make_user()
        elif not user.check_password(settings.DEMO_PASSWORD):
            user.set_password(settings.DEMO_PASSWORD)
            user.save(update_fields=["password"])
        install_demo_data(owner=user, now=timezone.now())


@transaction.atomic
def _make_user() -> User:
    user = User.objects.create_user(
        DEMO_EMAIL, settings.DEMO_PASSWORD, first_name="Demo", last_name="Trader"
    )
    EmailAddress.objects.create(user=user, email=DEMO_EMAIL, verified=True, primary=True)
    profile_of(user)
    return user
