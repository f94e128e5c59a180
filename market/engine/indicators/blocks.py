"""Building blocks that carry an indicator's memory from bar to bar.

A state is one float64 array: first the offset of each block, then the blocks. The functions
that make blocks are Python; those that push a value into one are compiled and return the
block's new figure, NaN until there is one. Pushing NaN changes nothing and returns NaN, so
that blocks can be chained while the first is still warming up.
"""

import numpy as np

from market.engine.bars import Float1D
from market.engine.indicators.compiled import inner

MAX_SCALE = 1e8  # prices are read as ticks of down to 8 decimals
SETTLED = 1e-3  # of the peak; a smaller variance is summed afresh
EXACT = 2.0**53  # whole numbers below this are exact in float64
NAN = np.nan


def state_of(*blocks: Float1D) -> Float1D:
    """Return a state whose element j is the offset of block j."""
    sizes = [len(blocks), *(block.size for block in blocks)]
    return np.concatenate([np.cumsum(sizes[:-1]).astype(np.float64), *blocks])


def cells(*values: float) -> Float1D:
    """Return a block of plain numbers: parameters and memory of one value each."""
    return np.array(values, dtype=np.float64)


def ring(window: int) -> Float1D:
    """Return an empty memory of the latest `window` values: window, count, values."""
    return np.concatenate([[window, 0.0], np.full(window, NAN)])


def mean(window: int) -> Float1D:
    """Return an empty moving mean: window, count, scale, sum, rest, largest, values."""
    return np.concatenate([[window, 0.0, 1.0, 0.0, 0.0, 0.0], np.zeros(window)])


def smoothing(window: int, alpha: float) -> Float1D:
    """Return an empty exponential mean seeded by a plain one: window, count, alpha, value."""
    return cells(window, 0.0, alpha, 0.0)


def exponential(window: int) -> Float1D:
    """Return an empty exponential mean with weight 2 / (window + 1)."""
    return smoothing(window, 2.0 / (window + 1.0))


def wilder(window: int) -> Float1D:
    """Return an empty exponential mean with Wilder's weight 1 / window."""
    return smoothing(window, 1.0 / window)


def spread(window: int) -> Float1D:
    """Return an empty moving deviation.

    Layout: window, count, pivot, sum and sum of squares of distances from the pivot, peak of
    the latter, how many latest values are equal, the latest, values.
    """
    return np.concatenate([[window, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, NAN], np.zeros(window)])


def weighted(window: int) -> Float1D:
    """Return empty moving sums, plain and weighted 1..window: window, count, both, values."""
    return np.concatenate([[window, 0.0, 0.0, 0.0], np.zeros(window)])


def extreme(window: int, sign: float) -> Float1D:
    """Return an empty moving maximum (sign 1) or minimum (-1).

    Layout: window, sign, count, slot, best of the current block, values times sign.
    """
    return np.concatenate([[window, sign, 0.0, 0.0, -np.inf], np.full(window, -np.inf)])


def dated_extreme(window: int, sign: float) -> Float1D:
    """Return an empty moving maximum (sign 1) or minimum (-1) that knows where it stood.

    Layout: window, sign, count, head, size, then values and their bar numbers: a queue of
    candidates that only ever gets worse from its head on.
    """
    return np.concatenate([[window, sign, 0.0, 0.0, 0.0], np.zeros(2 * window)])


@inner
def _next_slot(s: Float1D, k: int) -> int:
    """Count one more value of a ring; return the slot it goes to.

    The count runs to twice the window and falls back to once: at least `window` means full.
    """
    count = s[k + 1]
    s[k + 1] = count + 1.0 if count + 1.0 < 2.0 * s[k] else s[k]
    return int(count if count < s[k] else count - s[k])


@inner
def _latest_slot(s: Float1D, k: int) -> int:
    count = s[k + 1] - 1.0
    return int(count if count < s[k] else count - s[k])


@inner
def push_ring(s: Float1D, k: int, x: float) -> float:
    """Remember `x`; return the value it replaces, NaN while the ring fills."""
    if np.isnan(x):
        return NAN
    at = k + 2 + _next_slot(s, k)
    old = s[at]
    s[at] = x
    return old


@inner
def push_smoothing(s: Float1D, k: int, x: float) -> float:
    """Return the exponential mean; its first value is the mean of the first window."""
    if np.isnan(x):
        return NAN
    if s[k + 1] >= s[k]:
        s[k + 3] += (x - s[k + 3]) * s[k + 2]
        return s[k + 3]
    s[k + 1] += 1.0
    s[k + 3] += x
    if s[k + 1] < s[k]:
        return NAN
    s[k + 3] /= s[k]
    return s[k + 3]


