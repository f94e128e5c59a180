"""Named strategies as data: legs relative to the strike at the money and to the first expiry."""

from enum import Enum
from typing import NamedTuple


class Outlook(Enum):
    """What the holder expects of the underlying until the first expiry."""

    BULLISH = "BULLISH"
    BEARISH = "BEARISH"
    QUIET = "QUIET"
    VOLATILE = "VOLATILE"
    NONE = "NONE"
    """No view: a trade on financing or prices out of line."""


class LegPlan(NamedTuple):
    """One leg: `step` widths above the strike at the money, `expiry` places after the first."""

    kind: str
    quantity: int
    step: int
    expiry: int


class StrategyPlan(NamedTuple):
    """A named strategy; `words` say in a sentence what it does."""

    slug: str
    name: str
    outlook: Outlook
    words: str
    legs: tuple[LegPlan, ...]


def _call(quantity: int, step: int = 0, expiry: int = 0) -> LegPlan:
    return LegPlan("call", quantity, step, expiry)


def _put(quantity: int, step: int = 0, expiry: int = 0) -> LegPlan:
    return LegPlan("put", quantity, step, expiry)


def _stock(quantity: int) -> LegPlan:
    return LegPlan("stock", quantity, 0, 0)


_BULL, _BEAR, _QUIET, _WILD, _NONE = Outlook

_SINGLE = (
    StrategyPlan(
        "long-call", "Long call", _BULL,
        "Gains above the strike, loses at most the premium.", (_call(1),),
    ),
    StrategyPlan(
        "short-call", "Short call", _BEAR,
        "Keeps the premium below the strike; the loss above it has no limit.", (_call(-1),),
    ),
    StrategyPlan(
        "long-put", "Long put", _BEAR,
        "Gains below the strike, loses at most the premium.", (_put(1),),
    ),
    StrategyPlan(
        "short-put", "Short put", _BULL,
        "Keeps the premium above the strike, buys the stock there otherwise.", (_put(-1),),
    ),
)  # fmt: skip

_WITH_STOCK = (
    StrategyPlan(
        "covered-call", "Covered call", _BULL,
        "Stock with its upside sold for a premium.", (_stock(1), _call(-1, 1)),
    ),
    StrategyPlan(
        "covered-put", "Covered put", _BEAR,
        "Short stock with its further gains sold for a premium.", (_stock(-1), _put(-1, -1)),
    ),
    StrategyPlan(
        "protective-put", "Protective put", _BULL,
        "Stock insured against a fall below the strike.", (_stock(1), _put(1, -1)),
    ),
    StrategyPlan(
        "protective-call", "Protective call", _BEAR,
        "Short stock insured against a rise above the strike.", (_stock(-1), _call(1, 1)),
    ),
    StrategyPlan(
        "collar", "Collar", _BULL,
        "Insured stock whose sold upside pays for the insurance.",
        (_stock(1), _put(1, -1), _call(-1, 1)),
    ),
    StrategyPlan(
        "short-collar", "Short collar", _BEAR,
        "Insured short stock whose sold gains pay for the insurance.",
        (_stock(-1), _call(1, 1), _put(-1, -1)),
    ),
    StrategyPlan(
        "covered-strangle", "Covered strangle", _BULL,
        "A covered call that also offers to buy more stock lower.",
        (_stock(1), _call(-1, 1), _put(-1, -1)),
    ),
    StrategyPlan(
        "covered-straddle", "Covered straddle", _BULL,
        "Stock with call and put sold at the money: twice the stock below, capped above.",
        (_stock(1), _call(-1), _put(-1)),
    ),
    StrategyPlan(
        "ratio-call-write", "Ratio call write", _QUIET,
        "Stock with two calls sold: a short straddle made of stock and calls.",
        (_stock(1), _call(-2)),
    ),
    StrategyPlan(
        "stock-repair", "Stock repair", _BULL,
        "Doubles the gain of stock between two strikes for about no premium.",
        (_stock(1), _call(1), _call(-2, 1)),
    ),
    StrategyPlan(
        "synthetic-call", "Synthetic call", _BULL,
        "Stock and a put at the money: a call by parity.", (_stock(1), _put(1)),
    ),
    StrategyPlan(
        "synthetic-put", "Synthetic put", _BEAR,
        "Short stock and a call at the money: a put by parity.", (_stock(-1), _call(1)),
    ),
    StrategyPlan(
        "conversion", "Conversion", _NONE,
        "Stock sold forward by options: a fixed outcome.", (_stock(1), _put(1), _call(-1)),
    ),
    StrategyPlan(
        "reversal", "Reversal", _NONE,
        "Short stock bought forward by options: a fixed outcome.",
        (_stock(-1), _put(-1), _call(1)),
    ),
)  # fmt: skip

