"""American puts by collocation of the exercise boundary, sixteen options side by side.

With the strike, the time left and the rates scaled away (K = 1, T = 1), a put has the boundary
B(t) = X exp(-h(t)), X = min(1, rate / yield). The kernel keeps h at Chebyshev nodes in sqrt(t),
interpolates h**2, and iterates the fixed point of Andersen, Lake and Offengenden (2016), form A:
B(t) = exp(-(r - q) t) N(t, B) / D(t, B). Every loop over lanes is free of branches, and all rows
of lanes lie at constant places of one array, so that the compiler turns the loops to vectors.
"""

import math

import numpy as np
from numba import njit

from greeks.engine.american_schemes import Scheme
from greeks.engine.arrays import FloatArray
from greeks.engine.simd import exp_and_less_one, log_ratio, tails_over_kernel

LANES = 16
SQRT_2PI = math.sqrt(2.0 * math.pi)
INVERSE_SQRT_2PI = 1.0 / SQRT_2PI
TINY = 1e-250
START_SCALE = 1.017  # QD+ heights are 1.6 to 2 % low at all times and rates
SMALL_RATE = 1e-4  # below this the series of rt / (1 - exp(-rt)) is exact to 1e-13
NEWTON_SHARE = 0.6  # the exact step overshoots, since the other nodes move the same way

