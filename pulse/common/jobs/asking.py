"""What an owner may ask for: a new job, its end, another try."""

from datetime import datetime

from django.db import transaction

from pulse.common.jobs.bell import ring
from pulse.common.jobs.running import stop_here
from pulse.common.jobs.states import JobIsActive, JobIsOver, fresh, publish_job
from pulse.common.models import Job


def queue(job: Job) -> None:
    """Save a new job and ring for it after commit."""
    job.save()
    publish_job(job, now=job.requested_at)
    transaction.on_commit(ring)


def request_cancel(job: Job, *, now: datetime) -> None:
    """Stop a job: at once while it is queued, at its next step while it runs.

    Raises
    ------
    JobIsOver
        If the job has already ended.
    """
    model = type(job)
    with transaction.atomic():
        stopped = model._default_manager.filter(pk=job.pk, status=Job.Status.QUEUED).update(
            status=Job.Status.CANCELLED, finished_at=now, cancel_requested=True
        )
        asked = stopped or model._default_manager.filter(
            pk=job.pk, status=Job.Status.RUNNING
        ).update(cancel_requested=True, message="Stopping")
        if not asked:
            raise JobIsOver("This job has already ended.")
        job.refresh_from_db()
        publish_job(job, now=now)
    stop_here(job)


def request_retry(job: Job, *, now: datetime) -> None:
    """Queue a failed or cancelled job again.

    Raises
    ------
    JobIsActive
        If the job is queued, running or done.
    """
    with transaction.atomic():
        again = type(job)._default_manager.filter(
            pk=job.pk, status__in=(Job.Status.FAILED, Job.Status.CANCELLED)
        )
        if not again.update(**fresh(), attempts=0, requested_at=now):
            raise JobIsActive("Only a failed or cancelled job can be run again.")
        job.refresh_from_db()
        publish_job(job, now=now)
        transaction.on_commit(ring)
