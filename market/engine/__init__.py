"""Bars and what is computed from them: arrays in, arrays out, no Django."""

from market.engine.bars import Bars
from market.engine.reading import ParsedBars, parse_bars, read_bars
from market.engine.rows import RowIssue
from market.engine.timeframes import TIMEFRAMES, infer_timeframe, timeframe_ns

__all__ = [
    "TIMEFRAMES",
    "Bars",
    "ParsedBars",
    "RowIssue",
    "infer_timeframe",
    "parse_bars",
    "read_bars",
    "timeframe_ns",
]
