"""Compile every kernel into the disk cache."""

from typing import Any

from django.core.management.base import BaseCommand

from pulse.common.kernels import note_kernels_cached
from pulse.warm import load_kernels


class Command(BaseCommand):
    help = "Compile the numeric kernels into the cache, so that no server has to."

    def handle(self, *args: Any, **options: Any) -> None:
        load_kernels()
        note_kernels_cached()
