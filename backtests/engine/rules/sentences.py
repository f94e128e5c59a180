"""Rules as a trader would say them."""

from backtests.engine.rules.tree import (
    DAYS,
    Compare,
    Condition,
    Constant,
    Cross,
    Distance,
    Group,
    Not,
    Price,
    Reading,
    Rules,
    Session,
    Size,
    Value,
)

RELATION = {
    "above": "above",
    "below": "below",
    "at_least": "at or above",
    "at_most": "at or below",
}
COLUMN = {
    "open": "the open",
    "high": "the high",
    "low": "the low",
    "close": "the close",
    "volume": "volume",
    "middle": "the middle of the bar",
    "typical": "the typical price",
}
ACRONYMS = frozenset(
    {
        *("sma", "ema", "wma", "dema", "tema", "trima", "hma", "kama", "rma", "vwma", "vwap"),
        *("rsi", "macd", "ppo", "cmo", "tsi", "cci", "mfi", "obv", "cmf", "adx", "atr", "natr"),
    }
)
NAMED = {
    "roc": "rate of change",
    "mom": "momentum",
    "tr": "true range",
    "psar": "Parabolic SAR",
    "zscore": "z-score",
    "percent_b": "%B",
    "stoch_rsi": "Stochastic RSI",
    "ut_bot": "UT Bot",
    "highest": "the highest",
    "lowest": "the lowest",
}
OUTPUTS = {
    "plus_di": "+DI",
    "minus_di": "-DI",
    "k": "%K",
    "d": "%D",
    "side": "the side",
    "stop": "the stop",
    "oscillator": "the oscillator",
    "histogram": "the histogram",
    "span_a": "leading span A",
    "span_b": "leading span B",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORKING_DAYS = 5
ALL_DAY = 24 * 60


def describe(rules: Rules) -> list[str]:
    """Return the rules as sentences, in the order in which a trade meets them."""
    size = _size(rules.size)
    actions = (
        (rules.enter_long, f"buy{size}"),
        (rules.exit_long, "end the long position"),
        (rules.enter_short, f"sell short{size}"),
        (rules.exit_short, "end the short position"),
    )
    sentences = [f"When {_condition(part)}, {action}." for part, action in actions if part]
    levels = (
        (rules.stop_loss, "Put a stop {} from the close of the signal."),
        (rules.take_profit, "Take profit {} from the close of the signal."),
        (rules.trail, "Let a stop follow the best price at a distance of {}."),
    )
    sentences += [text.format(_distance(level)) for level, text in levels if level]
    return sentences + (_session(rules.session) if rules.session else [])


def _condition(node: Condition, *, is_inner: bool = False) -> str:
    match node:
        case Compare():
            return _compare(node, "is")
        case Cross(direction, left, right):
            return f"{in_words(left)} crosses {direction} {in_words(right)}"
        case Not(part):
            return _negation(part)
        case Group(_, (part,)):
            return _condition(part, is_inner=is_inner)
        case Group(word, parts):
            join = " and " if word == "all" else " or "
            text = join.join(_condition(part, is_inner=True) for part in parts)
            return f"({text})" if is_inner else text


def _negation(part: Condition) -> str:
    match part:
        case Compare():
            return _compare(part, "is not")
        case Cross(direction, left, right):
            return f"{in_words(left)} does not cross {direction} {in_words(right)}"
    return f"it is not so that {_condition(part, is_inner=True)}"


def _compare(node: Compare, verb: str) -> str:
    return f"{in_words(node.left)} {verb} {RELATION[node.relation]} {in_words(node.right)}"


def in_words(node: Value) -> str:
    """Return a value as a sentence names it, such as "RSI(14) 1 bar ago"."""
    match node:
        case Constant(value):
            return _number(value)
        case Price(column, bars_ago, times):
            return _scaled(COLUMN[column], bars_ago, times)
        case Reading(_, _, _, _, bars_ago, times):
            return _scaled(_reading(node), bars_ago, times)


def _reading(node: Reading) -> str:
    indicator = node.indicator
    name = node.name.upper() if node.name in ACRONYMS else indicator.label
    text = NAMED.get(node.name, name)
    if node.values:
        text += f"({', '.join(map(_number, node.values))})"
    if node.source != "close":
        text += f" of {COLUMN[node.source]}"
    output = indicator.outputs[node.output]
    if output != node.name and len(indicator.outputs) > 1:
        text = f"{OUTPUTS.get(output, f'the {output} line')} of {text}"
    return text


def _scaled(text: str, bars_ago: int, times: float) -> str:
    if bars_ago:
        text += f" {bars_ago} {'bar' if bars_ago == 1 else 'bars'} ago"
    return text if times == 1.0 else f"{_number(times)} times {text}"


def _distance(distance: Distance) -> str:
    if distance.atr_window is None:
        return f"{_number(100.0 * distance.amount)} %"
    return f"{_number(distance.amount)} ATR({distance.atr_window})"


def _size(size: Size | None) -> str:
    if size is None:
        return ""
    amount = _number(size.amount)
    texts = {
        "percent_of_equity": f" {amount} % of equity",
        "cash": f" for {amount} in cash",
        "units": f" {amount} {'unit' if size.amount == 1.0 else 'units'}",
    }
    return texts[size.kind]


def _session(session: Session) -> list[str]:
    text = "Enter"
    if (session.start, session.end) != (0, ALL_DAY):
        text += f" from {_time(session.start)} to {_time(session.end)} ({session.zone})"
    if session.days == tuple(range(WORKING_DAYS)):
        text += " from Monday to Friday"
    elif len(session.days) < len(DAYS):
        text += f" on {', '.join(WEEKDAYS[day] for day in session.days)}"
    sentences = [f"{text} only."] if text != "Enter" else []
    if session.is_flat_at_end:
        sentences.append("Before the session ends, end every position.")
    return sentences


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _number(value: float) -> str:
    text = f"{value:,.10g}"
    return text.removesuffix(".0")
