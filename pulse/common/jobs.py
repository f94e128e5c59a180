"""The life cycle of every background job.

QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED. The row is the truth, the broker a bell: a
bell makes a worker look for the next job that may start. Claiming is a conditional update that
writes a fresh *fence*; whatever a worker writes later holds only while the fence is its own, so a
job that was taken away from a silent worker cannot be changed by it.
"""

import contextlib
import logging
import math
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

import psutil
from django.apps import apps
from django.db import close_old_connections, connection, transaction
from django.db.models import Count, F
from django.utils import timezone
from django.utils.module_loading import import_string

from pulse.common.errors import DomainError
from pulse.common.events import publish
from pulse.common.models import Job

logger = logging.getLogger(__name__)

BEAT_EVERY = 1.0
SILENT_AFTER = timedelta(seconds=30)
PUSH_EVERY = 0.25
SAVE_EVERY = 1.0
MEMORY_RESERVE_MB = 300.0


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


class JobContext:
    """What a running job may do: tell its progress, and learn that it should stop."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._pushed_at = 0.0
        self._saved_at = 0.0
        self.stop = threading.Event()

    def progress(self, fraction: float, message: str = "", **extra: Any) -> None:
        """Tell how much of the work is done, and stop here if the owner asked for it.

        Parameters
        ----------
        fraction : float
            Work done in [0, 1]; never sleeps, pushes at most four times a second.
        message : str
            What is being done, in words.
        extra : JSON values
            Sent with the event for the job's own page.

        Raises
        ------
        Cancelled
            If the owner asked to stop, or the job was taken away.
        """
        if self.stop.is_set():
            raise Cancelled
        now = time.monotonic()
        self._job.progress = 0.0 if math.isnan(fraction) else min(max(fraction, 0.0), 1.0)
        self._job.message = message[:200]
        if now - self._pushed_at >= PUSH_EVERY:
            self._pushed_at = now
            publish_job(self._job, now=timezone.now(), durable=False, **extra)
        if now - self._saved_at >= SAVE_EVERY:
            self._saved_at = now
            _mine(self._job).update(progress=self._job.progress, message=self._job.message)


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


def queue(job: Job) -> None:
    """Save a new job and ring for it after commit."""
    job.save()
    publish_job(job, now=job.requested_at)
    transaction.on_commit(ring)


def ring() -> None:
    """Wake a worker; a bell that is lost is made good by the sweep."""
    from pulse.common.tasks import run_next_job  # noqa: PLC0415 -- tasks import this module

    try:
        run_next_job.delay()
    except Exception:
        logger.warning("Bell not rung", exc_info=True)


def run_next() -> bool:
    """Claim the next job that may start and run it to its end; False where none may.

    The order is fair: first the owner with the fewest running jobs, then the oldest request.
    """
    for job in _candidates():
        if not _has_room(job):
            logger.info("Job waits for room", extra={"kind": job.kind(), "job_id": job.pk})
            return False
        if _claim(job, now=timezone.now()):
            _execute(job)
            return True
    return False


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
    context = _running_here.get((job.kind(), job.pk))
    if context:
        context.stop.set()


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
        if not again.update(**_fresh(), attempts=0, requested_at=now):
            raise JobIsActive("Only a failed or cancelled job can be run again.")
        job.refresh_from_db()
        publish_job(job, now=now)
        transaction.on_commit(ring)


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
            if silent or not _is_alive(job.worker):
                taken += _take_away(job, now=now)
        n_queued += model._default_manager.filter(status=Job.Status.QUEUED).count()
    for _ in range(min(n_queued, 8)):
        ring()
    return taken


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


# --- inside --------------------------------------------------------------------------------------

_running_here: dict[tuple[str, int], JobContext] = {}


@cache
def _worker_name() -> str:
    born = psutil.Process().create_time()
    return f"{socket.gethostname()}:{os.getpid()}:{born:.2f}"


def _is_alive(worker: str) -> bool:
    """Whether the process that claimed a job still lives; on another host only its beat tells."""
    host, pid, born = worker.split(":")
    if host != socket.gethostname():
        return True
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == born
    except psutil.Error:
        return False


def _candidates() -> Iterable[Job]:
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


def _has_room(job: Job) -> bool:
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


def _claim(job: Job, *, now: datetime) -> bool:
    fence = uuid.uuid4().hex
    claimed = (
        type(job)
        ._default_manager.filter(pk=job.pk, status=Job.Status.QUEUED)
        .update(
            status=Job.Status.RUNNING,
            fence=fence,
            worker=_worker_name(),
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


def _execute(job: Job) -> None:
    context = JobContext(job)
    publish_job(job, now=timezone.now())
    with _beating(job, context):
        try:
            work: Callable[[Job, JobContext], None] = import_string(job.runner)
            work(job, context)
            outcome = {"status": Job.Status.SUCCEEDED, "progress": 1.0, "message": ""}
        except Cancelled:
            outcome = {"status": Job.Status.CANCELLED, "message": ""}
        except DomainError as error:
            outcome = _failure(error.public_code, error.sentence)
        except Exception:
            logger.exception("Job failed", extra={"kind": job.kind(), "job_id": job.pk})
            outcome = _failure(
                "internal", f"Something broke while this ran. Quote job {job.kind()} {job.pk}."
            )
    _finish(job, outcome)


def _failure(code: str, message: str) -> dict[str, Any]:
    return {"status": Job.Status.FAILED, "error_code": code, "error_message": message}


def _finish(job: Job, outcome: dict[str, Any]) -> None:
    now = timezone.now()
    with transaction.atomic():
        if _mine(job).update(**outcome, finished_at=now):
            job.refresh_from_db()
            publish_job(job, now=now)
    ring()


def _mine(job: Job) -> Any:
    return type(job)._default_manager.filter(pk=job.pk, fence=job.fence, status=Job.Status.RUNNING)


def _fresh() -> dict[str, Any]:
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


def _take_away(job: Job, *, now: datetime) -> int:
    if job.cancel_requested:
        change: dict[str, Any] = {"status": Job.Status.CANCELLED, "finished_at": now, "fence": ""}
    elif job.attempts < job.MAX_ATTEMPTS:
        change = _fresh() | {"message": "Interrupted, queued again"}
    else:
        change = _failure(
            "interrupted", "The worker stopped while this ran, more than once. Run it again."
        ) | {"finished_at": now, "fence": ""}
    with transaction.atomic():
        changed = int(_mine(job).update(**change))
        if changed:
            job.refresh_from_db()
            publish_job(job, now=now)
    return changed


@contextlib.contextmanager
def _beating(job: Job, context: JobContext) -> Iterator[None]:
    """Beat while the work runs, and raise its stop flag when the owner asks or the job is lost."""
    over = threading.Event()
    _running_here[job.kind(), job.pk] = context

    def beat() -> None:
        while not over.wait(BEAT_EVERY):
            try:
                alive = _mine(job).update(heartbeat_at=timezone.now())
                if not alive or _mine(job).filter(cancel_requested=True).exists():
                    context.stop.set()
            except Exception:
                logger.warning("Beat missed", exc_info=True)
            finally:
                close_old_connections()
        connection.close()

    thread = threading.Thread(target=beat, name=f"beat-{job.kind()}-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        _running_here.pop((job.kind(), job.pk), None)
