from decimal import Decimal

import pytest

from pulse.common.money import from_engine, to_engine


def test_from_engine_rounds_half_to_even_at_eighth_decimal() -> None:
    assert from_engine(56263.51934000004) == Decimal("56263.51934000")
    assert from_engine(0.000000125) == Decimal("0.00000012")


def test_from_engine_of_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="not an amount"):
        from_engine(float("nan"))


def test_to_engine_is_nearest_float() -> None:
    assert to_engine(Decimal("0.1")) == 0.1