# rows of the scratch array
LOG_SPOT, RATE, YIELD, DEVIATION, LOG_TOP, LOG_FLOOR = (LANES * i for i in range(6))
HEIGHT, HEIGHT_AT, TOP_SUM, BOTTOM_SUM, TAIL_SUM, TOP_SLOPE, BOTTOM_SLOPE = (
    LANES * i for i in range(6, 13)
)
VALUE, DELTA, GAMMA, LOG_BOUNDARY, EARNED, DISTANCE = (LANES * i for i in range(13, 19))
N_ROWS = 19


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _exp(x: float) -> float:
    return exp_and_less_one(x)[0]


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _log(x: float) -> float:
    return log_ratio(x, 1.0)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _set_limits(w: FloatArray) -> None:
    """Fill the boundary at no time left (LOG_TOP) and at endless time (LOG_FLOOR)."""
    for k in range(LANES):
        rate, yield_ = w[RATE + k], w[YIELD + k]
        variance = w[DEVIATION + k] * w[DEVIATION + k]
        below = (yield_ > 0.0) & (rate < yield_)
        ratio = max(rate, TINY) / (yield_ if below else 1.0)
        w[LOG_TOP + k] = _log(ratio if below else 1.0)
        slope = 2.0 * (rate - yield_) / variance - 1.0
        root = math.sqrt(slope * slope + 8.0 * rate / variance)
        # the negative root of the perpetual put; the quotient form keeps small rates exact
        power = -(slope + root) if slope > 0.0 else -8.0 * rate / (variance * (root - slope + TINY))
        power = min(0.5 * power, -TINY)
        w[LOG_FLOOR + k] = _log(max(power / (power - 1.0), TINY))


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _start(w: FloatArray, scheme: Scheme, squares: FloatArray) -> None:
    """Fill `squares` from guarded steps on the QD+ equation of Li (2010).

    Notes
    -----
    **Source**: Li (2010), Journal of Derivatives 17(4); its c0 is written with alpha / h, which
    stays finite as the rate goes to zero. Steps hold c0 and stay between the perpetual boundary
    and the boundary at expiry, so no lane can run away.
    """
    for i in range(scheme.node.shape[0]):
        z = scheme.node[i]
        time = z * z
        for k in range(LANES):
            deviation = w[DEVIATION + k] * z
            top, floor = w[LOG_TOP + k], min(w[LOG_FLOOR + k], w[LOG_TOP + k])
            x_top, x_floor = _exp(top), _exp(floor)
            gap = max(x_top - x_floor, 1e-12)
            fall = min((w[RATE + k] - w[YIELD + k]) * time, 0.0) - 2.0 * deviation
            w[HEIGHT + k] = _log(x_floor + gap * _exp(fall * x_top / gap))
        for _ in range(scheme.n_start_steps):
            _start_step(w, time, z)
        base = i * LANES
        for k in range(LANES):
            height = START_SCALE * (w[LOG_TOP + k] - w[HEIGHT + k])
            squares[base + k] = height * height


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _start_step(w: FloatArray, time: float, z: float) -> None:
    """Move HEIGHT, here the log boundary itself, one guarded Newton step."""
    for k in range(LANES):
        rate, yield_, y = w[RATE + k], w[YIELD + k], w[HEIGHT + k]
        deviation = w[DEVIATION + k] * z
        variance = deviation * deviation
        rt, qt = rate * time, yield_ * time
        discount, carry, spot = _exp(-rt), _exp(-qt), _exp(y)
        series = 1.0 / (1.0 - rt * (0.5 - rt * (1.0 / 6.0)))
        share = series if rt < SMALL_RATE else rt / (1.0 - discount)
        alpha = 2.0 * share / variance
        slope = 2.0 * (rt - qt) / variance - 1.0
        square = slope * slope + 4.0 * alpha
        root = math.sqrt(square)
        d1 = (y + rt - qt) / deviation + 0.5 * deviation
        d2 = d1 - deviation
        density = _exp(-0.5 * d1 * d1)
        tail1, tail2 = tails_over_kernel(d1, d2)
        tail1, tail2 = density * tail1, tail2 * _exp(-0.5 * d2 * d2)
        below1 = carry * (tail1 if d1 > 0.0 else 1.0 - tail1)
        below2 = discount * (tail2 if d2 > 0.0 else 1.0 - tail2)
        density = density * carry * INVERSE_SQRT_2PI
        premium = 1.0 - spot - below2 + spot * below1
        theta = rt * below2 - qt * spot * below1 - 0.5 * spot * density * deviation
        theta_slope = density * (0.5 * d2 - (rt - qt) / deviation) - qt * below1
        power = discount * (alpha - alpha * alpha / square) / root - 0.5 * (slope + root)
        share_of_theta = 2.0 / (variance * root)
        miss = spot * (1.0 - below1) + power * premium - share_of_theta * theta
        gradient = (1.0 - power) * (1.0 - below1) + density / deviation
        gradient -= share_of_theta * theta_slope
        step = miss / max(spot * gradient, TINY)
        step = min(max(step, -0.5), 0.5)
        low = min(w[LOG_FLOOR + k], w[LOG_TOP + k])
        w[HEIGHT + k] = min(max(y - step, low), w[LOG_TOP + k])


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _height_at(w: FloatArray, row: FloatArray, squares: FloatArray) -> None:
    """Fill HEIGHT_AT: the height interpolated with the weights of `row`."""
    for k in range(LANES):
        w[HEIGHT_AT + k] = 0.0
    for j in range(row.shape[0]):
        weight, base = row[j], j * LANES
        for k in range(LANES):
            w[HEIGHT_AT + k] += weight * squares[base + k]
    for k in range(LANES):
        w[HEIGHT_AT + k] = math.sqrt(max(w[HEIGHT_AT + k], 0.0))


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _add_point(w: FloatArray, z: float, sine: float, cosine: float, weight: float) -> None:
    """Add one point of the boundary integrals of node z to the sums."""
    back = z * sine
    passed = back * back
    left = z * z * cosine * cosine
    density_weight = 2.0 * z * cosine * weight
    tail_weight = density_weight * back
    for k in range(LANES):
        rate, yield_ = w[RATE + k], w[YIELD + k]
        deviation = w[DEVIATION + k] * back
        inverse = 1.0 / deviation
        gap = w[HEIGHT_AT + k] - w[HEIGHT + k] + (rate - yield_) * passed
        lower = gap * inverse - 0.5 * deviation
        upper = lower + deviation
        bottom = _exp(yield_ * left - 0.5 * upper * upper)
        top = _exp(rate * left - 0.5 * lower * lower)
        tail = bottom * tails_over_kernel(upper, upper)[0]
        tail = _exp(yield_ * left) - tail if upper > 0.0 else tail
        w[TOP_SUM + k] += density_weight * top
        w[BOTTOM_SUM + k] += density_weight * bottom
        w[TAIL_SUM + k] += tail_weight * tail
        w[TOP_SLOPE + k] -= density_weight * top * lower * inverse
        w[BOTTOM_SLOPE + k] -= density_weight * bottom * upper * inverse


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _update_node(w: FloatArray, z: float) -> None:
    """Move HEIGHT by one Newton step of ln B = ln f(B), the other nodes held."""
    time = z * z
    for k in range(LANES):
        rate, yield_, deviation = w[RATE + k], w[YIELD + k], w[DEVIATION + k]
        spread = deviation * z
        log_boundary = w[LOG_TOP + k] - w[HEIGHT + k]
        lower = (log_boundary + (rate - yield_) * time) / spread - 0.5 * spread
        upper = lower + spread
        scale = INVERSE_SQRT_2PI / deviation
        top = _exp(-0.5 * lower * lower)
        bottom = _exp(-0.5 * upper * upper)
        tail = bottom * tails_over_kernel(upper, upper)[0]
        tail = 1.0 - tail if upper > 0.0 else tail
        numerator = scale * (top / z + rate * w[TOP_SUM + k])
        density = scale * (bottom / z + yield_ * w[BOTTOM_SUM + k])
        denominator = density + tail + yield_ * w[TAIL_SUM + k]
        numerator_slope = scale * (rate * w[TOP_SLOPE + k] - top / z * lower / spread)
        denominator_slope = density + scale * (
            yield_ * w[BOTTOM_SLOPE + k] - bottom / z * upper / spread
        )
        ratio = max(numerator, TINY) / max(denominator, TINY)
        miss = log_boundary - _log(ratio) + (rate - yield_) * time
        gradient = 1.0 - numerator_slope / max(numerator, TINY)
        gradient += denominator_slope / max(denominator, TINY)
        step = miss / (1.0 + NEWTON_SHARE * (max(gradient, 0.5) - 1.0))
        step = min(max(step, -0.5), 0.5)
        w[HEIGHT + k] = max(w[HEIGHT + k] + step, 0.0)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _iterate(w: FloatArray, scheme: Scheme, squares: FloatArray) -> None:
    """Sweep the fixed point over the nodes, short times first, each node used at once."""
    n_nodes, n_points = scheme.node.shape[0], scheme.sine.shape[0]
    for _ in range(scheme.n_iterations):
        for i in range(n_nodes - 1, -1, -1):
            base = i * LANES
            for k in range(LANES):
                w[HEIGHT + k] = math.sqrt(squares[base + k])
            for k in range(5 * LANES):
                w[TOP_SUM + k] = 0.0
            for m in range(n_points):
                _height_at(w, scheme.interpolation[i, m], squares)
                _add_point(w, scheme.node[i], scheme.sine[m], scheme.cosine[m], scheme.weight[m])
            _update_node(w, scheme.node[i])
            for k in range(LANES):
                squares[base + k] = w[HEIGHT + k] * w[HEIGHT + k]
    for k in range(LANES):
        w[LOG_BOUNDARY + k] = w[LOG_TOP + k] - math.sqrt(squares[k])


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _start_value(w: FloatArray) -> None:
    """Fill VALUE, DELTA and GAMMA with those of the European put."""
    for k in range(LANES):
        rate, yield_, deviation = w[RATE + k], w[YIELD + k], w[DEVIATION + k]
        d1 = (w[LOG_SPOT + k] + rate - yield_) / deviation + 0.5 * deviation
        d2 = d1 - deviation
        spot = _exp(w[LOG_SPOT + k])
        carry = _exp(-yield_)
        density = _exp(-0.5 * d1 * d1)
        tail1, tail2 = tails_over_kernel(d1, d2)
        tail1, tail2 = density * tail1, tail2 * _exp(-0.5 * d2 * d2)
        below1 = carry * (tail1 if d1 > 0.0 else 1.0 - tail1)
        below2 = _exp(-rate) * (tail2 if d2 > 0.0 else 1.0 - tail2)
        w[VALUE + k] = below2 - spot * below1
        w[DELTA + k] = -below1
        w[GAMMA + k] = carry * density * INVERSE_SQRT_2PI / (spot * deviation)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _add_peak(w: FloatArray) -> None:
    """Add the integrals of what `_add_value_point` leaves out of delta and gamma.

    Notes
    -----
    Close to the boundary the two integrands have a peak at a time left of (distance / vol)^2,
    narrower than any quadrature. It is that of a straight boundary, whose integrals are known:
    over m in (0, 1), phi(g / v) / v gives 2 (phi(y) - y Phi(-y)) / s, and g phi(g / v) / v^3
    gives 2 Phi(-y) / s^2, with v = s sqrt(m) and y = g / s.
    """
    for k in range(LANES):
        earned = w[RATE + k] * _exp(-w[LOG_BOUNDARY + k]) - w[YIELD + k]
        distance = max(w[LOG_SPOT + k] - w[LOG_BOUNDARY + k], 0.0)
        w[EARNED + k], w[DISTANCE + k] = earned, distance
        inverse = 1.0 / w[DEVIATION + k]
        y = distance * inverse
        density = _exp(-0.5 * y * y)
        tail = density * tails_over_kernel(y, y)[0]
        w[DELTA + k] -= 2.0 * earned * inverse * (INVERSE_SQRT_2PI * density - y * tail)
        spot = _exp(w[LOG_SPOT + k])
        w[GAMMA + k] += 2.0 * earned * inverse * inverse * tail / spot


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _add_value_point(w: FloatArray, sine: float, cosine: float, weight: float) -> None:
    """Add one point of the early-exercise premium, and of its slope and curvature in spot."""
    passed = sine * sine
    value_weight = 2.0 * sine * cosine * weight
    for k in range(LANES):
        rate, yield_ = w[RATE + k], w[YIELD + k]
        deviation = w[DEVIATION + k] * sine
        inverse = 1.0 / deviation
        log_boundary = w[LOG_TOP + k] - w[HEIGHT_AT + k]
        gap = w[LOG_SPOT + k] - log_boundary + (rate - yield_) * passed
        d2 = gap * inverse - 0.5 * deviation
        d1 = d2 + deviation
        spot, boundary = _exp(w[LOG_SPOT + k]), _exp(log_boundary)
        carry, discount = _exp(-yield_ * passed), _exp(-rate * passed)
        density = _exp(-0.5 * d1 * d1)
        tail1, tail2 = tails_over_kernel(d1, d2)
        tail1, tail2 = density * tail1, tail2 * _exp(-0.5 * d2 * d2)
        below1 = carry * (tail1 if d1 > 0.0 else 1.0 - tail1)
        below2 = discount * (tail2 if d2 > 0.0 else 1.0 - tail2)
        density = density * carry * INVERSE_SQRT_2PI * inverse
        earned = rate / boundary - yield_
        w[VALUE + k] += value_weight * (rate * below2 - yield_ * spot * below1)
        peak = w[EARNED + k] * INVERSE_SQRT_2PI * inverse
        near = w[DISTANCE + k] * inverse
        peak *= _exp(-0.5 * near * near)
        w[DELTA + k] -= value_weight * (earned * density - peak + yield_ * below1)
        bend = density * (earned * d1 * inverse + yield_) - peak * near * inverse
        w[GAMMA + k] += value_weight * bend / spot


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _value(w: FloatArray, scheme: Scheme, squares: FloatArray) -> None:
    _start_value(w)
    _add_peak(w)
    for m in range(scheme.price_sine.shape[0]):
        _height_at(w, scheme.price_interpolation[m], squares)
        _add_value_point(w, scheme.price_sine[m], scheme.price_cosine[m], scheme.price_weight[m])


