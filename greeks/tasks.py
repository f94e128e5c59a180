"""Celery entry points of the options app."""

from celery import shared_task
from django.utils import timezone

from greeks.jobs import store_missing


@shared_task(ignore_result=True)
def snapshot_exposures(**_newer_args: object) -> None:
    """Store the exposure of sessions that have closed. Safe to deliver twice: one row a session."""
    store_missing(now=timezone.now())
