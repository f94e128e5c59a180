"""Technical indicators: whole series or bar by bar, from one kernel each."""

from collections.abc import Mapping
from types import MappingProxyType

from market.engine.indicators.averages import AVERAGES, ema, sma
from market.engine.indicators.core import Indicator, Parameter, Stream
from market.engine.indicators.crosses import cross_above, cross_below

INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {indicator.name: indicator for indicator in (*AVERAGES,)}
)

__all__ = [
    "INDICATORS",
    "Indicator",
    "Parameter",
    "Stream",
    "cross_above",
    "cross_below",
    "ema",
    "sma",
]