@njit(cache=True, nogil=True, error_model="numpy")
def collocate_puts(rows: FloatArray, scheme: Scheme, out: FloatArray) -> None:
    """Fill `out` with value, delta, gamma and log boundary of puts of strike 1 and time 1.

    Parameters
    ----------
    rows : float64[4, n]
        ln(spot / strike), rate * years, dividend_yield * years, vol * sqrt(years); exercise is
        worth something below one boundary: rate > 0, or rate = 0 > dividend_yield.
    out : float64[4, n]
        Per unit of strike: value, dV/dS, d2V/dS2 of the holder who waits now, and
        ln(boundary / strike) with all the time left. Spots at or below it are for the caller.
    """
    n = rows.shape[1]
    w = np.zeros(N_ROWS * LANES)
    squares = np.zeros(scheme.node.shape[0] * LANES)
    for first in range(0, n, LANES):
        for k in range(LANES):
            column = min(first + k, n - 1)
            for i in range(4):
                w[i * LANES + k] = rows[i, column]
        _set_limits(w)
        _start(w, scheme, squares)
        _iterate(w, scheme, squares)
        _value(w, scheme, squares)
        for k in range(min(LANES, n - first)):
            for i in range(4):
                out[i, first + k] = w[VALUE + i * LANES + k]
