"""Ready rule documents to start from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Document = dict[str, Any]


def _indicator(name: str, **more: Any) -> Document:
    fields = ("output", "source", "lag", "times")
    params = {key: value for key, value in more.items() if key not in fields}
    rest = {key: value for key, value in more.items() if key in fields}
    return {"indicator": name, **({"params": params} if params else {}), **rest}


def _price(name: str, **more: Any) -> Document:
    return {"price": name, **more}


def _is(left: Any, relation: str, right: Any) -> Document:
    return {"compare": relation, "left": left, "right": right}


def _crosses(left: Any, direction: str, right: Any) -> Document:
    return {"crosses": direction, "left": left, "right": right}


def _parameter(name: str) -> Document:
    return {"parameter": name}


def _number(default: float, low: float, high: float, step: float, text: str) -> Document:
    return {"default": default, "low": low, "high": high, "step": step, "help": text}


FAST, SLOW = (
    _indicator("ema", window=_parameter("fast")),
    _indicator("ema", window=_parameter("slow")),
)
BUSY = _is(
    _price("volume"), "above", _indicator("sma", window=20, source="volume", lag=1, times=1.5)
)

TREND_WITH_FILTER: Document = {
    "name": "EMA cross, not overbought",
    "parameters": {
        "fast": _number(12, 2, 200, 1, "Bars in the fast average"),
        "slow": _number(26, 3, 400, 1, "Bars in the slow average"),
        "too_high": _number(70, 50, 95, 5, "No entry at or above this RSI"),
    },
    "enter_long": {
        "all": [
            _crosses(FAST, "above", SLOW),
            _is(_indicator("rsi", window=14), "below", _parameter("too_high")),
        ]
    },
    "exit_long": _crosses(FAST, "below", SLOW),
    "size": {"percent_of_equity": 95},
}

DIP_IN_UPTREND: Document = {
    "name": "Buy the dip in an uptrend",
    "parameters": {
        "dip": _number(10, 2, 40, 1, "RSI(2) below which it is a dip"),
        "trend": _number(200, 20, 400, 10, "Bars in the trend's average"),
    },
    "enter_long": {
        "all": [
            _is(_price("close"), "above", _indicator("sma", window=_parameter("trend"))),
            _is(_indicator("rsi", window=2), "below", _parameter("dip")),
        ]
    },
    "exit_long": _is(_price("close"), "above", _indicator("sma", window=5)),
    "stop_loss": {"percent": 8},
}

TURTLE: Document = {
    "name": "Turtle breakout",
    "parameters": {
        "entry": _number(20, 5, 200, 5, "Bars of the breakout"),
        "exit": _number(10, 2, 100, 1, "Bars of the way out"),
    },
    "enter_long": _is(
        _price("close"),
        "above",
        _indicator("donchian", window=_parameter("entry"), output="upper", lag=1),
    ),
    "exit_long": _is(
        _price("close"),
        "below",
        _indicator("donchian", window=_parameter("exit"), output="lower", lag=1),
    ),
    "enter_short": _is(
        _price("close"),
        "below",
        _indicator("donchian", window=_parameter("entry"), output="lower", lag=1),
    ),
    "exit_short": _is(
        _price("close"),
        "above",
        _indicator("donchian", window=_parameter("exit"), output="upper", lag=1),
    ),
    "stop_loss": {"atr": 2, "window": 20},
}

BAND_REVERSION: Document = {
    "name": "Back into the bands",
    "parameters": {"width": _number(2.0, 0.5, 4.0, 0.25, "Deviations to the bands")},
    "enter_long": _crosses(
        _price("close"),
        "above",
        _indicator("bollinger", deviations=_parameter("width"), output="lower"),
    ),
    "exit_long": _is(_price("close"), "at_least", _indicator("bollinger", output="middle")),
    "enter_short": _crosses(
        _price("close"),
        "below",
        _indicator("bollinger", deviations=_parameter("width"), output="upper"),
    ),
    "exit_short": _is(_price("close"), "at_most", _indicator("bollinger", output="middle")),
    "stop_loss": {"atr": 3, "window": 14},
}

STRONG_TREND: Document = {
    "name": "MACD in a strong trend",
    "parameters": {"strength": _number(25, 10, 50, 5, "ADX a trend needs")},
    "enter_long": {
        "all": [
            _crosses(_indicator("macd"), "above", _indicator("macd", output="signal")),
            _is(_indicator("adx"), "at_least", _parameter("strength")),
            _is(_indicator("adx", output="plus_di"), "above", _indicator("adx", output="minus_di")),
        ]
    },
    "exit_long": _crosses(_indicator("macd"), "below", _indicator("macd", output="signal")),
    "trail": {"atr": 3, "window": 14},
}

SUPERTREND_PULLBACK: Document = {
    "name": "Supertrend, entered on a pullback",
    "parameters": {"multiplier": _number(3.0, 1.0, 6.0, 0.5, "ATRs to the trailing stop")},
    "enter_long": {
        "all": [
            _is(
                _indicator("supertrend", multiplier=_parameter("multiplier"), output="side"),
                "above",
                0,
            ),
            _crosses(_indicator("stochastic", output="k"), "above", 20),
        ]
    },
    "exit_long": _is(
        _indicator("supertrend", multiplier=_parameter("multiplier"), output="side"), "below", 0
    ),
}

OPENING_DRIVE: Document = {
    "name": "Intraday breakout on volume",
    "enter_long": {
        "all": [
            _is(_price("close"), "above", _indicator("highest", window=30, source="high", lag=1)),
            _is(_price("close"), "above", _indicator("vwap")),
            BUSY,
        ]
    },
    "exit_long": _is(_price("close"), "below", _indicator("vwap")),
    "stop_loss": {"percent": 0.5},
    "take_profit": {"percent": 1},
    "session": {
        "start": "09:30",
        "end": "16:00",
        "zone": "America/New_York",
        "days": ["mon", "tue", "wed", "thu", "fri"],
        "flat_at_end": True,
    },
}

TEMPLATES: Mapping[str, Document] = MappingProxyType(
    {
        "trend_with_filter": TREND_WITH_FILTER,
        "dip_in_uptrend": DIP_IN_UPTREND,
        "turtle": TURTLE,
        "band_reversion": BAND_REVERSION,
        "strong_trend": STRONG_TREND,
        "supertrend_pullback": SUPERTREND_PULLBACK,
        "opening_drive": OPENING_DRIVE,
    }
)