@inner
def push_weighted(s: Float1D, k: int, x: float) -> float:
    """Return the mean of the latest window in which the newest weighs most, linearly.

    Notes
    -----
    The sums are rolled on, and summed afresh every `window` bars so that no error builds up.
    """
    if np.isnan(x):
        return NAN
    window = int(s[k])
    first = _next_slot(s, k)
    s[k + 3] += window * x - s[k + 2]
    s[k + 2] += x - s[k + 4 + first]
    s[k + 4 + first] = x
    if first == window - 1:
        s[k + 2] = s[k + 3] = 0.0
        for j in range(window):
            s[k + 2] += s[k + 4 + j]
            s[k + 3] += (j + 1.0) * s[k + 4 + j]
    return s[k + 3] / (0.5 * window * (window + 1.0)) if s[k + 1] >= window else NAN


@inner
def push_spread(s: Float1D, k: int, x: float) -> float:
    """Return the population standard deviation of the latest window, 0 exactly if it is flat.

    Notes
    -----
    Sums of distances from a pivot are rolled on. They are summed afresh, about the mean, every
    `window` bars and whenever the variance has fallen far below its peak since then, before
    what the larger values left behind in the last digits can be seen.
    """
    if np.isnan(x):
        return NAN
    window = s[k]
    slot = _next_slot(s, k)
    old = s[k + 8 + slot] - s[k + 2]
    new = x - s[k + 2]
    s[k + 8 + slot] = x
    s[k + 6] = s[k + 6] + 1.0 if x == s[k + 7] else 1.0
    s[k + 7] = x
    if s[k + 1] < window:
        return NAN
    if s[k + 6] >= window:
        s[k + 2] = x
        s[k + 3] = s[k + 4] = s[k + 5] = 0.0
        return 0.0
    s[k + 3] += new - old
    s[k + 4] += (new - old) * (new + old)
    scatter = s[k + 4] - s[k + 3] * s[k + 3] / window  # window times the variance
    s[k + 5] = max(s[k + 5], s[k + 4])
    if slot == window - 1.0 or scatter < SETTLED * s[k + 5]:
        scatter = _sum_spread(s, k)
    return np.sqrt(scatter / window)


@inner
def _sum_spread(s: Float1D, k: int) -> float:
    """Sum a full spread afresh about its mean; return window times the variance."""
    window = int(s[k])
    values = s[k + 8 : k + 8 + window]
    total = squares = rest = 0.0
    for value in values:
        total += value - values[0]
    pivot = values[0] + total / window
    for value in values:
        rest += value - pivot
        squares += (value - pivot) ** 2
    s[k + 2], s[k + 3], s[k + 4] = pivot, rest, squares
    s[k + 5] = squares
    return max(squares - rest * rest / window, 0.0)


@inner
def mean_deviation(s: Float1D, k: int) -> float:
    """Return the mean distance from the mean of a mean's window, 0 exactly if it is flat."""
    window = int(s[k])
    latest = s[k + 6 + _latest_slot(s, k)]
    total = distance = 0.0
    for i in range(k + 6, k + 6 + window):
        total += s[i] - latest
    for i in range(k + 6, k + 6 + window):
        distance += abs(s[i] - latest - total / window)
    return distance / window / (s[k + 2] if s[k + 2] > 0.0 else 1.0)


@inner
def rise(change: float) -> float:
    """Return the change if it is upward, else 0; NaN stays NaN."""
    if change < 0.0:
        return 0.0
    return change


@inner
def share(part: float, whole: float, empty: float) -> float:
    """Return part / whole, or `empty` if the whole is 0; NaN stays NaN."""
    return part / whole if whole != 0.0 else empty + 0.0 * part


@inner
def true_range(high: float, low: float, previous_close: float) -> float:
    """Return the largest of the bar's range and its reach from the previous close."""
    if np.isnan(previous_close):
        return NAN
    return max(high, previous_close) - min(low, previous_close)


@inner
def _wrap(slot: int, window: int) -> int:
    return slot - window if slot >= window else slot


