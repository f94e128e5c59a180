"""What a document says of a result, whether it is a run of the database or of a file of bars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from backtests.engine import ExitReason, Result
from backtests.engine.artifact import COLUMNS, Curve, read_full_curve, read_trades, write_artifact
from backtests.engine.metrics import METRICS, Metric
from backtests.models import BacktestRun
from backtests.selectors.account import artifact_folder
from backtests.selectors.analysis import (
    TrustLine,
    read_analysis,
    stress_heads,
    stress_rows,
    trust_lines,
)
from backtests.selectors.terms import Term, terms_in_words, written_terms
from market.engine.bars import Float1D
from pulse.common.numbers import finite_or_none
from pulse.common.time import from_ns

BATCH_ROWS = 65_536
Columns = dict[str, npt.NDArray[Any]]


class Column(NamedTuple):
    """One column of an exported table."""

    name: str
    unit: str
    meaning: str


TRADE_COLUMNS = (
    Column("number", "", "1 for the earliest exit."),
    Column("side", "", "long or short."),
    Column("size", "units", "Signed: below 0 is short."),
    Column("entry_at", "UTC", "Close of the bar in which the position was entered."),
    Column("exit_at", "UTC", "Close of the bar in which it was left."),
    Column("entry_bar", "bars", "Number of that bar, the first of the run is 0."),
    Column("exit_bar", "bars", "Number of that bar."),
    Column("n_bars", "bars", "From entry to exit."),
    Column("entry_price", "price", "After slippage and half of the spread."),
    Column("exit_price", "price", "After slippage and half of the spread."),
    Column("pnl", "money", "Profit or loss after commissions and financing."),
    Column("return", "fraction", "pnl over the entry value |size| times entry_price."),
    Column("commission", "money", "Of entry and exit."),
    Column("financing", "money", "Borrowing and financing paid while it was held."),
    Column("mae", "fraction", "Largest move against it, of the entry price, costs left out."),
    Column("mfe", "fraction", "Largest move in its favour, of the entry price, costs left out."),
    Column("exit_reason", "", "signal, stop, target, trail, liquidation or bankrupt."),
)
EQUITY_COLUMNS = (
    Column("time", "UTC", "Close of the bar."),
    Column("close", "price", "Price at that close."),
    Column("equity", "money", "Account value at that close."),
    Column("drawdown", "fraction", "Equity over its highest value so far, less 1; 0 or below."),
    Column("position", "units", "Held at that close; below 0 is short."),
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A result with the words around it; curve and trades stay on disk until they are asked for.

    Parameters
    ----------
    name, data_label : str
        As people wrote them: every document escapes them in its own way.
    number : int or None
        Number of the run; None for a run of a file.
    terms : list of Term
    sentences : list of str
        How it was simulated.
    held_from_ns : int, nanoseconds UTC
        Close at which holding the instrument begins; see `held_curve`.
    counts : mapping of str to int
        Refused entries and ambiguous bars, by their words.
    costs : mapping of str to float, account currency
    trust : sequence of TrustLine
        How far the result can be trusted; empty where it was not examined.
    stress : sequence of (name, texts)
        The run as it is and under each stress, a text for each of `stress_heads`.
    folder : Path
        The artifact of the result.
    """

    name: str
    number: int | None
    strategy: str
    strategy_version: str
    params: Mapping[str, Any]
    data_label: str
    is_simulated_data: bool
    initial_cash: float
    terms: list[Term]
    sentences: list[str]
    counts: Mapping[str, int]
    costs: Mapping[str, float]
    metrics: Mapping[str, float | None]
    n_bars: int
    n_trades: int
    held_from_ns: int
    first_bar_at: datetime
    last_bar_at: datetime
    simulated_at: datetime | None
    fingerprint: str
    data_fingerprint: str
    folder: Path
    trust: Sequence[TrustLine] = ()
    stress_heads: Sequence[str] = ()
    stress: Sequence[tuple[str, list[str]]] = ()

    @property
    def known_metrics(self) -> list[tuple[Metric, float | None]]:
        """Every metric the result has, in the order of the registry."""
        return [(m, self.metrics[m.name]) for m in METRICS.values() if m.name in self.metrics]

    def full_curve(self) -> Curve:
        """Return every bar of the curve."""
        return read_full_curve(self.folder)

    def curve_batches(self) -> Iterator[Columns]:
        """Yield the curve in parts of 65,536 bars, `ts_ns` first, with the drawdown."""
        peak = -np.inf
        with pq.ParquetFile(self.folder / "curve.parquet") as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(COLUMNS)):
                part = {name: batch.column(name).to_numpy() for name in COLUMNS}
                peaks = np.maximum(np.maximum.accumulate(part["equity"]), peak)
                peak = peaks[-1] if peaks.size else peak
                part["drawdown"] = falls_from(peaks, part["equity"])
                yield part

    def trades(self) -> Columns:
        """Return the trade list as columns, in the order of `TRADE_COLUMNS`, times in ns."""
        stored = read_trades(self.folder)
        if "entry_ts_ns" not in stored:
            ts_ns = self.full_curve().ts_ns
            for end in ("entry", "exit"):
                stored[f"{end}_ts_ns"] = ts_ns[stored[f"{end}_bar"]]
        return trade_table(stored)