_VERTICAL = (
    StrategyPlan(
        "bull-call-spread", "Bull call spread", _BULL,
        "A call made cheaper by selling the gain above a higher strike.", (_call(1), _call(-1, 1)),
    ),
    StrategyPlan(
        "bear-call-spread", "Bear call spread", _BEAR,
        "A call sold for premium, its loss limited by a higher one.", (_call(-1), _call(1, 1)),
    ),
    StrategyPlan(
        "bear-put-spread", "Bear put spread", _BEAR,
        "A put made cheaper by selling the gain below a lower strike.", (_put(1), _put(-1, -1)),
    ),
    StrategyPlan(
        "bull-put-spread", "Bull put spread", _BULL,
        "A put sold for premium, its loss limited by a lower one.", (_put(-1), _put(1, -1)),
    ),
    StrategyPlan(
        "call-ratio-spread", "Call ratio spread", _QUIET,
        "One call bought, two sold higher: best at the upper strike, open above.",
        (_call(1), _call(-2, 1)),
    ),
    StrategyPlan(
        "put-ratio-spread", "Put ratio spread", _QUIET,
        "One put bought, two sold lower: best at the lower strike, open below.",
        (_put(1), _put(-2, -1)),
    ),
    StrategyPlan(
        "call-backspread", "Call ratio backspread", _BULL,
        "One call sold, two bought higher: gains on a strong rise.", (_call(-1), _call(2, 1)),
    ),
    StrategyPlan(
        "put-backspread", "Put ratio backspread", _BEAR,
        "One put sold, two bought lower: gains on a strong fall.", (_put(-1), _put(2, -1)),
    ),
    StrategyPlan(
        "bull-call-ladder", "Bull call ladder", _QUIET,
        "A bull call spread cheapened by another call sold: open above.",
        (_call(1), _call(-1, 1), _call(-1, 2)),
    ),
    StrategyPlan(
        "bear-call-ladder", "Bear call ladder", _WILD,
        "A call sold, two bought at higher strikes: gains far above.",
        (_call(-1), _call(1, 1), _call(1, 2)),
    ),
    StrategyPlan(
        "bear-put-ladder", "Bear put ladder", _QUIET,
        "A bear put spread cheapened by another put sold: open below.",
        (_put(1), _put(-1, -1), _put(-1, -2)),
    ),
    StrategyPlan(
        "bull-put-ladder", "Bull put ladder", _WILD,
        "A put sold, two bought at lower strikes: gains far below.",
        (_put(-1), _put(1, -1), _put(1, -2)),
    ),
    StrategyPlan(
        "zebra", "Zero-extrinsic back ratio", _BULL,
        "Two deep calls and one sold at the money: stock with little time value and less loss.",
        (_call(2, -2), _call(-1)),
    ),
)  # fmt: skip

