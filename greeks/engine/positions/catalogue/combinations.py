"""Two-sided and winged positions of one expiry, and positions of several."""

from greeks.engine.positions.catalogue.plans import (
    BEAR,
    BULL,
    NONE,
    QUIET,
    WILD,
    StrategyPlan,
    call,
    put,
)

TWO_SIDED = (
    StrategyPlan(
        "long-straddle", "Long straddle", WILD,
        "Call and put at one strike: gains on a large move either way.", (call(1), put(1)),
    ),
    StrategyPlan(
        "short-straddle", "Short straddle", QUIET,
        "Call and put sold at one strike: keeps the premium if little moves.",
        (call(-1), put(-1)),
    ),
    StrategyPlan(
        "long-strangle", "Long strangle", WILD,
        "A cheaper straddle with its strikes apart.", (put(1, -1), call(1, 1)),
    ),
    StrategyPlan(
        "short-strangle", "Short strangle", QUIET,
        "Put and call sold apart: keeps the premium between them.", (put(-1, -1), call(-1, 1)),
    ),
    StrategyPlan(
        "long-guts", "Long guts", WILD,
        "A strangle of options in the money.", (call(1, -1), put(1, 1)),
    ),
    StrategyPlan(
        "short-guts", "Short guts", QUIET,
        "A short strangle of options in the money.", (call(-1, -1), put(-1, 1)),
    ),
    StrategyPlan(
        "strip", "Strip", WILD,
        "A straddle with a second put: a large move, rather down.", (call(1), put(2)),
    ),
    StrategyPlan(
        "strap", "Strap", WILD,
        "A straddle with a second call: a large move, rather up.", (call(2), put(1)),
    ),
    StrategyPlan(
        "synthetic-long", "Synthetic long stock", BULL,
        "Call bought, put sold at one strike: the stock's forward.", (call(1), put(-1)),
    ),
    StrategyPlan(
        "synthetic-short", "Synthetic short stock", BEAR,
        "Put bought, call sold at one strike: the forward sold.", (call(-1), put(1)),
    ),
    StrategyPlan(
        "bullish-risk-reversal", "Bullish risk reversal", BULL,
        "A put sold lower pays for a call bought higher.", (put(-1, -1), call(1, 1)),
    ),
    StrategyPlan(
        "bearish-risk-reversal", "Bearish risk reversal", BEAR,
        "A call sold higher pays for a put bought lower.", (call(-1, 1), put(1, -1)),
    ),
    StrategyPlan(
        "bullish-seagull", "Bullish seagull", BULL,
        "A bull call spread paid for by a put sold lower.",
        (call(1), call(-1, 1), put(-1, -1)),
    ),
    StrategyPlan(
        "bearish-seagull", "Bearish seagull", BEAR,
        "A bear put spread paid for by a call sold higher.",
        (put(1), put(-1, -1), call(-1, 1)),
    ),
    StrategyPlan(
        "jade-lizard", "Jade lizard", QUIET,
        "A put and a call spread sold: no loss above if the credit exceeds the spread.",
        (put(-1, -1), call(-1, 1), call(1, 2)),
    ),
    StrategyPlan(
        "reverse-jade-lizard", "Reverse jade lizard", QUIET,
        "A call and a put spread sold: no loss below if the credit exceeds the spread.",
        (call(-1, 1), put(-1, -1), put(1, -2)),
    ),
    StrategyPlan(
        "big-lizard", "Big lizard", QUIET,
        "A straddle sold with its upside loss capped by a call.",
        (put(-1), call(-1), call(1, 1)),
    ),
)  # fmt: skip

