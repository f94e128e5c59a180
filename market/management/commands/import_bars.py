from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from market.services import commit_upload, stage_upload


class Command(BaseCommand):
    help = "Store the bars of a CSV or Parquet file in a user's library."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--symbol", required=True)
        parser.add_argument("--user", required=True, help="e-mail address of the owner")
        parser.add_argument("--timeframe", default="", help="read off the file if left out")
        parser.add_argument("--calendar", default="", help="guessed if left out")
        parser.add_argument("--zone", default="UTC", help="zone of times without one")
        parser.add_argument("--stamped-by", choices=["auto", "open", "close"], default="auto")
        parser.add_argument("--skip-bad-rows", action="store_true")

    def handle(self, **options: Any) -> None:
        owner = User.objects.filter(email__iexact=options["user"]).first()
        if owner is None:
            raise CommandError(f"No user has the address {options['user']}.")
        try:
            with options["file"].open("rb") as file:
                upload = stage_upload(
                    owner=owner,
                    file=file,
                    file_name=options["file"].name,
                    symbol=options["symbol"],
                    now=timezone.now(),
                    timeframe=options["timeframe"],
                    zone=options["zone"],
                    calendar=options["calendar"],
                    stamped_by=options["stamped_by"],
                )
            for issue in upload.issues:
                self.stderr.write(f"row {issue['line']}, {issue['column']}: {issue['reason']}")
            series, merged = commit_upload(
                upload=upload,
                now=timezone.now(),
                on_bad_rows="skip" if options["skip_bad_rows"] else "refuse",
            )
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"{series}: {merged.n_added:,} bars added, {merged.n_corrected:,} corrected, "
            f"{series.n_rows:,} in all."
        )
