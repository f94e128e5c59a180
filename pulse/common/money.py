"""Money: Decimal with a currency in the database, float64 in the engines; only jobs convert."""

from decimal import ROUND_HALF_EVEN, Decimal

PLACES = Decimal("0.00000001")


def from_engine(amount: float) -> Decimal:
    """Return an engine's float as money, rounded half to even at the eighth decimal.

    Raises
    ------
    ValueError
        If `amount` is not finite: an amount that is unknown is no money.
    """
    value = Decimal(repr(float(amount)))
    if not value.is_finite():
        raise ValueError(f"{amount} is not an amount of money")
    return value.quantize(PLACES, rounding=ROUND_HALF_EVEN)


def to_engine(amount: Decimal) -> float:
    """Return money as the nearest float64."""
    return float(amount)
