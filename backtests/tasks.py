"""Celery entry points of the backtests app."""

from celery import shared_task
from django.utils import timezone

from backtests.jobs import remove_lost_results
from pulse.common.folders import data_folder_is_ours


@shared_task(ignore_result=True)
def sweep_files(**_newer_args: object) -> None:
    """Remove results whose run is gone. Safe to deliver twice."""
    if data_folder_is_ours():
        remove_lost_results(now=timezone.now())
