"""Runs side by side: what differs in what was asked, in what came out, and in the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.http import QueryDict

from backtests.engine.comparison import (
    Correlation,
    best_of,
    chosen_times,
    correlations,
    day_closes,
    read_equity,
    rebased,
    values_at,
)
from backtests.engine.curves import drawdown
from backtests.engine.metrics import GROUPS, METRICS, Metric
from backtests.models import BacktestRun
from backtests.selectors.account import artifact_folder
from backtests.selectors.results import CHART_POINTS
from backtests.selectors.runs import runs_visible_to
from backtests.selectors.summary import FALLS, GROUP_LABELS, written
from backtests.selectors.terms import terms_in_words
from market.engine.bars import Float1D, Int1D
from market.engine.timeframes import SECOND_NS
from pulse.common.errors import DomainError
from pulse.common.templatetags.figures import MISSING, count, signed, span

LEAST_RUNS, MOST_RUNS = 2, 5
MOST_NAMED = 100  # more than a page of the list shows
BASES = ("100", "money")


class RunsNotComparable(DomainError):
    """Fewer than two or more than five runs were named."""

    default_code = "runs_not_comparable"
    http_status = 422


class RunNotFinished(DomainError):
    """A run has no result: it is still going, failed, or was cancelled."""

    default_code = "run_not_finished"


@dataclass(frozen=True)
class Chosen:
    """The runs that were asked for, in the order they were asked for.

    Parameters
    ----------
    runs : list of BacktestRun
        Finished runs of the caller, ready to be compared.
    others : list of BacktestRun
        Runs of the caller that have no result.
    missing : list of int
        Numbers under which the caller has no run.
    """

    runs: list[BacktestRun]
    others: list[BacktestRun]
    missing: list[int]

    @property
    def numbers(self) -> list[int]:
        """Numbers of all runs the caller has, finished or not."""
        return [run.pk for run in (*self.runs, *self.others)]

    @property
    def is_comparable(self) -> bool:
        """Whether there are two to five finished runs."""
        return LEAST_RUNS <= len(self.runs) <= MOST_RUNS

    @property
    def refusal(self) -> str:
        """Why these cannot be compared; empty if they can."""
        n = len(self.runs)
        if n > MOST_RUNS:
            return f"{n} runs are chosen. Compare at most {MOST_RUNS}: take {n - MOST_RUNS} away."
        if n < LEAST_RUNS:
            return f"Choose {LEAST_RUNS} to {MOST_RUNS} finished runs to compare them."
        return ""


class Row(NamedTuple):
    """One line of what was asked: a text for each run."""

    name: str
    label: str
    values: list[str]
    differs: bool


class Figure(NamedTuple):
    """One metric of one run, beside the first run's."""

    text: str
    difference: str
    is_best: bool


class MetricRow(NamedTuple):
    """One metric of all runs."""

    metric: Metric
    values: list[float | None]
    differences: list[float | None]
    best: list[int]
    figures: list[Figure]


def numbers_of(query: QueryDict) -> list[int]:
    """Return the runs that a query names by `run=7`, as often as there are; others are passed."""
    texts = query.getlist("run")[:MOST_NAMED]
    return [int(text) for text in texts if text.isdecimal() and len(text) < 19]  # noqa: PLR2004 -- bigint


def chosen_runs(user: Any, numbers: Sequence[int]) -> Chosen:
    """Return the runs of `user` among `numbers`, each once, in their order."""
    asked = list(dict.fromkeys(numbers))
    known = {run.pk: run for run in runs_visible_to(user).filter(pk__in=asked)}
    found = [known[number] for number in asked if number in known]
    done = BacktestRun.Status.SUCCEEDED
    return Chosen(
        [run for run in found if run.status == done],
        [run for run in found if run.status != done],
        [number for number in asked if number not in known],
    )


def check_comparable(chosen: Chosen) -> None:
    """Let two to five finished runs pass.

    Raises
    ------
    RunNotFinished
        If one of them has no result.
    RunsNotComparable
        If there are too few or too many.
    """
    for run in chosen.others:
        raise RunNotFinished(f"Run {run.pk} is {run.status_label.lower()}: it has no result.")
    if not chosen.is_comparable:
        raise RunsNotComparable(chosen.refusal)


