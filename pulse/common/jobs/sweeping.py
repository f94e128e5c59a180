"""Jobs whose worker fell silent or died."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from pulse.common.jobs.bell import ring
from pulse.common.jobs.claiming import is_alive
from pulse.common.jobs.states import failure, fresh, job_models, mine, publish_job
from pulse.common.models import Job

SILENT_AFTER = timedelta(seconds=30)


def sweep(*, now: datetime) -> int:
    """Take jobs away from workers that fell silent or died, and ring for whatever is queued.

    Returns
    -------
    int
        Number of jobs taken away: queued again while attempts are left, else failed with code
        ``interrupted``.
    """
    taken = 0
    n_queued = 0
    for model in job_models().values():
        for job in model._default_manager.filter(status=Job.Status.RUNNING):
            silent = job.heartbeat_at is None or job.heartbeat_at < now - SILENT_AFTER
            if silent or not is_alive(job.worker):
                taken += _take_away(job, now=now)
        n_queued += model._default_manager.filter(status=Job.Status.QUEUED).count()
    for _ in range(min(n_queued, 8)):
        ring()
    return taken


def _take_away(job: Job, *, now: datetime) -> int:
    if job.cancel_requested:
        change: dict[str, Any] = {"status": Job.Status.CANCELLED, "finished_at": now, "fence": ""}
    elif job.attempts < job.MAX_ATTEMPTS:
        change = fresh() | {"message": "Interrupted, queued again"}
    else:
        change = failure(
            "interrupted", "The worker stopped while this ran, more than once. Run it again."
        ) | {"finished_at": now, "fence": ""}
    with transaction.atomic():
        changed = int(mine(job).update(**change))
        if changed:
            job.refresh_from_db()
            publish_job(job, now=now)
    return changed
