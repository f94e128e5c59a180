import numpy as np
import pytest

from greeks.engine.american_schemes import SIZES, build_scheme, scheme_of


@pytest.fixture(params=SIZES)
def scheme(request):
    return scheme_of(request.param)


def test_scheme_nodes_fall_from_all_the_time_left(scheme):
    assert scheme.node[0] == 1.0
    assert (np.diff(scheme.node) < 0.0).all()
    assert scheme.node[-1] > 0.0


@pytest.mark.parametrize("power", [1, 2, 3, 5])
def test_scheme_interpolation_is_exact_for_polynomials_without_constant(scheme, power):
    """The height is 0 with no time left, so that node has no column."""
    heights = scheme.node**power

    at_points = scheme.interpolation @ heights
    at_price_points = scheme.price_interpolation @ heights

    places = np.multiply.outer(scheme.node, scheme.cosine)
    assert at_points == pytest.approx(places**power, abs=1e-13)
    assert at_price_points == pytest.approx(scheme.price_cosine**power, abs=1e-13)


def test_scheme_weights_integrate_a_smooth_function_of_time():
    """Over m = sin(theta)^2 in (0, 1), dm = 2 sin cos d(theta): exp(m) gives e - 1."""
    scheme = build_scheme(1, 1, 4, 12, 12)

    total = np.sum(2.0 * scheme.sine * scheme.cosine * scheme.weight * np.exp(scheme.sine**2))

    assert total == pytest.approx(np.e - 1.0, rel=1e-13)


def test_scheme_is_built_once():
    assert scheme_of("fast") is scheme_of("fast")


def test_scheme_unknown_name_raises():
    with pytest.raises(ValueError, match="accuracy must be one of"):
        scheme_of("exact")