@inner
def push_extreme(s: Float1D, k: int, x: float) -> float:
    """Return the largest (or smallest) of the latest window.

    Notes
    -----
    Source: van Herk (1992), Pattern Recognition Letters 13. Bars come in blocks of one window:
    slots up to this bar hold values of this block, later ones the best of the block before
    from there to its end, so the extreme is the better of two numbers.
    """
    if np.isnan(x):
        return NAN
    window, slot, at = int(s[k]), int(s[k + 3]), k + 5
    value = s[k + 1] * x
    best = max(s[k + 4], value)
    s[at + slot] = value
    found = best
    if slot + 1 < window:
        found = max(best, s[at + slot + 1])
        s[k + 3], s[k + 4] = slot + 1.0, best
    else:
        for j in range(at + window - 2, at - 1, -1):
            s[j] = max(s[j], s[j + 1])
        s[k + 3], s[k + 4] = 0.0, -np.inf
    if s[k + 2] < s[k]:
        s[k + 2] += 1.0
    return s[k + 1] * found if s[k + 2] >= s[k] else NAN


@inner
def push_dated_extreme(s: Float1D, k: int, x: float) -> float:
    """Return the largest (or smallest) of the latest window."""
    if np.isnan(x):
        return NAN
    window, sign = int(s[k]), s[k + 1]
    head, size = int(s[k + 3]), int(s[k + 4])
    values, bars = k + 5, k + 5 + window
    # Equal values: the later one wins, as in TA-Lib's Aroon.
    while size > 0 and sign * x >= sign * s[values + _wrap(head + size - 1, window)]:
        size -= 1
    if size > 0 and s[bars + head] <= s[k + 2] - window:
        head = _wrap(head + 1, window)
        size -= 1
    tail = _wrap(head + size, window)
    s[values + tail] = x
    s[bars + tail] = s[k + 2]
    s[k + 2] += 1.0
    s[k + 3], s[k + 4] = head, size + 1
    return s[values + head] if s[k + 2] >= window else NAN


@inner
def bars_since_extreme(s: Float1D, k: int) -> float:
    """Return how many pushes ago a dated extreme stood."""
    window = int(s[k])
    return s[k + 2] - 1.0 - s[k + 5 + window + int(s[k + 3])]


@inner
def push_mean(s: Float1D, k: int, x: float) -> float:
    """Return the mean of the latest window, exact for prices on a decimal grid.

    Notes
    -----
    Prices on a grid are summed as whole ticks, so that two means that are equal on paper are
    equal in memory and no error can build up. The grid is found while values arrive. After a
    value of more than 8 decimals the sum is carried in two floats (Knuth's TwoSum).
    """
    if np.isnan(x):
        return NAN
    window = s[k]
    if s[k + 2] > 0.0 and not _fit_grid(s, k, x):
        _leave_grid(s, k)
    scale = s[k + 2]
    at = k + 6 + _next_slot(s, k)
    if scale > 0.0:
        tick = np.rint(x * scale)
        s[k + 3] += tick - s[at]
        s[at] = tick
        return s[k + 3] / (window * scale) if s[k + 1] >= window else NAN
    _add_exactly(s, k + 3, -s[at])
    _add_exactly(s, k + 3, x)
    s[at] = x
    return (s[k + 3] + s[k + 4]) / window if s[k + 1] >= window else NAN


@inner
def grid_scale(x: float, scale: float) -> float:
    """Return the first of scale, 10 scale, ... for which x is a whole number of ticks, or 0."""
    while np.rint(x * scale) / scale != x:
        scale *= 10.0
        if scale > MAX_SCALE:
            return 0.0
    return scale


@inner
def _fit_grid(s: Float1D, k: int, x: float) -> bool:
    scale = grid_scale(x, s[k + 2])
    largest = max(s[k + 5], abs(x))
    if scale == 0.0 or largest * scale * s[k] >= EXACT:
        return False
    s[k + 5] = largest
    if scale != s[k + 2]:
        factor = np.rint(scale / s[k + 2])
        s[k + 3] *= factor
        for i in range(k + 6, k + 6 + int(s[k])):
            s[i] *= factor
        s[k + 2] = scale
    return True


@inner
def _leave_grid(s: Float1D, k: int) -> None:
    scale = s[k + 2]
    s[k + 2] = s[k + 3] = s[k + 4] = 0.0
    for i in range(k + 6, k + 6 + int(s[k])):
        s[i] /= scale
        _add_exactly(s, k + 3, s[i])


@inner
def _add_exactly(s: Float1D, at: int, x: float) -> None:
    high = s[at] + x
    part = high - s[at]
    s[at + 1] += (s[at] - (high - part)) + (x - part)
    s[at] = high
