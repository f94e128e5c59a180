"""What people ask of backtests."""

from backtests.services.account import NoSuchStrategy, RunIsActive, delete_run
from backtests.services.runs import RunSpec, request_run, run_again
from backtests.services.strategies import (
    InvalidRules,
    InvalidStrategyName,
    StrategyChanged,
    StrategyInUse,
    StrategyNameTaken,
    TooManyStrategies,
    archive_strategy,
    check_rules,
    clone_strategy,
    create_strategy,
    delete_strategy,
    rename_strategy,
    restore_strategy,
    save_strategy,
    version_for,
)

__all__ = [
    "InvalidRules",
    "InvalidStrategyName",
    "NoSuchStrategy",
    "RunIsActive",
    "RunSpec",
    "StrategyChanged",
    "StrategyInUse",
    "StrategyNameTaken",
    "TooManyStrategies",
    "archive_strategy",
    "check_rules",
    "clone_strategy",
    "create_strategy",
    "delete_run",
    "delete_strategy",
    "rename_strategy",
    "request_run",
    "restore_strategy",
    "run_again",
    "save_strategy",
    "version_for",
]
