"""Print the gamma exposure of a symbol; simulated quotes need no database."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from greeks.engine.exposure import DEALER_SIGNS
from greeks.engine.exposure.profile import STICKY_RULES
from greeks.jobs import store_exposure
from greeks.management.sources import add_source_arguments, source_of_options
from greeks.selectors import exposure_document, exposure_view
from greeks.selectors.chains import EUROPEAN, EXERCISES
from greeks.selectors.exposures import DEFAULT_SIGNS
from greeks.selectors.sources import OptionSource, SimulatedSource
from market.models import ChainUpload
from pulse.common.errors import DomainError


class Command(BaseCommand):
    help = "Print dealer exposure of the options on a symbol, with the assumption behind it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_source_arguments(parser)
        parser.add_argument("--sign-model", choices=list(DEALER_SIGNS), default=DEFAULT_SIGNS)
        parser.add_argument(
            "--expiration", type=date.fromisoformat, help="one expiry, as 2026-12-18"
        )
        parser.add_argument("--sticky", choices=STICKY_RULES, default="strike")
        parser.add_argument("--exercise", choices=list(EXERCISES), default=EUROPEAN)
        parser.add_argument(
            "--store",
            action="store_true",
            help="keep the session in the history, by European exercise",
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        source, now = source_of_options(options), timezone.now()
        try:
            view = exposure_view(
                source,
                now=now,
                sign_model=options["sign_model"],
                sticky=options["sticky"],
                expiration=options["expiration"],
                exercise=options["exercise"],
            )
            stored = (
                store_exposure(source, owner_id=_owner_of(source), now=now)
                if options["store"]
                else []
            )
        except DomainError as refusal:
            raise CommandError(refusal.sentence) from refusal
        document = exposure_document(view)
        if options["json"]:
            self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, indent=1))
            return
        figures = {**document["totals"], **document["levels"]}
        for name, value in figures.items():
            text = "-" if value is None else f"{value:,.2f}"
            unit = document["units"].get(name, "level of the underlying")
            self.stdout.write(f"{name:<22}{text:>22}  {unit}")
        self.stdout.write(f"{document['assumption']} {document['source']}, {document['as_of']}")
        if stored:
            self.stdout.write(f"The exposure of {stored[0].session_on} is stored.")


def _owner_of(source: OptionSource) -> int | None:
    if isinstance(source, SimulatedSource):
        return None
    return ChainUpload.objects.get(pk=source.upload_id).owner_id
