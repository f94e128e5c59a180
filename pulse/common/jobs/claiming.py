"""Which job may start next, and how a worker makes it its own."""

import os
import socket
import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import cache

import psutil
from django.db.models import Count, F

from pulse.common.jobs.states import job_models
from pulse.common.models import Job

MEMORY_RESERVE_MB = 300.0


def candidates() -> Iterable[Job]:
    """Return the jobs that wait: first of the owner with the fewest running, then the oldest."""
    running: dict[int, int] = {}
    waiting: list[Job] = []
    for model in job_models().values():
        rows = model._default_manager
        for owner, n_running in (
            rows.filter(status=Job.Status.RUNNING).values_list("owner").annotate(Count("pk"))
        ):
            running[owner] = running.get(owner, 0) + n_running
        waiting += rows.filter(status=Job.Status.QUEUED).order_by("requested_at")[:50]
    return sorted(waiting, key=lambda job: (running.get(job.owner_id, 0), job.requested_at))


def has_room(job: Job) -> bool:
    """Whether processors and memory suffice; a job alone on the machine always starts."""
    needs = [
        need
        for model in job_models().values()
        for need in model._default_manager.filter(status=Job.Status.RUNNING).values_list(
            "cpu_need", "worker"
        )
    ]
    here = [cpu for cpu, worker in needs if worker.split(":")[0] == socket.gethostname()]
    if not here:
        return True
    free_mb = psutil.virtual_memory().available / 2**20 - MEMORY_RESERVE_MB
    return sum(here) + job.cpu_need <= (os.cpu_count() or 1) and job.memory_need_mb <= free_mb


def claim(job: Job, *, now: datetime) -> bool:
    """Make a queued job this worker's own; False where another was faster."""
    fence = uuid.uuid4().hex
    claimed = (
        type(job)
        ._default_manager.filter(pk=job.pk, status=Job.Status.QUEUED)
        .update(
            status=Job.Status.RUNNING,
            fence=fence,
            worker=worker_name(),
            attempts=F("attempts") + 1,
            started_at=now,
            heartbeat_at=now,
            progress=0.0,
            message="Starting",
            error_code="",
            error_message="",
        )
    )
    if claimed:
        job.refresh_from_db()
    return bool(claimed)


@cache
def worker_name() -> str:
    """Return the name of this process: host, number, and when it was born."""
    born = psutil.Process().create_time()
    return f"{socket.gethostname()}:{os.getpid()}:{born:.2f}"


def is_alive(worker: str) -> bool:
    """Whether the process that claimed a job still lives; on another host only its beat tells."""
    host, pid, born = worker.split(":")
    if host != socket.gethostname():
        return True
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == born
    except psutil.Error:
        return False
