"""Metrics that compare: with a benchmark, and with chance."""

from functools import partial

from backtests.engine.metrics.registry import Metric
from backtests.engine.metrics.wording import BACON, FLAT, TWO_RETURNS, WEEK

_benchmark = partial(
    Metric, group="benchmark", source=BACON, undefined_when=f"{TWO_RETURNS}; {FLAT}"
)
_confidence = partial(Metric, group="confidence", higher_is_better=True)

BENCHMARK = (
    _benchmark(
        name="buy_hold_return",
        label="Buy and hold",
        unit="fraction",
        formula="last close / close of the first bar with all indicators - 1",
        description="What holding the instrument would have earned, without costs.",
        source="backtesting.py 0.6.6",
        undefined_when="",
    ),
    _benchmark(
        name="excess_return",
        label="Return above buy and hold",
        unit="fraction",
        formula="return - buy-and-hold return",
        description="What trading added to holding.",
        higher_is_better=True,
        undefined_when="",
    ),
    _benchmark(
        name="alpha",
        label="Alpha",
        unit="fraction",
        formula="(mean daily return - beta * mean daily return of the benchmark) * returns a year",
        description="The year's return that the benchmark does not explain (Jensen).",
        annualised=True,
        higher_is_better=True,
        undefined_when=f"{TWO_RETURNS}; a benchmark that never moves; {WEEK}",
    ),
    _benchmark(
        name="beta",
        label="Beta",
        unit="ratio",
        formula="covariance with the benchmark / variance of the benchmark, daily returns",
        description="How far the account moves when the benchmark moves by one.",
        undefined_when=f"{TWO_RETURNS}; a benchmark that never moves",
    ),
    _benchmark(
        name="correlation",
        label="Correlation",
        unit="ratio",
        formula="Pearson correlation of daily returns with the benchmark's",
        description="1 moves with the benchmark, -1 against it, 0 has nothing to do with it.",
    ),
    _benchmark(
        name="tracking_error",
        label="Tracking error",
        unit="fraction",
        formula=(
            "standard deviation (n - 1) of (daily return - benchmark's) * sqrt(returns a year)"
        ),
        description="How far a year's return usually strays from the benchmark.",
        annualised=True,
        undefined_when=f"{TWO_RETURNS}; {WEEK}",
    ),
    _benchmark(
        name="information_ratio",
        label="Information ratio",
        unit="ratio",
        formula=(
            "mean / standard deviation (n - 1) of (daily return - benchmark's) "
            "* sqrt(returns a year)"
        ),
        description="Return above the benchmark for each unit of straying from it.",
        annualised=True,
        higher_is_better=True,
        undefined_when=f"{TWO_RETURNS}; an account that moves with the benchmark; {WEEK}",
    ),
    _benchmark(
        name="up_capture",
        label="Up capture",
        unit="fraction",
        formula="sum of returns / sum of benchmark's, over days the benchmark rose",
        description="Share of the rises taken part in.",
        higher_is_better=True,
        undefined_when=f"{TWO_RETURNS}; a benchmark that never rose",
    ),
    _benchmark(
        name="down_capture",
        label="Down capture",
        unit="fraction",
        formula="sum of returns / sum of benchmark's, over days the benchmark fell",
        description="Share of the falls taken part in.",
        higher_is_better=False,
        undefined_when=f"{TWO_RETURNS}; a benchmark that never fell",
    ),
)

CONFIDENCE = (
    _confidence(
        name="sharpe_standard_error",
        label="Standard error of the Sharpe ratio",
        unit="ratio",
        formula=(
            "sqrt((1 - skewness * S + (kurtosis - 1) / 4 * S^2) / (n - 1)) * sqrt(returns a year); "
            "S = daily Sharpe ratio"
        ),
        description="How far the Sharpe ratio may be from the truth by chance alone.",
        source="Bailey & Lopez de Prado (2012), J. of Risk 15(2), eq. 8",
        annualised=True,
        higher_is_better=False,
        undefined_when=f"fewer than five days; {FLAT}; {WEEK}",
    ),
    _confidence(
        name="psr",
        label="Probabilistic Sharpe ratio",
        unit="fraction",
        formula="normal probability of (daily Sharpe ratio / its standard error)",
        description="Probability that the true Sharpe ratio is above 0.",
        source="Bailey & Lopez de Prado (2012), J. of Risk 15(2), eq. 11",
        undefined_when=f"fewer than five days; {FLAT}",
    ),
    _confidence(
        name="dsr",
        label="Deflated Sharpe ratio",
        unit="fraction",
        formula=(
            "normal probability of ((daily Sharpe ratio - best to expect of as many worthless "
            "trials) / standard error)"
        ),
        description="Probability of a true edge after all the variants that were tried.",
        source="Bailey & Lopez de Prado (2014), J. of Portfolio Management 40(5)",
        undefined_when=f"the number of trials is not known; fewer than five days; {FLAT}",
    ),
)
