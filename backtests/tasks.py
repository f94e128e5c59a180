"""Celery entry points of the backtests app."""

from celery import shared_task
from django.utils import timezone

from backtests.jobs import remove_lost_results


@shared_task(ignore_result=True)
def sweep_files(**_newer_args: object) -> None:
    """Remove results whose run is gone. Safe to deliver twice."""
    remove_lost_results(now=timezone.now())