_TWO_SIDED = (
    StrategyPlan(
        "long-straddle", "Long straddle", _WILD,
        "Call and put at one strike: gains on a large move either way.", (_call(1), _put(1)),
    ),
    StrategyPlan(
        "short-straddle", "Short straddle", _QUIET,
        "Call and put sold at one strike: keeps the premium if little moves.",
        (_call(-1), _put(-1)),
    ),
    StrategyPlan(
        "long-strangle", "Long strangle", _WILD,
        "A cheaper straddle with its strikes apart.", (_put(1, -1), _call(1, 1)),
    ),
    StrategyPlan(
        "short-strangle", "Short strangle", _QUIET,
        "Put and call sold apart: keeps the premium between them.", (_put(-1, -1), _call(-1, 1)),
    ),
    StrategyPlan(
        "long-guts", "Long guts", _WILD,
        "A strangle of options in the money.", (_call(1, -1), _put(1, 1)),
    ),
    StrategyPlan(
        "short-guts", "Short guts", _QUIET,
        "A short strangle of options in the money.", (_call(-1, -1), _put(-1, 1)),
    ),
    StrategyPlan(
        "strip", "Strip", _WILD,
        "A straddle with a second put: a large move, rather down.", (_call(1), _put(2)),
    ),
    StrategyPlan(
        "strap", "Strap", _WILD,
        "A straddle with a second call: a large move, rather up.", (_call(2), _put(1)),
    ),
    StrategyPlan(
        "synthetic-long", "Synthetic long stock", _BULL,
        "Call bought, put sold at one strike: the stock's forward.", (_call(1), _put(-1)),
    ),
    StrategyPlan(
        "synthetic-short", "Synthetic short stock", _BEAR,
        "Put bought, call sold at one strike: the forward sold.", (_call(-1), _put(1)),
    ),
    StrategyPlan(
        "bullish-risk-reversal", "Bullish risk reversal", _BULL,
        "A put sold lower pays for a call bought higher.", (_put(-1, -1), _call(1, 1)),
    ),
    StrategyPlan(
        "bearish-risk-reversal", "Bearish risk reversal", _BEAR,
        "A call sold higher pays for a put bought lower.", (_call(-1, 1), _put(1, -1)),
    ),
    StrategyPlan(
        "bullish-seagull", "Bullish seagull", _BULL,
        "A bull call spread paid for by a put sold lower.",
        (_call(1), _call(-1, 1), _put(-1, -1)),
    ),
    StrategyPlan(
        "bearish-seagull", "Bearish seagull", _BEAR,
        "A bear put spread paid for by a call sold higher.",
        (_put(1), _put(-1, -1), _call(-1, 1)),
    ),
    StrategyPlan(
        "jade-lizard", "Jade lizard", _QUIET,
        "A put and a call spread sold: no loss above if the credit exceeds the spread.",
        (_put(-1, -1), _call(-1, 1), _call(1, 2)),
    ),
    StrategyPlan(
        "reverse-jade-lizard", "Reverse jade lizard", _QUIET,
        "A call and a put spread sold: no loss below if the credit exceeds the spread.",
        (_call(-1, 1), _put(-1, -1), _put(1, -2)),
    ),
    StrategyPlan(
        "big-lizard", "Big lizard", _QUIET,
        "A straddle sold with its upside loss capped by a call.",
        (_put(-1), _call(-1), _call(1, 1)),
    ),
)  # fmt: skip

_WINGED = (
    StrategyPlan(
        "iron-condor", "Iron condor", _QUIET,
        "A strangle sold, a wider one bought: limited gain between, limited loss outside.",
        (_put(1, -2), _put(-1, -1), _call(-1, 1), _call(1, 2)),
    ),
    StrategyPlan(
        "reverse-iron-condor", "Reverse iron condor", _WILD,
        "A strangle bought, a wider one sold: limited gain outside, limited loss between.",
        (_put(-1, -2), _put(1, -1), _call(1, 1), _call(-1, 2)),
    ),
    StrategyPlan(
        "iron-butterfly", "Iron butterfly", _QUIET,
        "A straddle sold, a strangle bought around it.",
        (_put(1, -1), _put(-1), _call(-1), _call(1, 1)),
    ),
    StrategyPlan(
        "reverse-iron-butterfly", "Reverse iron butterfly", _WILD,
        "A straddle bought, a strangle sold around it.",
        (_put(-1, -1), _put(1), _call(1), _call(-1, 1)),
    ),
    StrategyPlan(
        "long-call-butterfly", "Long call butterfly", _QUIET,
        "Cheap, and best exactly at the middle strike.", (_call(1, -1), _call(-2), _call(1, 1)),
    ),
    StrategyPlan(
        "short-call-butterfly", "Short call butterfly", _WILD,
        "A small credit kept when the price leaves the wings.",
        (_call(-1, -1), _call(2), _call(-1, 1)),
    ),
    StrategyPlan(
        "long-put-butterfly", "Long put butterfly", _QUIET,
        "A butterfly of puts: the same by parity.", (_put(1, -1), _put(-2), _put(1, 1)),
    ),
    StrategyPlan(
        "short-put-butterfly", "Short put butterfly", _WILD,
        "A butterfly of puts sold.", (_put(-1, -1), _put(2), _put(-1, 1)),
    ),
    StrategyPlan(
        "long-call-condor", "Long call condor", _QUIET,
        "A butterfly with its middle widened.",
        (_call(1, -2), _call(-1, -1), _call(-1, 1), _call(1, 2)),
    ),
    StrategyPlan(
        "short-call-condor", "Short call condor", _WILD,
        "A call condor sold.", (_call(-1, -2), _call(1, -1), _call(1, 1), _call(-1, 2)),
    ),
    StrategyPlan(
        "long-put-condor", "Long put condor", _QUIET,
        "A condor of puts: the same by parity.",
        (_put(1, -2), _put(-1, -1), _put(-1, 1), _put(1, 2)),
    ),
    StrategyPlan(
        "short-put-condor", "Short put condor", _WILD,
        "A put condor sold.", (_put(-1, -2), _put(1, -1), _put(1, 1), _put(-1, 2)),
    ),
    StrategyPlan(
        "broken-wing-call-butterfly", "Broken-wing call butterfly", _QUIET,
        "A call butterfly with the upper wing further out: cheaper, with a loss above.",
        (_call(1), _call(-2, 1), _call(1, 3)),
    ),
    StrategyPlan(
        "broken-wing-put-butterfly", "Broken-wing put butterfly", _QUIET,
        "A put butterfly with the lower wing further out: cheaper, with a loss below.",
        (_put(1), _put(-2, -1), _put(1, -3)),
    ),
    StrategyPlan(
        "call-christmas-tree", "Call Christmas tree", _BULL,
        "One call, three sold above, two bought higher: best at the middle strike.",
        (_call(1), _call(-3, 2), _call(2, 3)),
    ),
    StrategyPlan(
        "put-christmas-tree", "Put Christmas tree", _BEAR,
        "One put, three sold below, two bought lower: best at the middle strike.",
        (_put(1), _put(-3, -2), _put(2, -3)),
    ),
    StrategyPlan(
        "batman", "Batman", _QUIET,
        "Ratio spreads on both sides: best at either sold strike, open beyond.",
        (_put(-2, -2), _put(1, -1), _call(1, 1), _call(-2, 2)),
    ),
    StrategyPlan(
        "box-spread", "Box spread", _NONE,
        "Bull call and bear put spread: pays the width whatever happens, a loan by options.",
        (_call(1, -1), _call(-1, 1), _put(1, 1), _put(-1, -1)),
    ),
)  # fmt: skip

