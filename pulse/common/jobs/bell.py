"""The bell of the broker: it makes a worker look for the next job."""

import logging

logger = logging.getLogger(__name__)


def ring() -> None:
    """Wake a worker; a bell that is lost is made good by the sweep."""
    from pulse.common.tasks import run_next_job  # noqa: PLC0415 -- tasks import this module

    try:
        run_next_job.delay()
    except Exception:
        logger.warning("Bell not rung", exc_info=True)
