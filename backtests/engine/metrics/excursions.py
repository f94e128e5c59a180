"""How far each trade went against and for its holder while it was open."""

import numpy as np
import numpy.typing as npt

from backtests.engine.compiled import kernel
from backtests.engine.spans import span_range
from market.engine import Bars

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]
FILLS = ("next_open", "close")


@kernel
def _excursions(
    high: Float1D, low: Float1D, spans: Int1D, sides: Float1D, prices: Float1D, out: Float1D
) -> None:
    # spans and prices hold two values a trade: first and stop bar, entry and exit price
    for k in range(sides.shape[0]):
        entry, last = prices[2 * k], prices[2 * k + 1]
        top, bottom = max(entry, last), min(entry, last)
        if spans[2 * k] < spans[2 * k + 1]:
            lowest, highest = span_range(low, high, spans[2 * k], spans[2 * k + 1])
            bottom, top = min(bottom, lowest), max(top, highest)
        rise, fall = top / entry - 1.0, 1.0 - bottom / entry
        out[2 * k] = fall if sides[k] > 0.0 else rise
        out[2 * k + 1] = rise if sides[k] > 0.0 else fall


def excursions(
    bars: Bars, trades: npt.NDArray[np.void], *, fill: str = "next_open"
) -> tuple[Float1D, Float1D]:
    """Return the largest adverse and favourable move of each trade, as fractions >= 0.

    Parameters
    ----------
    bars : Bars
    trades : structured[n_trades]
        With entry_bar, exit_bar, size (signed), entry_price, exit_price.
    fill : "next_open" or "close"
        Where market orders fill. At the open, the entry bar counts whole and of the exit bar
        only the exit price; at the close, the reverse.

    Returns
    -------
    mae, mfe : float64[n_trades], fraction of the entry price
        Costs are left out; the exit price always counts.

    Raises
    ------
    ValueError
        If `fill` is unknown.

    Notes
    -----
    What the exit bar did before a stop or target inside it is not known and not counted.
    Source: Sweeney (1997), "Maximum adverse excursion", ch. 2.
    """
    if fill not in FILLS:
        raise ValueError(f"fill must be one of {', '.join(FILLS)}")
    shift = 1 if fill == "close" else 0
    spans = np.empty((trades.size, 2), dtype=np.int64)
    spans[:, 0], spans[:, 1] = trades["entry_bar"] + shift, trades["exit_bar"] + shift
    if trades.size and (trades["entry_bar"].min() < 0 or trades["exit_bar"].max() >= len(bars)):
        raise ValueError("a trade lies outside the bars")
    prices = np.column_stack((trades["entry_price"], trades["exit_price"])).astype(np.float64)
    out = np.empty(2 * trades.size)
    sides = np.ascontiguousarray(trades["size"], dtype=np.float64)
    _excursions(bars.high, bars.low, spans.ravel(), sides, prices.ravel(), out)
    return out[::2].copy(), out[1::2].copy()
