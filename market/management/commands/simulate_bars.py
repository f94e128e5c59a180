from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from market.engine import timeframe_ns
from market.services import fetch_bars


class Command(BaseCommand):
    help = "Store simulated bars in a user's library."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--symbol", default="BTC/USD")
        parser.add_argument("--user", required=True, help="e-mail address of the owner")
        parser.add_argument("--timeframe", default="1m")
        parser.add_argument("--start", type=datetime.fromisoformat)
        parser.add_argument("--end", type=datetime.fromisoformat)
        parser.add_argument("--bars", type=int, help="instead of --start, where trade never stops")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, **options: Any) -> None:
        owner = User.objects.filter(email__iexact=options["user"]).first()
        if owner is None:
            raise CommandError(f"No user has the address {options['user']}.")
        now = timezone.now()
        end = _aware(options["end"]) or now.replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            length = timedelta(microseconds=timeframe_ns(options["timeframe"]) // 1000)
            start = _aware(options["start"]) or end - length * (options["bars"] or 100_000)
            series = fetch_bars(
                owner=owner,
                symbol=options["symbol"],
                timeframe=options["timeframe"],
                start=start,
                end=end,
                now=now,
                seed=options["seed"],
                max_bars=30_000_000,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{series}: {series.n_rows:,} bars. SIMULATED.")


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo:
        return moment
    return moment.replace(tzinfo=UTC)