WINGED = (
    StrategyPlan(
        "iron-condor", "Iron condor", QUIET,
        "A strangle sold, a wider one bought: limited gain between, limited loss outside.",
        (put(1, -2), put(-1, -1), call(-1, 1), call(1, 2)),
    ),
    StrategyPlan(
        "reverse-iron-condor", "Reverse iron condor", WILD,
        "A strangle bought, a wider one sold: limited gain outside, limited loss between.",
        (put(-1, -2), put(1, -1), call(1, 1), call(-1, 2)),
    ),
    StrategyPlan(
        "iron-butterfly", "Iron butterfly", QUIET,
        "A straddle sold, a strangle bought around it.",
        (put(1, -1), put(-1), call(-1), call(1, 1)),
    ),
    StrategyPlan(
        "reverse-iron-butterfly", "Reverse iron butterfly", WILD,
        "A straddle bought, a strangle sold around it.",
        (put(-1, -1), put(1), call(1), call(-1, 1)),
    ),
    StrategyPlan(
        "long-call-butterfly", "Long call butterfly", QUIET,
        "Cheap, and best exactly at the middle strike.", (call(1, -1), call(-2), call(1, 1)),
    ),
    StrategyPlan(
        "short-call-butterfly", "Short call butterfly", WILD,
        "A small credit kept when the price leaves the wings.",
        (call(-1, -1), call(2), call(-1, 1)),
    ),
    StrategyPlan(
        "long-put-butterfly", "Long put butterfly", QUIET,
        "A butterfly of puts: the same by parity.", (put(1, -1), put(-2), put(1, 1)),
    ),
    StrategyPlan(
        "short-put-butterfly", "Short put butterfly", WILD,
        "A butterfly of puts sold.", (put(-1, -1), put(2), put(-1, 1)),
    ),
    StrategyPlan(
        "long-call-condor", "Long call condor", QUIET,
        "A butterfly with its middle widened.",
        (call(1, -2), call(-1, -1), call(-1, 1), call(1, 2)),
    ),
    StrategyPlan(
        "short-call-condor", "Short call condor", WILD,
        "A call condor sold.", (call(-1, -2), call(1, -1), call(1, 1), call(-1, 2)),
    ),
    StrategyPlan(
        "long-put-condor", "Long put condor", QUIET,
        "A condor of puts: the same by parity.",
        (put(1, -2), put(-1, -1), put(-1, 1), put(1, 2)),
    ),
    StrategyPlan(
        "short-put-condor", "Short put condor", WILD,
        "A put condor sold.", (put(-1, -2), put(1, -1), put(1, 1), put(-1, 2)),
    ),
    StrategyPlan(
        "broken-wing-call-butterfly", "Broken-wing call butterfly", QUIET,
        "A call butterfly with the upper wing further out: cheaper, with a loss above.",
        (call(1), call(-2, 1), call(1, 3)),
    ),
    StrategyPlan(
        "broken-wing-put-butterfly", "Broken-wing put butterfly", QUIET,
        "A put butterfly with the lower wing further out: cheaper, with a loss below.",
        (put(1), put(-2, -1), put(1, -3)),
    ),
    StrategyPlan(
        "call-christmas-tree", "Call Christmas tree", BULL,
        "One call, three sold above, two bought higher: best at the middle strike.",
        (call(1), call(-3, 2), call(2, 3)),
    ),
    StrategyPlan(
        "put-christmas-tree", "Put Christmas tree", BEAR,
        "One put, three sold below, two bought lower: best at the middle strike.",
        (put(1), put(-3, -2), put(2, -3)),
    ),
    StrategyPlan(
        "batman", "Batman", QUIET,
        "Ratio spreads on both sides: best at either sold strike, open beyond.",
        (put(-2, -2), put(1, -1), call(1, 1), call(-2, 2)),
    ),
    StrategyPlan(
        "box-spread", "Box spread", NONE,
        "Bull call and bear put spread: pays the width whatever happens, a loan by options.",
        (call(1, -1), call(-1, 1), put(1, 1), put(-1, -1)),
    ),
)  # fmt: skip

SEVERAL_EXPIRIES = (
    StrategyPlan(
        "call-calendar", "Call calendar", QUIET,
        "A near call sold, a later one bought: gains as the near one decays at the strike.",
        (call(-1), call(1, 0, 1)),
    ),
    StrategyPlan(
        "put-calendar", "Put calendar", QUIET,
        "A near put sold, a later one bought.", (put(-1), put(1, 0, 1)),
    ),
    StrategyPlan(
        "short-call-calendar", "Short call calendar", WILD,
        "A near call bought, a later one sold: gains when the price leaves the strike.",
        (call(1), call(-1, 0, 1)),
    ),
    StrategyPlan(
        "short-put-calendar", "Short put calendar", WILD,
        "A near put bought, a later one sold.", (put(1), put(-1, 0, 1)),
    ),
    StrategyPlan(
        "diagonal-call", "Diagonal call spread", BULL,
        "A later call bought, a near one sold higher.", (call(1, 0, 1), call(-1, 1)),
    ),
    StrategyPlan(
        "diagonal-put", "Diagonal put spread", BEAR,
        "A later put bought, a near one sold lower.", (put(1, 0, 1), put(-1, -1)),
    ),
    StrategyPlan(
        "poor-mans-covered-call", "Poor man's covered call", BULL,
        "A later call deep in the money in place of the stock of a covered call.",
        (call(1, -3, 1), call(-1, 1)),
    ),
    StrategyPlan(
        "poor-mans-covered-put", "Poor man's covered put", BEAR,
        "A later put deep in the money in place of the short stock of a covered put.",
        (put(1, 3, 1), put(-1, -1)),
    ),
    StrategyPlan(
        "straddle-calendar", "Straddle calendar", QUIET,
        "A near straddle sold, a later one bought.",
        (call(-1), put(-1), call(1, 0, 1), put(1, 0, 1)),
    ),
    StrategyPlan(
        "double-calendar", "Double calendar", QUIET,
        "A put calendar below and a call calendar above.",
        (put(-1, -1), put(1, -1, 1), call(-1, 1), call(1, 1, 1)),
    ),
    StrategyPlan(
        "double-diagonal", "Double diagonal", QUIET,
        "A near strangle sold, a later and wider one bought.",
        (put(-1, -1), put(1, -2, 1), call(-1, 1), call(1, 2, 1)),
    ),
)  # fmt: skip
