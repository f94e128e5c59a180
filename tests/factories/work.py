"""Work that a job may be told to do: what a runner's dotted path points at."""

from pulse.common.errors import DomainError
from pulse.common.jobs import JobContext
from pulse.common.models import Job


class OutOfPaper(DomainError):
    """A refusal that the work itself finds."""

    default_code = "out_of_paper"


def succeed(job: Job, context: JobContext) -> None:
    context.progress(0.5, "Half way")


def refuse(job: Job, context: JobContext) -> None:
    raise OutOfPaper("There is no paper left. Add some.")


def break_down(job: Job, context: JobContext) -> None:
    raise RuntimeError("secret of /srv/pulse")


def be_asked_to_stop(job: Job, context: JobContext) -> None:
    context.stop.set()
    context.progress(0.5)


def lose_the_job(job: Job, context: JobContext) -> None:
    """Work on while another worker has been given the job."""
    type(job)._default_manager.filter(pk=job.pk).update(fence="another worker's")
