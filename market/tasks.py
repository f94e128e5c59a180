"""Celery entry points of the market app."""

from celery import shared_task
from django.utils import timezone

from market import jobs
from pulse.common.folders import data_folder_is_ours


@shared_task(ignore_result=True)
def sweep_files(**_newer_args: object) -> None:
    """Discard forgotten uploads and remove files without a row. Safe to deliver twice."""
    now = timezone.now()
    jobs.discard_forgotten(now=now)
    if data_folder_is_ours():
        jobs.remove_lost_files(now=now)
