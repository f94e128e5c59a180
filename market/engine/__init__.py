"""Bars and what is computed from them: arrays in, arrays out, no Django."""

from market.engine.bars import Bars
from market.engine.gaps import Gap, find_gaps
from market.engine.reading import ParsedBars, parse_bars, read_bars
from market.engine.resampling import downsample_ohlc, resample
from market.engine.rows import RowIssue
from market.engine.sessions import CALENDARS, infer_calendar, sessions_between
from market.engine.simulation import PathParams, simulate_minutes
from market.engine.timeframes import TIMEFRAMES, infer_timeframe, timeframe_ns

__all__ = [
    "CALENDARS",
    "TIMEFRAMES",
    "Bars",
    "Gap",
    "ParsedBars",
    "PathParams",
    "RowIssue",
    "downsample_ohlc",
    "find_gaps",
    "infer_calendar",
    "infer_timeframe",
    "parse_bars",
    "read_bars",
    "resample",
    "sessions_between",
    "simulate_minutes",
    "timeframe_ns",
]
