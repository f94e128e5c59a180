"""The Celery application: the bell that wakes workers (the job rows are the truth)."""

import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pulse.settings")

app = Celery("pulse")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _load_kernels(**_signal: object) -> None:
    """Let no job of this worker wait for the compiler."""
    from pulse.warm import load_kernels  # noqa: PLC0415 -- loads the compiler

    load_kernels()