def term_rows(runs: Sequence[BacktestRun]) -> list[Row]:
    """Return all that was asked of the runs: strategy, parameters, data and terms."""
    rows = [
        _row("strategy", "Strategy", runs, _strategy_name),
        _row("strategy_version", "Version", runs, lambda run: run.strategy_version),
    ]
    names = dict.fromkeys(name for run in runs for name in run.params)
    rows += [_row(f"params.{name}", name, runs, _param(name)) for name in names]
    rows += [
        _row("series_label", "Data", runs, lambda run: run.series_label),
        _row("period", "Period", runs, _period),
        _row("n_bars", "Bars", runs, lambda run: count(run.n_bars)),
        _row("data_fingerprint", "Data fingerprint", runs, lambda run: run.data_fingerprint[:12]),
    ]
    columns = [terms_in_words(run) for run in runs]
    rows += [
        Row(of[0].name, of[0].label, [term.text for term in of], _differ([t.value for t in of]))
        for of in zip(*columns, strict=True)
    ]
    return rows


def metric_rows(runs: Sequence[BacktestRun]) -> list[tuple[str, list[MetricRow]]]:
    """Return every metric that a run has, by group, with the best of each and differences.

    Money is not ranked where the starting cash differs.
    """
    known = {name for run in runs for name in run.metrics or {}}
    groups = [
        (
            GROUP_LABELS[group],
            [
                _metric_row(metric, runs)
                for metric in METRICS.values()
                if metric.group == group and metric.name in known
            ],
        )
        for group in GROUPS
    ]
    return [(label, rows) for label, rows in groups if rows]


def cautions(runs: Sequence[BacktestRun]) -> list[str]:
    """Return why these runs are not like for like, in sentences."""
    found = []
    if len({_period(run) for run in runs}) > 1:
        found.append("The periods differ, so the figures do not describe the same market.")
    if len({run.series_label for run in runs}) > 1:
        found.append("The runs are of different data.")
    elif len({run.data_fingerprint for run in runs}) > 1:
        found.append("The prices are not the same: the data fingerprints differ.")
    if len({run.is_simulated_data for run in runs}) > 1:
        found.append("Some of the runs are on simulated prices, some are not.")
    if len({run.initial_cash for run in runs}) > 1:
        found.append("The starting cash differs: compare equity rebased to 100.")
    if len({run.metrics["n_trades"] > 0 for run in runs if run.metrics}) > 1:
        found.append("At least one run closed no trade.")
    return found


@dataclass(frozen=True)
class CurveSet:
    """Curves of several runs on one time axis; NaN outside a run's own period.

    Parameters
    ----------
    times : int64[m], nanoseconds UTC
    equity, drawdown : float64[n_runs, m]
    """

    times: Int1D
    equity: npt.NDArray[np.float64]
    drawdown: npt.NDArray[np.float64]


def curve_set(runs: Sequence[BacktestRun]) -> CurveSet:
    """Return the curves of `runs`, about 2,000 times in all, exact at each of them.

    Each result is read twice, one at a time: first for the times worth drawing, then for the
    values at all of them, so that memory stays at one curve whatever the number of runs.
    """
    share = CHART_POINTS // len(runs)
    times = np.unique(np.concatenate([chosen_times(*_equity(run), share) for run in runs]))
    equity, falls = [], []
    for run in runs:
        ts_ns, values = _equity(run)
        equity.append(values_at(ts_ns, values, times))
        falls.append(values_at(ts_ns, drawdown(values), times))
    return CurveSet(times, np.array(equity), np.array(falls))


def return_correlations(runs: Sequence[BacktestRun]) -> list[list[Correlation]]:
    """Return the correlation of daily returns of each run with each."""
    return correlations([day_closes(*_equity(run)) for run in runs])


def overlaid_equity(runs: Sequence[BacktestRun], *, base: str = "100") -> dict[str, Any]:
    """Return the chart of all equity curves, in money or as if each had started with 100."""
    curves = curve_set(runs)
    values = [_based(row, run, base) for row, run in zip(curves.equity, runs, strict=True)]
    kind = "money" if base == "money" else "number"
    return _chart(runs, curves.times, values, places=2, kind=kind)


def overlaid_drawdown(runs: Sequence[BacktestRun]) -> dict[str, Any]:
    """Return the chart of all falls from the running peak."""
    curves = curve_set(runs)
    return _chart(runs, curves.times, list(curves.drawdown), places=6, kind="percent")


