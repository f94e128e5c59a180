"""Every indicator TA-Lib has, over two markets and two sets of parameters each."""

import numpy as np
import pytest
import talib

from market.engine.indicators import INDICATORS
from market.engine.indicators.core import column_of
from tests.market.engine.indicators.test_core import random_bars

SMA, EMA = 0, 1

# name, parameters, TA-Lib's figure for columns named as in bars
CASES = [
    ("sma", {"window": 20}, lambda b: talib.SMA(b.close, 20)),
    ("ema", {"window": 20}, lambda b: talib.EMA(b.close, 20)),
    ("rma", {"window": 9}, lambda b: talib.RMA(b.close, 9)),
    ("wma", {"window": 20}, lambda b: talib.WMA(b.close, 20)),
    ("dema", {"window": 11}, lambda b: talib.DEMA(b.close, 11)),
    ("tema", {"window": 11}, lambda b: talib.TEMA(b.close, 11)),
    ("trima", {"window": 20}, lambda b: talib.TRIMA(b.close, 20)),
    ("trima", {"window": 21}, lambda b: talib.TRIMA(b.close, 21)),
    ("hma", {"window": 20}, lambda b: talib.HMA(b.close, 20)),
    ("hma", {"window": 9}, lambda b: talib.HMA(b.close, 9)),
    ("kama", {"window": 10}, lambda b: talib.KAMA(b.close, 10)),
    ("linreg", {"window": 14}, lambda b: talib.LINEARREG(b.close, 14)),
    ("slope", {"window": 14}, lambda b: talib.LINEARREG_SLOPE(b.close, 14)),
    ("rsi", {"window": 14}, lambda b: talib.RSI(b.close, 14)),
    ("rsi", {"window": 2}, lambda b: talib.RSI(b.close, 2)),
    ("macd", {}, lambda b: talib.MACD(b.close)),
    (
        "macd",
        {"fast": 3, "slow": 40, "signal": 1},
        lambda b: talib.MACD(b.close, 3, 40, 1),
    ),
    ("roc", {"window": 10}, lambda b: talib.ROC(b.close, 10)),
    ("mom", {"window": 10}, lambda b: talib.MOM(b.close, 10)),
    ("cmo", {"window": 14}, lambda b: talib.CMOU(b.close, 14)),
    ("awesome", {}, lambda b: talib.AO(b.high, b.low)),
    ("ultimate", {}, lambda b: talib.ULTOSC(b.high, b.low, b.close)),
    ("williams", {"window": 14}, lambda b: talib.WILLR(b.high, b.low, b.close, 14)),
    (
        "stochastic",
        {"window": 14, "smooth_k": 3, "smooth_d": 3},
        lambda b: talib.STOCH(b.high, b.low, b.close, 14, 3, SMA, 3, SMA),
    ),
    (
        "stoch_rsi",
        {"window": 14, "range_window": 5, "smooth_k": 1, "smooth_d": 3},
        lambda b: talib.STOCHRSI(b.close, 14, 5, 3, SMA),
    ),
    ("cci", {"window": 14}, lambda b: talib.CCI(b.high, b.low, b.close, 14)),
    (
        "aroon",
        {"window": 14},
        lambda b: (
            *reversed(talib.AROON(b.high, b.low, 14)),
            talib.AROONOSC(b.high, b.low, 14),
        ),
    ),
    ("tr", {}, lambda b: talib.TRANGE(b.high, b.low, b.close)),
    ("atr", {"window": 14}, lambda b: talib.ATR(b.high, b.low, b.close, 14)),
    ("natr", {"window": 14}, lambda b: talib.NATR(b.high, b.low, b.close, 14)),
    ("stddev", {"window": 20}, lambda b: talib.STDDEV(b.close, 20)),
    ("bollinger", {"window": 20}, lambda b: talib.BBANDS(b.close, 20, 2.0, 2.0)),
    ("donchian", {"window": 20}, lambda b: talib.DONCHIAN(b.high, b.low, 20)),
    ("highest", {"window": 20}, lambda b: talib.MAX(b.close, 20)),
    ("lowest", {"window": 7}, lambda b: talib.MIN(b.close, 7)),
    (
        "adx",
        {"window": 14},
        lambda b: [
            f(b.high, b.low, b.close, 14) for f in (talib.ADX, talib.PLUS_DI, talib.MINUS_DI)
        ],
    ),
    ("psar", {}, lambda b: talib.SAR(b.high, b.low, 0.02, 0.2)),
    (
        "psar",
        {"step": 0.1, "maximum": 0.5},
        lambda b: talib.SAR(b.high, b.low, 0.1, 0.5),
    ),
    ("heikin_ashi", {}, lambda b: talib.HA(b.open, b.high, b.low, b.close)),
    ("vwma", {"window": 20}, lambda b: talib.VWMA(b.close, b.volume, 20)),
    ("mfi", {"window": 14}, lambda b: talib.MFI(b.high, b.low, b.close, b.volume, 14)),
    ("obv", {}, lambda b: talib.OBV(b.close, b.volume)),
    ("ad_line", {}, lambda b: talib.AD(b.high, b.low, b.close, b.volume)),
    ("chaikin", {}, lambda b: talib.ADOSC(b.high, b.low, b.close, b.volume, 3, 10)),
    ("cmf", {"window": 20}, lambda b: talib.CMF(b.high, b.low, b.close, b.volume, 20)),
]