def falls_from(peaks: Float1D, equity: Float1D) -> Float1D:
    """Return equity over its running peak, less 1; 0 while no peak is above 0."""
    falls: Float1D = np.divide(equity, peaks, out=np.ones_like(equity), where=peaks > 0) - 1.0
    return falls


def trade_table(stored: Columns) -> Columns:
    """Return the columns of an artifact's trade list as documents show them."""
    value = np.abs(stored["size"]) * stored["entry_price"]
    reasons = np.array([reason.name.lower() for reason in ExitReason])
    made = {
        "number": np.arange(1, value.size + 1),
        "side": np.where(stored["size"] > 0, "long", "short"),
        "entry_at": stored["entry_ts_ns"],
        "exit_at": stored["exit_ts_ns"],
        "n_bars": stored["exit_bar"] - stored["entry_bar"],
        "return": np.divide(stored["pnl"], value, out=np.zeros_like(value), where=value > 0),
        "exit_reason": reasons[stored["exit_reason"]],
    }
    columns = {**stored, **made}
    return {column.name: columns[column.name] for column in TRADE_COLUMNS if column.name in columns}


def report_of_run(run: BacktestRun) -> Report:
    """Return what documents say of a finished run."""
    known = run.assumptions or {}
    tables = read_analysis(run)
    stress = stress_rows(tables) if tables else []
    return Report(
        name=run.name,
        number=run.pk,
        strategy=str(run.rules.strategy) if run.rules else run.strategy,
        strategy_version=run.strategy_version,
        params=run.params,
        data_label=run.series_label,
        is_simulated_data=run.is_simulated_data,
        initial_cash=float(run.initial_cash),
        terms=terms_in_words(run),
        sentences=list(known.get("sentences", ())),
        counts=counts_of(known.get("n_refused", 0), known.get("n_ambiguous", 0)),
        costs=known.get("costs", {}),
        metrics=run.metrics or {},
        n_bars=run.n_bars or 0,
        n_trades=run.n_trades or 0,
        held_from_ns=known.get("held_from_ns", 0),
        first_bar_at=datetime.fromisoformat(known["first_bar_at"]),
        last_bar_at=datetime.fromisoformat(known["last_bar_at"]),
        simulated_at=run.finished_at,
        fingerprint=run.fingerprint,
        data_fingerprint=run.data_fingerprint,
        folder=artifact_folder(run),
        trust=trust_lines(run, tables) if tables else (),
        stress_heads=stress_heads() if stress else (),
        stress=stress,
    )


def report_of_result(result: Result, *, data_label: str, folder: Path) -> Report:
    """Return what documents say of a run of a file; curve and trades are written to `folder`."""
    write_artifact(
        folder,
        bars=result.bars,
        equity=result.equity,
        position=result.position,
        trades=result.trades,
    )
    terms, sizing = result.terms, result.terms.sizing
    values = {
        **terms.as_dict(),
        "initial_cash": terms.cash,
        "sizing": sizing.kind,
        "size_value": sizing.value,
        "size_window": sizing.window,
        "size_cap": sizing.cap,
    }
    return Report(
        name=f"{result.strategy_name} on {data_label}",
        number=None,
        strategy=result.strategy_name,
        strategy_version=result.strategy_version,
        params=result.params,
        data_label=data_label,
        is_simulated_data=False,
        initial_cash=terms.cash,
        terms=written_terms(values),
        sentences=list(result.assumptions),
        counts=counts_of(result.n_refused, result.n_ambiguous),
        costs=asdict(result.costs),
        metrics={name: finite_or_none(value) for name, value in result.metrics.items()},
        n_bars=len(result.bars),
        n_trades=int(result.trades.size),
        held_from_ns=int(result.bars.ts_ns[result.first_bar]),
        first_bar_at=from_ns(result.bars.ts_ns[0]),
        last_bar_at=from_ns(result.bars.ts_ns[-1]),
        simulated_at=None,
        fingerprint=result.fingerprint,
        data_fingerprint=result.bars.fingerprint,
        folder=folder,
    )


def counts_of(n_refused: int, n_ambiguous: int) -> dict[str, int]:
    """Return what the engine counted, by the words of the documents."""
    return {
        "Entries refused for want of cash": n_refused,
        "Bars that touched stop and target": n_ambiguous,
    }
