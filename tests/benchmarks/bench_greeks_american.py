"""American prices, Greeks and implied volatility: throughput on one core, and accuracy.

``python -m tests.benchmarks.run greeks_american``. The peers price one option per call, ours a
column. The truth is QuantLib's high-precision scheme on the same options.
"""

import importlib
import math
import warnings

import numpy as np

from greeks.engine.american import american_greeks, american_price
from greeks.engine.american_implied import american_implied_vol
from tests.benchmarks.harness import Bench, say

N_OPTIONS = 2_000
FEW = 100
ACCURACIES = ("fast", "accurate", "high")
SCHEMES = {"fast": "fastScheme", "accurate": "accurateScheme", "high": "highPrecisionScheme"}
TREE_STEPS = 801


def random_puts(n_options):
    """Return columns of puts: a week to two years, with and without dividends, strikes of 100."""
    rng = np.random.default_rng(7)
    return (
        100.0 * np.exp(rng.normal(0.0, 0.25, n_options)),
        np.full(n_options, 100.0),
        rng.integers(7, 730, n_options) / 365.0,
        rng.uniform(0.005, 0.08, n_options),
        rng.uniform(0.0, 0.08, n_options) * (rng.random(n_options) < 0.7),
        rng.uniform(0.1, 0.8, n_options),
    )


class QuantLibPuts:
    """One QuantLib process whose quotes are moved from option to option."""

    def __init__(self, build_engine):
        self.ql = ql = importlib.import_module("QuantLib")
        self.today = ql.Date(1, 1, 2026)
        ql.Settings.instance().evaluationDate = self.today
        days = ql.Actual365Fixed()
        self.quotes = [ql.SimpleQuote(value) for value in (100.0, 0.01, 0.01, 0.2)]
        spot, rate, dividend_yield, vol = (ql.QuoteHandle(quote) for quote in self.quotes)
        calendar = ql.NullCalendar()
        process = ql.BlackScholesMertonProcess(
            spot,
            ql.YieldTermStructureHandle(ql.FlatForward(self.today, dividend_yield, days)),
            ql.YieldTermStructureHandle(ql.FlatForward(self.today, rate, days)),
            ql.BlackVolTermStructureHandle(ql.BlackConstantVol(self.today, calendar, vol, days)),
        )
        self.engine = build_engine(ql, process)

    def price(self, spot, strike, years, rate, dividend_yield, vol):
        """Return the prices of columns of puts."""
        ql = self.ql
        prices = np.empty(spot.size)
        for i in range(spot.size):
            market = (spot[i], rate[i], dividend_yield[i], vol[i])
            for quote, value in zip(self.quotes, market, strict=True):
                quote.setValue(float(value))
            expiry = self.today + round(years[i] * 365)
            option = ql.VanillaOption(
                ql.PlainVanillaPayoff(ql.Option.Put, float(strike[i])),
                ql.AmericanExercise(self.today, expiry),
            )
            option.setPricingEngine(self.engine)
            prices[i] = option.NPV()
        return prices


def _collocation(name):
    def build(ql, process):
        scheme = getattr(ql.QdFpAmericanEngine, SCHEMES[name])()
        return ql.QdFpAmericanEngine(process, scheme)

    return QuantLibPuts(build)


def _tree():
    def build(ql, process):
        return ql.BinomialVanillaEngine(process, "lr", TREE_STEPS)

    return QuantLibPuts(build)


def measure(bench: Bench) -> None:
    """Time our engine and QuantLib, then compare both with its high-precision prices."""
    puts = random_puts(N_OPTIONS)
    few = tuple(column[:FEW] for column in puts)
    _time_prices(bench, puts, few)
    _time_the_rest(bench, puts, few)
    _compare(puts, few)


def _time_prices(bench, puts, few):
    for accuracy in ACCURACIES:
        rows = few if accuracy == "high" else puts
        n_rows = rows[0].size
        bench.section(f"American put price, {accuracy}, {n_rows} options")
        bench.time(
            "ours",
            lambda r=rows, a=accuracy: american_price("put", *r, accuracy=a),
            items=n_rows,
            unit="options",
            runs=9,
        )
        try:
            peer = _collocation(accuracy)
        except ImportError as error:
            bench.missing("QuantLib QdFp", str(error))
            continue
        with warnings.catch_warnings(action="ignore"):
            bench.time(
                f"QuantLib QdFp {accuracy}",
                lambda r=rows, p=peer: p.price(*r),
                items=n_rows,
                unit="options",
            )


def _time_the_rest(bench, puts, few):
    spot, strike, years, rate, dividend_yield, _ = puts
    prices = american_price("put", *puts)
    bench.section("American Greeks and implied volatility")
    bench.time(
        "price and six Greeks, fast",
        lambda: american_greeks("put", *puts),
        items=N_OPTIONS,
        unit="options",
    )
    market = (spot, strike, years, rate, dividend_yield)
    for accuracy in ("fast", "accurate"):
        bench.time(
            f"implied volatility, {accuracy}",
            lambda a=accuracy: american_implied_vol("put", prices, *market, accuracy=a),
            items=N_OPTIONS,
            unit="options",
        )
    dividends = [(0.1, 1.0), (0.35, 1.0)]
    bench.time(
        "price under two cash dividends, fast",
        lambda: american_price("put", *few, dividends=dividends),
        items=FEW,
        unit="options",
    )
    bench.section("Latency of one call")
    one = tuple(column[:1] for column in puts)
    bench.time("price of one put, fast", lambda: american_price("put", *one), runs=21)


def _compare(puts, few):
    """Print the errors against QuantLib's high-precision prices."""
    try:
        truth = _collocation("high").price(*puts)
    except ImportError:
        return
    say(f"\nErrors against QuantLib QdFp high precision, {N_OPTIONS:,} puts, strike 100")
    say(f"  {'':<28}{'root mean square':>18}{'largest':>12}")
    found = [
        *((f"ours, {name}", american_price("put", *puts, accuracy=name)) for name in ACCURACIES),
        *(
            (f"QuantLib QdFp {name}", _collocation(name).price(*puts))
            for name in ("fast", "accurate")
        ),
        (f"QuantLib tree, {TREE_STEPS} steps", _tree().price(*few)),
    ]
    for label, prices in found:
        errors = np.abs(prices - truth[: prices.size])
        say(f"  {label:<28}{math.sqrt(np.mean(errors**2)):>18.1e}{errors.max():>12.1e}")
