"""The composition of PulseEngine: settings, routes, servers and workers."""

from pulse.celery import app as celery_app

__all__ = ["celery_app"]
