"""Technical indicators: whole series or bar by bar, from one kernel each."""

from collections.abc import Mapping
from types import MappingProxyType

from market.engine.indicators.averages import (
    AVERAGES,
    dema,
    ema,
    hma,
    kama,
    linreg,
    rma,
    slope,
    tema,
    trima,
    wma,
)
from market.engine.indicators.core import Indicator, Parameter, Stream
from market.engine.indicators.crosses import cross_above, cross_below
from market.engine.indicators.lags import lag
from market.engine.indicators.momentum import (
    MOMENTUM,
    awesome,
    cmo,
    macd,
    mom,
    ppo,
    roc,
    rsi,
    stoch_rsi,
    tsi,
    ultimate,
)
from market.engine.indicators.oscillators import OSCILLATORS, aroon, cci, stochastic, williams
from market.engine.indicators.simple_average import sma
from market.engine.indicators.trend import (
    TREND,
    adx,
    heikin_ashi,
    ichimoku,
    psar,
    supertrend,
    ut_bot,
)
from market.engine.indicators.volatility import (
    VOLATILITY,
    atr,
    bandwidth,
    bollinger,
    donchian,
    highest,
    keltner,
    lowest,
    natr,
    percent_b,
    stddev,
    tr,
    zscore,
)
from market.engine.indicators.volume import VOLUME, ad_line, chaikin, cmf, mfi, obv, vwap, vwma

INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        indicator.name: indicator
        for indicator in (*AVERAGES, *MOMENTUM, *OSCILLATORS, *VOLATILITY, *TREND, *VOLUME)
    }
)

__all__ = [
    "INDICATORS",
    "Indicator",
    "Parameter",
    "Stream",
    "ad_line",
    "adx",
    "aroon",
    "atr",
    "awesome",
    "bandwidth",
    "bollinger",
    "cci",
    "chaikin",
    "cmf",
    "cmo",
    "cross_above",
    "cross_below",
    "dema",
    "donchian",
    "ema",
    "heikin_ashi",
    "highest",
    "hma",
    "ichimoku",
    "kama",
    "keltner",
    "lag",
    "linreg",
    "lowest",
    "macd",
    "mfi",
    "mom",
    "natr",
    "obv",
    "percent_b",
    "ppo",
    "psar",
    "rma",
    "roc",
    "rsi",
    "slope",
    "sma",
    "stddev",
    "stoch_rsi",
    "stochastic",
    "supertrend",
    "tema",
    "tr",
    "trima",
    "tsi",
    "ultimate",
    "ut_bot",
    "vwap",
    "vwma",
    "williams",
    "wma",
    "zscore",
]
