"""The states of a job, how they are read, and how its owner is told of a change."""

from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django.apps import apps

from pulse.common.errors import DomainError
from pulse.common.events import publish
from pulse.common.models import Job


class JobIsOver(DomainError):
    """The job has already ended, so there is nothing to cancel."""

    default_code = "job_is_over"


class JobIsActive(DomainError):
    """The job is queued or running, so it cannot be run again now."""

    default_code = "job_is_active"


class Cancelled(Exception):
    """The owner asked to stop; raised inside the work, caught by the runner."""


class Change(Protocol):
    """A change of a job's state that its owner may ask for."""

    def __call__(self, job: Job, *, now: datetime) -> None:
        """Make the change, or refuse it with a DomainError."""


@cache
def job_models() -> dict[str, type[Job]]:
    """Return each concrete kind of job by the word that names it."""
    return {model.kind(): model for model in apps.get_models() if issubclass(model, Job)}


def n_active_jobs_of(owner_id: int) -> int:
    """Return how many jobs of a user are queued or running."""
    return sum(
        model._default_manager.filter(owner_id=owner_id, status__in=Job.ACTIVE).count()
        for model in job_models().values()
    )


def latest_jobs_of(owner_id: int, *, limit: int = 20) -> list[Job]:
    """Return the latest jobs of a user, active ones first."""
    jobs = [
        job
        for model in job_models().values()
        for job in model._default_manager.filter(owner_id=owner_id).order_by("-requested_at")[
            :limit
        ]
    ]
    return sorted(jobs, key=lambda job: (not job.is_active, -job.requested_at.timestamp()))[:limit]


def publish_job(job: Job, *, now: datetime, durable: bool = True, **extra: Any) -> None:
    """Tell the owner the present state of a job."""
    publish(
        owner_id=job.owner_id,
        kind="job.changed" if durable else "job.progress",
        payload={
            "kind": job.kind(),
            "id": job.pk,
            "title": job.title,
            "url": job.get_absolute_url(),
            "status": job.status,
            "status_label": job.status_label,
            "progress": job.progress,
            "progress_percent": job.progress_percent,
            "message": job.message,
            "error_code": job.error_code,
            "error_message": job.error_message,
            "is_active": job.is_active,
            "can_retry": job.can_retry,
            **extra,
        },
        now=now,
        durable=durable,
    )


def mine(job: Job) -> Any:
    """Return the row of a running job while the fence is the worker's own, else no row."""
    return type(job)._default_manager.filter(pk=job.pk, fence=job.fence, status=Job.Status.RUNNING)


def fresh() -> dict[str, Any]:
    """Return the fields of a job that has yet to run."""
    return {
        "status": Job.Status.QUEUED,
        "fence": "",
        "worker": "",
        "progress": 0.0,
        "message": "",
        "error_code": "",
        "error_message": "",
        "cancel_requested": False,
        "started_at": None,
        "heartbeat_at": None,
        "finished_at": None,
    }


def failure(code: str, message: str) -> dict[str, Any]:
    """Return the fields of a job that could not be done."""
    return {"status": Job.Status.FAILED, "error_code": code, "error_message": message}
