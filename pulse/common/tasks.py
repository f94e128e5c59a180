"""Celery entry points of the platform."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from pulse.common import jobs
from pulse.common.models import IdempotencyRecord, OutboxEvent

KEEP_EVENTS = timedelta(days=7)
KEEP_KEYS = timedelta(days=2)


@shared_task(acks_late=True, ignore_result=True)
def run_next_job(**_newer_args: object) -> None:
    """Run the next job that may start. Safe to deliver twice: jobs are claimed."""
    jobs.run_next()


@shared_task(ignore_result=True)
def sweep_jobs(**_newer_args: object) -> None:
    """Free jobs of dead workers and ring for whatever is queued."""
    jobs.sweep(now=timezone.now())


@shared_task(ignore_result=True)
def prune_events(**_newer_args: object) -> None:
    """Forget events and idempotency keys that nobody can ask for any more."""
    now = timezone.now()
    OutboxEvent.objects.filter(created_at__lt=now - KEEP_EVENTS).delete()
    IdempotencyRecord.objects.filter(created_at__lt=now - KEEP_KEYS).delete()
