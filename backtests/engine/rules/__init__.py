"""Rule strategies: a JSON document that says when to trade, without any code."""

from backtests.engine.rules.evaluation import evaluate
from backtests.engine.rules.faults import Fault, RuleError
from backtests.engine.rules.parsing import parse_parameters, parse_rules
from backtests.engine.rules.reading import load_rules
from backtests.engine.rules.schema import rules_schema
from backtests.engine.rules.sentences import describe
from backtests.engine.rules.strategy import RuleStrategy
from backtests.engine.rules.templates import TEMPLATES
from backtests.engine.rules.tree import Rules

__all__ = [
    "TEMPLATES",
    "Fault",
    "RuleError",
    "RuleStrategy",
    "Rules",
    "describe",
    "evaluate",
    "load_rules",
    "parse_parameters",
    "parse_rules",
    "rules_schema",
]