@pytest.mark.parametrize("decimals", [2, 12])
@pytest.mark.parametrize(("name", "values", "reference"), CASES)
def test_indicator_matches_talib(name, values, reference, decimals):
    bars = random_bars(decimals=decimals)
    expected = np.atleast_2d(reference(bars))
    scale = np.nanmax(np.abs(expected))

    computed = np.atleast_2d(INDICATORS[name].on(bars, **values))

    known = np.isfinite(expected)  # TA-Lib drops a line's values until its slowest line starts
    assert known[:, -1].all()
    assert computed[known] == pytest.approx(expected[known], rel=1e-9, abs=1e-9 * scale)


@pytest.mark.parametrize(("name", "values", "reference"), CASES)
def test_indicator_starts_where_talib_starts(name, values, reference):
    indicator, bars = INDICATORS[name], random_bars()

    first = int(np.isfinite(np.atleast_2d(reference(bars))).all(axis=0).argmax())

    assert indicator.bars_before_first(**values) == first


@pytest.mark.parametrize("decimals", [2, 12])
def test_supertrend_matches_talib(decimals):
    bars = random_bars(decimals=decimals)
    stop, side = talib.SUPERTREND(bars.high, bars.low, bars.close, 7, 2.0)

    ours = INDICATORS["supertrend"].on(bars, window=7, multiplier=2.0)

    assert ours[0] == pytest.approx(stop, rel=1e-12, nan_ok=True)
    assert ours[1, 7:].tolist() == side[7:].tolist()


def test_ppo_lines_match_talib():
    bars = random_bars()
    ppo = talib.PPO(bars.close, 12, 26, EMA)
    signal = np.concatenate([np.full(25, np.nan), talib.EMA(ppo[25:], 9)])

    ours = INDICATORS["ppo"].on(bars)

    assert ours[0] == pytest.approx(ppo, rel=1e-9, abs=1e-11, nan_ok=True)
    assert ours[1] == pytest.approx(signal, rel=1e-9, abs=1e-11, nan_ok=True)
    assert ours[2] == pytest.approx(ppo - signal, rel=1e-9, abs=1e-11, nan_ok=True)


def test_tsi_lines_match_talib():
    bars = random_bars()
    tsi = talib.TSI(bars.close, 25, 13)
    signal = np.concatenate([np.full(37, np.nan), talib.EMA(tsi[37:], 7)])

    ours = INDICATORS["tsi"].on(bars)

    assert ours[0] == pytest.approx(tsi, rel=1e-9, nan_ok=True)
    assert ours[1] == pytest.approx(signal, rel=1e-9, nan_ok=True)


def test_keltner_is_talibs_mean_and_a_multiple_of_its_atr():
    """TA-Lib's KC begins its ATR late, on the first bar of the mean; ours begins at once."""
    bars = random_bars()
    middle = talib.KC(bars.high, bars.low, bars.close, 20, 10, 2.0)[1]
    reach = 1.5 * talib.ATR(bars.high, bars.low, bars.close, 10)

    ours = INDICATORS["keltner"].on(bars, window=20, atr_window=10, multiplier=1.5)

    expected = [middle + reach, middle, middle - reach]
    assert ours[:, 19:] == pytest.approx(np.array(expected)[:, 19:], rel=1e-12)


def test_vwap_of_one_session_matches_talib():
    bars = random_bars()
    columns = [column_of(bars, name) for name in ("high", "low", "close", "volume")]

    ours = INDICATORS["vwap"](*columns, np.zeros(len(bars)))

    assert ours == pytest.approx(talib.VWAP(*columns), rel=1e-12)
