"""Timing of named calls: warmed, median of several runs, as ratios against peers."""

import gc
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

OUTPUT = Path("build/bench")
LONG = 1.0  # seconds
STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def say(line: str) -> None:
    """Write a line at once, so that a long benchmark shows where it is."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Row(NamedTuple):
    """One timed call, or a peer that is not installed (`seconds` is None)."""

    section: str
    label: str
    seconds: float | None
    fastest: float | None
    items: float
    unit: str
    ratio: float | None
    peak_rss_mb: float | None
    note: str


class Bench:
    """A table of timings; the first row of each section is ours, the others are its peers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[Row] = []
        self._section = ""

    def section(self, title: str) -> None:
        """Start a new group of rows that are compared with each other."""
        self._section = title
        say(f"\n{title}")

    def time(self, label: str, call: Callable[[], object], *, items: float = 1, **options) -> float:
        """Time `call` and return the median in seconds.

        Options: `unit` (what `items` counts), `runs` (5), `warm_ups` (1), `note`.
        """
        runs, warm_ups = options.get("runs", 5), options.get("warm_ups", 1)
        gc.collect()
        for _ in range(warm_ups):
            call()
        _reset_peak()
        seconds = [_seconds_of(call) for _ in range(runs)]
        median = statistics.median(seconds)
        unit = options.get("unit", "calls")
        self._add(
            Row(
                section=self._section,
                label=label,
                seconds=median,
                fastest=min(seconds),
                items=items,
                unit=unit,
                ratio=self._ratio(median, items, unit),
                peak_rss_mb=peak_mb(),
                note=options.get("note", ""),
            )
        )
        return median

    def record(self, label: str, seconds: float, *, note: str = "") -> None:
        """Add a time measured elsewhere, such as in a fresh process."""
        self._add(Row(self._section, label, seconds, seconds, 1, "calls", None, None, note))

    def missing(self, label: str, reason: str) -> None:
        """Say that a peer could not be timed, and why."""
        self._add(Row(self._section, label, None, None, 0, "", None, None, reason))

    def finish(self) -> None:
        """Write the table as JSON."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        report = {
            "name": self.name,
            "machine": platform.machine(),
            "python": platform.python_version(),
            "rows": [row._asdict() for row in self.rows],
        }
        path = OUTPUT / f"{self.name}.json"
        path.write_text(json.dumps(report, indent=1) + "\n")
        table = path.with_suffix(".txt")
        table.write_text("".join(self._table()))
        say(f"\nwritten to {path} and {table}")

    def _table(self) -> Iterator[str]:
        section = None
        for row in self.rows:
            if row.section != section:
                section = row.section
                yield f"\n{section}\n"
            yield _line(row) + "\n"

    def _ratio(self, seconds: float, items: float, unit: str) -> float:
        """Return the time as a multiple of the section's first; for each item if both count one."""
        timed = [row for row in self.rows if row.section == self._section and row.ratio]
        if not timed:
            return 1.0
        ours = timed[0]
        return seconds / ours.seconds * (ours.items / items if ours.unit == unit else 1.0)

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        say(_line(row))


def _seconds_of(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    seconds = time.perf_counter() - started
    if seconds > LONG:  # not after a short one: it would find the processor's caches emptied
        gc.collect()
    return seconds


def _line(row: Row) -> str:
    if row.seconds is None:
        return f"  {row.label:<44} not measured: {row.note}"
    per_second = f"{row.items / row.seconds:>14,.0f} {row.unit}/s" if row.items > 1 else " " * 15
    ratio = f"{row.ratio:>10,.1f} x" if row.ratio else ""
    peak = f"{row.peak_rss_mb:>7,.0f} MB" if row.peak_rss_mb else ""
    times = f"{row.seconds * 1e3:>12,.3f} ms (best {row.fastest * 1e3:,.3f})"
    return f"  {row.label:<46}{times:<38}{per_second}{ratio}{peak}  {row.note}".rstrip()


def _reset_peak() -> None:
    if CLEAR.exists():
        CLEAR.write_text("5")


def peak_mb() -> float | None:
    """Return the largest memory of this process so far, or since `Bench.time` last began."""
    if not STATUS.exists():
        return None
    peak = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024
