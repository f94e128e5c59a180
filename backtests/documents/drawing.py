"""Charts as inline SVG, drawn on the server: shapes stretch, the words of the axes stay text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Float1D = npt.NDArray[np.float64]
WIDTH, HEIGHT = 1000.0, 300.0
N_TICKS = 5
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
X_LABELS = 5
DAY_NS = 86_400_000_000_000
LONG_SPAN = 366  # days from which on the month is enough


@dataclass(frozen=True)
class Axis:
    """Round ticks from `low` to `high`."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """Values of the ticks, lowest first."""
        n = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(n + 1)]

    def height(self, values: Float1D) -> Float1D:
        """Return how far from the top `values` lie, in units of the picture."""
        return HEIGHT * (1.0 - (values - self.low) / (self.high - self.low))


@dataclass(frozen=True)
class Plot:
    """A drawn chart: the SVG, the words beside it, what it shows."""

    svg: SafeString
    y_labels: list[str]
    x_labels: list[str]
    summary: str
    legend: list[tuple[str, str]] = field(default_factory=list)


def axis_over(low: float, high: float) -> Axis:
    """Return an axis of about five round steps that holds `low` and `high`."""
    if not high > low:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / N_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in STEPS if factor * power >= rough * (1 - 1e-9))
    return Axis(step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9), step)


def line_plot(
    ts_ns: npt.NDArray[np.int64],
    lines: Sequence[tuple[str, str, Float1D]],
    *,
    write: Any,
    summary: str,
    fills_first: bool = False,
) -> Plot:
    """Draw lines over time.

    Parameters
    ----------
    ts_ns : int64[n], nanoseconds UTC
    lines : sequence of (name, class, float64[n])
        NaN leaves a gap.
    write : function of float to str
        Writes a value at the axis.
    fills_first : bool
        Whether the area between the first line and zero, or the floor, is tinted.
    """
    known = np.concatenate([values[np.isfinite(values)] for _, _, values in lines])
    if not known.size:
        known = np.zeros(1)
    low, high = float(known.min()), float(known.max())
    axis = axis_over(low, max(high, 0.0) if high <= 0 else high)
    span = max(int(ts_ns[-1] - ts_ns[0]), 1)
    across = WIDTH * (ts_ns - ts_ns[0]).astype(np.float64) / span
    shapes = [_grid(axis)]
    if fills_first:
        floor = float(axis.height(np.array([min(max(0.0, axis.low), axis.high)]))[0])
        shapes.append(_area(across, axis.height(lines[0][2]), floor))
    shapes += [_line(css, across, axis.height(values)) for _, css, values in reversed(lines)]
    return Plot(
        _picture(shapes, summary),
        [write(value) for value in reversed(axis.ticks)],
        time_labels(ts_ns),
        summary,
        [(name, css) for name, css, _ in lines] if len(lines) > 1 else [],
    )


def bar_plot(edges: Float1D, counts: npt.NDArray[np.int64], *, write: Any, summary: str) -> Plot:
    """Draw a histogram; bins below zero are losses."""
    axis = axis_over(0.0, float(counts.max(initial=1)))
    low, span = float(edges[0]), float(edges[-1] - edges[0])
    left = WIDTH * (edges[:-1] - low) / span
    width = WIDTH * np.diff(edges) / span
    tops = axis.height(counts.astype(np.float64))
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            ("gain" if edge >= 0 else "loss", _f(x + 0.1 * w), _f(y), _f(0.8 * w), _f(HEIGHT - y))
            for edge, x, y, w in zip(edges[:-1] + 1e-15, left, tops, width, strict=True)
        ),
    )
    marks = low + span * np.linspace(0.0, 1.0, X_LABELS)
    return Plot(
        _picture([_grid(axis), bars], summary),
        [f"{value:,.0f}" for value in reversed(axis.ticks)],
        [write(value) for value in marks],
        summary,
    )


def time_labels(ts_ns: npt.NDArray[np.int64]) -> list[str]:
    """Return five moments, evenly from first to last, as precise as the span asks for."""
    marks = np.linspace(float(ts_ns[0]), float(ts_ns[-1]), X_LABELS)
    days = (int(ts_ns[-1]) - int(ts_ns[0])) / DAY_NS
    shown = "%b %Y" if days > LONG_SPAN else "%d %b %Y" if days > X_LABELS else "%d %b %H:%M"
    return [datetime.fromtimestamp(mark / 1e9, UTC).strftime(shown) for mark in marks]


def _picture(shapes: Sequence[SafeString], summary: str) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        int(WIDTH),
        int(HEIGHT),
        summary,
        format_html_join("", "{}", ((shape,) for shape in shapes)),
    )


def _grid(axis: Axis) -> SafeString:
    heights = axis.height(np.array(axis.ticks))
    return format_html_join(
        "",
        '<path class="{}" d="M0 {}H1000"/>',
        (
            ("zero" if abs(tick) < axis.step * 1e-9 else "grid", _f(y))
            for tick, y in zip(axis.ticks, heights, strict=True)
        ),
    )


def _line(css: str, across: Float1D, heights: Float1D) -> SafeString:
    return format_html('<path class="line {}" d="{}"/>', css, _path(across, heights))


def _area(across: Float1D, heights: Float1D, floor: float) -> SafeString:
    known = np.isfinite(heights)
    if not known.any():
        return format_html("")
    inner = _path(across[known], heights[known]).replace("M", "L", 1)
    first, last = across[known][0], across[known][-1]
    return format_html(
        '<path class="area" d="M{} {}{}L{} {}Z"/>', _f(first), _f(floor), inner, _f(last), _f(floor)
    )


def _path(across: Float1D, heights: Float1D) -> str:
    """Return the commands of a line; the pen is lifted over NaN."""
    parts, is_down = [], False
    for x, y in zip(across.tolist(), heights.tolist(), strict=True):
        if math.isnan(y):
            is_down = False
            continue
        parts.append(f"{'L' if is_down else 'M'}{_f(x)} {_f(y)}")
        is_down = True
    return "".join(parts)


def _f(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
