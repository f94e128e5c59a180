"""One job at work: its context, its beat, its end."""

import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from pulse.common.errors import DomainError
from pulse.common.jobs.bell import ring
from pulse.common.jobs.claiming import candidates, claim, has_room
from pulse.common.jobs.states import Cancelled, failure, mine, publish_job
from pulse.common.models import Job

logger = logging.getLogger(__name__)

BEAT_EVERY = 1.0
PUSH_EVERY = 0.25
SAVE_EVERY = 1.0

_running_here: dict[tuple[str, int], "JobContext"] = {}


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
            mine(self._job).update(progress=self._job.progress, message=self._job.message)


def run_next() -> bool:
    """Claim the next job that may start and run it to its end; False where none may.

    The order is fair: first the owner with the fewest running jobs, then the oldest request.
    """
    for job in candidates():
        if not has_room(job):
            logger.info("Job waits for room", extra={"kind": job.kind(), "job_id": job.pk})
            return False
        if claim(job, now=timezone.now()):
            _execute(job)
            return True
    return False


def stop_here(job: Job) -> None:
    """Raise the stop flag of a job at once, if this process runs it."""
    context = _running_here.get((job.kind(), job.pk))
    if context:
        context.stop.set()


def _execute(job: Job) -> None:
    context = JobContext(job)
    publish_job(job, now=timezone.now())
    with beating(job, context):
        try:
            work: Callable[[Job, JobContext], None] = import_string(job.runner)
            work(job, context)
            outcome = {"status": Job.Status.SUCCEEDED, "progress": 1.0, "message": ""}
        except Cancelled:
            outcome = {"status": Job.Status.CANCELLED, "message": ""}
        except DomainError as error:
            outcome = failure(error.default_code, error.sentence)
        except Exception:
            logger.exception("Job failed", extra={"kind": job.kind(), "job_id": job.pk})
            outcome = failure(
                "internal", f"Something broke while this ran. Quote job {job.kind()} {job.pk}."
            )
    _finish(job, outcome)


def _finish(job: Job, outcome: dict[str, Any]) -> None:
    now = timezone.now()
    with transaction.atomic():
        if mine(job).update(**outcome, finished_at=now):
            job.refresh_from_db()
            publish_job(job, now=now)
    ring()


@contextlib.contextmanager
def beating(job: Job, context: JobContext) -> Iterator[None]:
    """Beat while the work runs, and raise its stop flag when the owner asks or the job is lost."""
    over = threading.Event()
    _running_here[job.kind(), job.pk] = context

    def beat() -> None:
        while not over.wait(BEAT_EVERY):
            try:
                alive = mine(job).update(heartbeat_at=timezone.now())
                if not alive or mine(job).filter(cancel_requested=True).exists():
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
