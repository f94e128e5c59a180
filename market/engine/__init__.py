"""Bars and what is computed from them: arrays in, arrays out, no Django."""

from market.engine.bars import Bars

__all__ = ["Bars"]
