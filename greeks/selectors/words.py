"""What statuses and Greeks mean, in sentences for people."""

from datetime import date

from greeks.engine import Status

STATUS_SENTENCES: dict[Status, str] = {
    Status.OK: "",
    Status.AT_INTRINSIC: "The price is exactly what exercise is worth: any small volatility fits.",
    Status.BELOW_INTRINSIC: "The price is below what the option is worth at least: none fits.",
    Status.ABOVE_MAX: "The price is above what the option can be worth at most: none fits.",
    Status.ZERO_PRICE: "The option costs nothing: that tells no volatility.",
    Status.EXPIRED: "The option has expired.",
    Status.NAN_INPUT: "A number is missing.",
    Status.BAD_INPUT: "A number is impossible: negative, infinite, or without a usable quote.",
    Status.NOT_CONVERGED: "The solver found no answer of the promised accuracy.",
}

GREEK_SENTENCES: dict[str, str] = {
    "price": "What the option is worth under this model.",
    "delta": "What the option gains when the underlying rises by 1.00.",
    "gamma": "How much delta grows when the underlying rises by 1.00.",
    "vega": "What the option gains when volatility rises by one point, as from 20 % to 21 %.",
    "theta": "What the option gains (mostly: loses) when a calendar day passes and nothing moves.",
    "rho": "What the option gains when the interest rate rises by one point.",
    "epsilon": "What the option gains when the dividend yield rises by one point.",
    "lambda": "Leverage: by how many per cent the option moves for one per cent of the underlying.",
    "vanna": "How much delta moves when volatility rises by one point.",
    "charm": "How much delta moves as a calendar day passes.",
    "vomma": "How much vega grows when volatility rises by one point.",
    "veta": "How much vega moves as a calendar day passes.",
    "speed": "How much gamma moves when the underlying rises by 1.00.",
    "zomma": "How much gamma moves when volatility rises by one point.",
    "color": "How much gamma moves as a calendar day passes.",
    "ultima": "How much vomma moves when volatility rises by one point.",
    "dual_delta": "What the option gains when the strike is 1.00 higher.",
    "dual_gamma": "How much dual delta moves when the strike is 1.00 higher.",
    "prob_itm": "Chance to end in the money, if the underlying grew at the interest rate.",
}


def short_day(day: date, today: date) -> str:
    """Write a day as Dec 18, from a year away with its year, so that no two look the same."""
    text = f"{day:%b} {day.day}"
    is_far = (day.year - today.year, day.month, day.day) >= (1, today.month, today.day)
    return f"{text} {day.year}" if is_far else text
