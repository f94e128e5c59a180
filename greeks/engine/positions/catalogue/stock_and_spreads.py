"""Single options, options with stock, and vertical spreads."""

from greeks.engine.positions.catalogue.plans import (
    BEAR,
    BULL,
    NONE,
    QUIET,
    WILD,
    StrategyPlan,
    call,
    put,
    stock,
)

SINGLE = (
    StrategyPlan(
        "long-call", "Long call", BULL,
        "Gains above the strike, loses at most the premium.", (call(1),),
    ),
    StrategyPlan(
        "short-call", "Short call", BEAR,
        "Keeps the premium below the strike; the loss above it has no limit.", (call(-1),),
    ),
    StrategyPlan(
        "long-put", "Long put", BEAR,
        "Gains below the strike, loses at most the premium.", (put(1),),
    ),
    StrategyPlan(
        "short-put", "Short put", BULL,
        "Keeps the premium above the strike, buys the stock there otherwise.", (put(-1),),
    ),
)  # fmt: skip

WITH_STOCK = (
    StrategyPlan(
        "covered-call", "Covered call", BULL,
        "Stock with its upside sold for a premium.", (stock(1), call(-1, 1)),
    ),
    StrategyPlan(
        "covered-put", "Covered put", BEAR,
        "Short stock with its further gains sold for a premium.", (stock(-1), put(-1, -1)),
    ),
    StrategyPlan(
        "protective-put", "Protective put", BULL,
        "Stock insured against a fall below the strike.", (stock(1), put(1, -1)),
    ),
    StrategyPlan(
        "protective-call", "Protective call", BEAR,
        "Short stock insured against a rise above the strike.", (stock(-1), call(1, 1)),
    ),
    StrategyPlan(
        "collar", "Collar", BULL,
        "Insured stock whose sold upside pays for the insurance.",
        (stock(1), put(1, -1), call(-1, 1)),
    ),
    StrategyPlan(
        "short-collar", "Short collar", BEAR,
        "Insured short stock whose sold gains pay for the insurance.",
        (stock(-1), call(1, 1), put(-1, -1)),
    ),
    StrategyPlan(
        "covered-strangle", "Covered strangle", BULL,
        "A covered call that also offers to buy more stock lower.",
        (stock(1), call(-1, 1), put(-1, -1)),
    ),
    StrategyPlan(
        "covered-straddle", "Covered straddle", BULL,
        "Stock with call and put sold at the money: twice the stock below, capped above.",
        (stock(1), call(-1), put(-1)),
    ),
    StrategyPlan(
        "ratio-call-write", "Ratio call write", QUIET,
        "Stock with two calls sold: a short straddle made of stock and calls.",
        (stock(1), call(-2)),
    ),
    StrategyPlan(
        "stock-repair", "Stock repair", BULL,
        "Doubles the gain of stock between two strikes for about no premium.",
        (stock(1), call(1), call(-2, 1)),
    ),
    StrategyPlan(
        "synthetic-call", "Synthetic call", BULL,
        "Stock and a put at the money: a call by parity.", (stock(1), put(1)),
    ),
    StrategyPlan(
        "synthetic-put", "Synthetic put", BEAR,
        "Short stock and a call at the money: a put by parity.", (stock(-1), call(1)),
    ),
    StrategyPlan(
        "conversion", "Conversion", NONE,
        "Stock sold forward by options: a fixed outcome.", (stock(1), put(1), call(-1)),
    ),
    StrategyPlan(
        "reversal", "Reversal", NONE,
        "Short stock bought forward by options: a fixed outcome.",
        (stock(-1), put(-1), call(1)),
    ),
)  # fmt: skip

VERTICAL = (
    StrategyPlan(
        "bull-call-spread", "Bull call spread", BULL,
        "A call made cheaper by selling the gain above a higher strike.", (call(1), call(-1, 1)),
    ),
    StrategyPlan(
        "bear-call-spread", "Bear call spread", BEAR,
        "A call sold for premium, its loss limited by a higher one.", (call(-1), call(1, 1)),
    ),
    StrategyPlan(
        "bear-put-spread", "Bear put spread", BEAR,
        "A put made cheaper by selling the gain below a lower strike.", (put(1), put(-1, -1)),
    ),
    StrategyPlan(
        "bull-put-spread", "Bull put spread", BULL,
        "A put sold for premium, its loss limited by a lower one.", (put(-1), put(1, -1)),
    ),
    StrategyPlan(
        "call-ratio-spread", "Call ratio spread", QUIET,
        "One call bought, two sold higher: best at the upper strike, open above.",
        (call(1), call(-2, 1)),
    ),
    StrategyPlan(
        "put-ratio-spread", "Put ratio spread", QUIET,
        "One put bought, two sold lower: best at the lower strike, open below.",
        (put(1), put(-2, -1)),
    ),
    StrategyPlan(
        "call-backspread", "Call ratio backspread", BULL,
        "One call sold, two bought higher: gains on a strong rise.", (call(-1), call(2, 1)),
    ),
    StrategyPlan(
        "put-backspread", "Put ratio backspread", BEAR,
        "One put sold, two bought lower: gains on a strong fall.", (put(-1), put(2, -1)),
    ),
    StrategyPlan(
        "bull-call-ladder", "Bull call ladder", QUIET,
        "A bull call spread cheapened by another call sold: open above.",
        (call(1), call(-1, 1), call(-1, 2)),
    ),
    StrategyPlan(
        "bear-call-ladder", "Bear call ladder", WILD,
        "A call sold, two bought at higher strikes: gains far above.",
        (call(-1), call(1, 1), call(1, 2)),
    ),
    StrategyPlan(
        "bear-put-ladder", "Bear put ladder", QUIET,
        "A bear put spread cheapened by another put sold: open below.",
        (put(1), put(-1, -1), put(-1, -2)),
    ),
    StrategyPlan(
        "bull-put-ladder", "Bull put ladder", WILD,
        "A put sold, two bought at lower strikes: gains far below.",
        (put(-1), put(1, -1), put(1, -2)),
    ),
    StrategyPlan(
        "zebra", "Zero-extrinsic back ratio", BULL,
        "Two deep calls and one sold at the money: stock with little time value and less loss.",
        (call(2, -2), call(-1)),
    ),
)  # fmt: skip
