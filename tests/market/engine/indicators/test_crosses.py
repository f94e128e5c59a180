import numpy as np
import pytest

from market.engine.indicators import cross_above, cross_below

NAN = np.nan


@pytest.mark.parametrize(
    ("first", "above", "below"),
    [
        pytest.param([-1, 1, 2], [0, 1, 0], [0, 0, 0], id="from below to above"),
        pytest.param([1, -1, -2], [0, 0, 0], [0, 1, 0], id="from above to below"),
        pytest.param([-1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0], id="carried over ties"),
        pytest.param([-1, 0, -1], [0, 0, 0], [0, 0, 0], id="touch and turn back"),
        pytest.param([0, 0, 1], [0, 0, 0], [0, 0, 0], id="first side is no cross"),
        pytest.param([NAN, 1, -1], [0, 0, 0], [0, 0, 1], id="warm-up has no side"),
        pytest.param([-1, NAN, 1], [0, 0, 0], [0, 0, 0], id="a gap forgets the side"),
    ],
)
def test_cross_of_a_series_and_zero(first, above, below):
    assert cross_above(first, 0.0).tolist() == list(map(bool, above))
    assert cross_below(first, np.zeros(len(first))).tolist() == list(map(bool, below))


def test_cross_above_is_cross_below_with_the_sides_changed():
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 3, (2, 1000))

    assert np.array_equal(cross_above(first, second), cross_below(second, first))


def test_cross_of_two_numbers_is_refused():
    with pytest.raises(ValueError, match="two series, or a series and a number"):
        cross_above(1.0, 2.0)
