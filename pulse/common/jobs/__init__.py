"""The life cycle of every background job.

QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED. The row is the truth, the broker a bell: a
bell makes a worker look for the next job that may start. Claiming is a conditional update that
writes a fresh *fence*; whatever a worker writes later holds only while the fence is its own, so a
job that was taken away from a silent worker cannot be changed by it.
"""

from pulse.common.jobs.asking import queue, request_cancel, request_retry
from pulse.common.jobs.bell import ring
from pulse.common.jobs.claiming import candidates, claim, worker_name
from pulse.common.jobs.running import JobContext, beating, run_next
from pulse.common.jobs.states import (
    Cancelled,
    Change,
    JobIsActive,
    JobIsOver,
    job_models,
    latest_jobs_of,
    n_active_jobs_of,
    publish_job,
)
from pulse.common.jobs.sweeping import SILENT_AFTER, sweep

__all__ = [
    "SILENT_AFTER",
    "Cancelled",
    "Change",
    "JobContext",
    "JobIsActive",
    "JobIsOver",
    "beating",
    "candidates",
    "claim",
    "job_models",
    "latest_jobs_of",
    "n_active_jobs_of",
    "publish_job",
    "queue",
    "request_cancel",
    "request_retry",
    "ring",
    "run_next",
    "sweep",
    "worker_name",
]
