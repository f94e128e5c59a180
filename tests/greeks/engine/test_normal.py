import mpmath as mp
import numpy as np
import pytest

from greeks.engine.normal import density, distribution, mills, mills_difference
from greeks.engine.simd import exp_and_less_one, log_ratio, tails_over_kernel

RNG = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def forty_digits():
    with mp.workdps(40):
        yield


def exact_mills(z):
    z = mp.mpf(z)
    return mp.sqrt(mp.pi / 2) * mp.exp(z * z / 2) * mp.erfc(-z / mp.sqrt(2))


def worst_error(values, truth):
    return max(
        abs(float(mp.mpf(float(v)) / t - 1)) for v, t in zip(values, truth, strict=True) if t
    )


def test_distribution_tables_of_abramowitz_and_stegun():
    """Table 26.1: the distribution at 0, 1 and 1.96, and the density at 1."""
    assert distribution(np.array([0.0, 1.0, 1.96])) == pytest.approx(
        [0.5, 0.841344746068543, 0.975002104851780], rel=1e-14
    )
    assert density(np.array([1.0])) == pytest.approx(0.241970724519143, rel=1e-14)


def test_distribution_far_tail_keeps_its_digits():
    z = np.linspace(-37.0, 0.0, 200)

    assert worst_error(distribution(z), [mp.erfc(-mp.mpf(v) / mp.sqrt(2)) / 2 for v in z]) < 1e-12


def test_mills_matches_mpmath():
    z = np.concatenate([-np.geomspace(1e-3, 1e6, 100), np.linspace(0.0, 8.0, 20)])

    assert worst_error(mills(z), [exact_mills(v) for v in z]) < 1e-13


def test_mills_difference_keeps_the_digits_a_subtraction_loses():
    centre = -np.array([0.0, 1e-8, 0.1, 0.7, 1.0, 2.0, 3.0])
    half = np.array([1e-12, 1e-6, 1e-3, 0.1, 0.5])
    rows = [(c, h) for c in centre for h in half]

    values = [mills_difference(np.array([c]), np.array([h]))[0] for c, h in rows]

    with mp.workdps(60):
        truth = [exact_mills(mp.mpf(c) + h) - exact_mills(mp.mpf(c) - h) for c, h in rows]
    assert worst_error(values, truth) < 1e-14


@pytest.mark.parametrize("size", [1e-6, 1.0, 700.0])
def test_exp_and_less_one_matches_mpmath(size):
    arguments = RNG.uniform(-size, size, 200)

    pairs = [exp_and_less_one(x) for x in arguments]

    assert worst_error([p[0] for p in pairs], [mp.exp(x) for x in arguments]) < 4e-16
    assert worst_error([p[1] for p in pairs], [mp.expm1(x) for x in arguments]) < 4e-16


def test_exp_and_less_one_beyond_the_range_is_cut():
    assert exp_and_less_one(-1e6)[0] == exp_and_less_one(-708.0)[0] < 1e-307
    assert exp_and_less_one(1e6)[0] == exp_and_less_one(708.0)[0] > 1e307


@pytest.mark.parametrize("spread", [1e-12, 1e-3, 0.3, 1.0, 40.0])
def test_log_ratio_matches_mpmath(spread):
    pairs = [(a, 100.0) for a in 100.0 * np.exp(RNG.uniform(-spread, spread, 200))]

    values = [log_ratio(a, b) for a, b in pairs]

    assert worst_error(values, [mp.log(mp.mpf(a) / b) for a, b in pairs]) < 5e-16


def test_tails_over_kernel_match_mpmath():
    z = np.concatenate([[0.0], np.geomspace(1e-6, 1e3, 200)])

    pairs = [tails_over_kernel(v, -v) for v in z]

    truth = [exact_mills(-v) / mp.sqrt(2 * mp.pi) for v in z]
    assert worst_error([p[0] for p in pairs], truth) < 2e-15
    assert [p[0] for p in pairs] == [p[1] for p in pairs]