def comparison_document(runs: Sequence[BacktestRun], *, base: str = "100") -> dict[str, Any]:
    """Return the whole comparison as plain values; undefined is None."""
    curves = curve_set(runs)
    table = return_correlations(runs)
    equity = [_based(row, run, base) for row, run in zip(curves.equity, runs, strict=True)]
    return {
        "runs": [{"id": run.pk, "name": run.name, "strategy": run.strategy} for run in runs],
        "cautions": cautions(runs),
        "terms": [row._asdict() for row in term_rows(runs)],
        "metrics": [
            {
                "name": row.metric.name,
                "label": row.metric.label,
                "group": row.metric.group,
                "unit": row.metric.unit,
                "higher_is_better": row.metric.higher_is_better,
                "values": row.values,
                "differences": row.differences,
                "best": [runs[i].pk for i in row.best],
            }
            for _, rows in metric_rows(runs)
            for row in rows
        ],
        "correlations": [[_plain(cell.value, 12) for cell in line] for line in table],
        "n_returns": [[cell.n_returns for cell in line] for line in table],
        "curves": {
            "base": base,
            "time": (curves.times // SECOND_NS).tolist(),
            "equity": [[_plain(value, 4) for value in row] for row in equity],
            "drawdown": [[_plain(value, 6) for value in row] for row in curves.drawdown],
        },
    }


def _equity(run: BacktestRun) -> tuple[Int1D, Float1D]:
    return read_equity(artifact_folder(run))


def _based(equity: npt.NDArray[np.float64], run: BacktestRun, base: str) -> npt.NDArray[np.float64]:
    return equity if base == "money" else rebased(equity, float(run.initial_cash))


def _plain(value: float, places: int) -> float | None:
    return None if np.isnan(value) else round(float(value), places)


def _chart(
    runs: Sequence[BacktestRun],
    times: Int1D,
    values: Sequence[npt.NDArray[np.float64]],
    *,
    places: int,
    kind: str,
) -> dict[str, Any]:
    return {
        "time": (times // SECOND_NS).tolist(),
        "format": kind,
        "series": [
            {
                "name": f"Run {run.pk}",
                "values": [_plain(value, places) for value in row],
                "color": f"s{i + 1}",
                "style": "line",
            }
            for i, (run, row) in enumerate(zip(runs, values, strict=True))
        ],
    }


def _row(
    name: str, label: str, runs: Sequence[BacktestRun], write: Callable[[BacktestRun], str]
) -> Row:
    values = [write(run) for run in runs]
    return Row(name, label, values, _differ(values))


def _differ(values: Sequence[Any]) -> bool:
    return any(value != values[0] for value in values[1:])


def _strategy_name(run: BacktestRun) -> str:
    return str(run.rules.strategy) if run.rules else run.strategy


def _param(name: str) -> Callable[[BacktestRun], str]:
    return lambda run: str(run.params.get(name, MISSING))


def _period(run: BacktestRun) -> str:
    known = run.assumptions or {}
    first, last = str(known.get("first_bar_at", "")), str(known.get("last_bar_at", ""))
    return f"{first[:10]} {MISSING} {last[:10]}"


def _metric_row(metric: Metric, runs: Sequence[BacktestRun]) -> MetricRow:
    values = [(run.metrics or {}).get(metric.name) for run in runs]
    first = values[0]
    differences = [None if value is None or first is None else value - first for value in values]
    is_fair = metric.unit != "money" or not _differ([run.initial_cash for run in runs])
    best = best_of(values, higher_is_better=metric.higher_is_better if is_fair else None)
    figures = [
        Figure(
            written(metric, value),
            "" if i == 0 else written_difference(metric, differences[i]),
            i in best,
        )
        for i, value in enumerate(values)
    ]
    return MetricRow(metric, values, differences, best, figures)


def written_difference(metric: Metric, value: float | None) -> str:
    """Return a difference of two values of a metric, fractions as percentage points."""
    if value is None:
        return MISSING
    if metric.unit == "fraction":
        shown = -value if metric.name in FALLS else value
        return f"{signed(100 * shown)} pp"
    if metric.unit == "count":
        return signed(value, 0)
    if metric.unit == "days":
        return f"+{span(value)}" if value > 0 else span(value)
    return signed(value)
