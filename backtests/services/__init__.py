"""What people ask of backtests."""

from backtests.services.runs import NoSuchStrategy, RunIsActive, RunSpec, delete_run, request_run

__all__ = ["NoSuchStrategy", "RunIsActive", "RunSpec", "delete_run", "request_run"]
