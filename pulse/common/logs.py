"""Structured logs: one line an event, each with the request id or job that caused it."""

from typing import Any

import structlog


def configure_logs(*, level: str, as_json: bool) -> dict[str, Any]:
    """Set structlog up and return the LOGGING dict that sends the standard library through it.

    Parameters
    ----------
    level : str
        Lowest level that is written (``DEBUG`` ... ``ERROR``).
    as_json : bool
        One JSON object a line (for log collectors) instead of the readable form.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            last,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{
                name: {"level": "WARNING"}
                for name in ("daphne", "django.channels", "celery", "asyncio", "numba")
            },
            "kombu": {"level": "ERROR"},  # the memory broker has no host name and warns of it
        },
    }
