"""Leaf helpers of every app: jobs, events, errors, API base, idempotency, time and money."""
