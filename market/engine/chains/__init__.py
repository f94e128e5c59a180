"""Files of option chains: read in any common layout and checked row by row."""

from market.engine.chains.columns import ChainColumns
from market.engine.chains.moments import close_of, day_in_new_york, previous_session_day
from market.engine.chains.reading import ParsedChain, SymbolUnknown, parse_chain
from market.engine.chains.sheets import MAX_CONTRACTS
from market.engine.chains.store import load_columns, save_columns

__all__ = [
    "MAX_CONTRACTS",
    "ChainColumns",
    "ParsedChain",
    "SymbolUnknown",
    "close_of",
    "day_in_new_york",
    "load_columns",
    "parse_chain",
    "previous_session_day",
    "save_columns",
]