_SEVERAL_EXPIRIES = (
    StrategyPlan(
        "call-calendar", "Call calendar", _QUIET,
        "A near call sold, a later one bought: gains as the near one decays at the strike.",
        (_call(-1), _call(1, 0, 1)),
    ),
    StrategyPlan(
        "put-calendar", "Put calendar", _QUIET,
        "A near put sold, a later one bought.", (_put(-1), _put(1, 0, 1)),
    ),
    StrategyPlan(
        "short-call-calendar", "Short call calendar", _WILD,
        "A near call bought, a later one sold: gains when the price leaves the strike.",
        (_call(1), _call(-1, 0, 1)),
    ),
    StrategyPlan(
        "short-put-calendar", "Short put calendar", _WILD,
        "A near put bought, a later one sold.", (_put(1), _put(-1, 0, 1)),
    ),
    StrategyPlan(
        "diagonal-call", "Diagonal call spread", _BULL,
        "A later call bought, a near one sold higher.", (_call(1, 0, 1), _call(-1, 1)),
    ),
    StrategyPlan(
        "diagonal-put", "Diagonal put spread", _BEAR,
        "A later put bought, a near one sold lower.", (_put(1, 0, 1), _put(-1, -1)),
    ),
    StrategyPlan(
        "poor-mans-covered-call", "Poor man's covered call", _BULL,
        "A later call deep in the money in place of the stock of a covered call.",
        (_call(1, -3, 1), _call(-1, 1)),
    ),
    StrategyPlan(
        "poor-mans-covered-put", "Poor man's covered put", _BEAR,
        "A later put deep in the money in place of the short stock of a covered put.",
        (_put(1, 3, 1), _put(-1, -1)),
    ),
    StrategyPlan(
        "straddle-calendar", "Straddle calendar", _QUIET,
        "A near straddle sold, a later one bought.",
        (_call(-1), _put(-1), _call(1, 0, 1), _put(1, 0, 1)),
    ),
    StrategyPlan(
        "double-calendar", "Double calendar", _QUIET,
        "A put calendar below and a call calendar above.",
        (_put(-1, -1), _put(1, -1, 1), _call(-1, 1), _call(1, 1, 1)),
    ),
    StrategyPlan(
        "double-diagonal", "Double diagonal", _QUIET,
        "A near strangle sold, a later and wider one bought.",
        (_put(-1, -1), _put(1, -2, 1), _call(-1, 1), _call(1, 2, 1)),
    ),
)  # fmt: skip

CATALOGUE: dict[str, StrategyPlan] = {
    plan.slug: plan
    for family in (_SINGLE, _WITH_STOCK, _VERTICAL, _TWO_SIDED, _WINGED, _SEVERAL_EXPIRIES)
    for plan in family
}
"""Every named strategy by its slug."""
