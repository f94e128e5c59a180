"""Option chains: quotes and their issues, forwards, smiles, expected moves and odds."""

from greeks.engine.chain.american import analyse_american_chain
from greeks.engine.chain.analysis import ChainAnalysis, analyse_chain
from greeks.engine.chain.odds import (
    EXPECTED_MOVE_WORDS,
    ExpectedMove,
    decay,
    expected_move,
    probability_above,
    probability_of_profit,
    probability_of_touch,
)
from greeks.engine.chain.parity import Forwards, fit_forwards
from greeks.engine.chain.quotes import (
    ISSUE_WORDS,
    QuoteIssue,
    Quotes,
    is_usable,
    issue_words,
    make_quotes,
    quote_issues,
)
from greeks.engine.chain.smile import ContractVols, Smile, Terms, smile_of

__all__ = [
    "EXPECTED_MOVE_WORDS",
    "ISSUE_WORDS",
    "ChainAnalysis",
    "ContractVols",
    "ExpectedMove",
    "Forwards",
    "QuoteIssue",
    "Quotes",
    "Smile",
    "Terms",
    "analyse_american_chain",
    "analyse_chain",
    "decay",
    "expected_move",
    "fit_forwards",
    "is_usable",
    "issue_words",
    "make_quotes",
    "probability_above",
    "probability_of_profit",
    "probability_of_touch",
    "quote_issues",
    "smile_of",
]
