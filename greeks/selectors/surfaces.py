"""Smile and surface of a chain: SVI by expiry, SSVI across, their arbitrage and what they say."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from greeks.engine.arrays import FloatArray
from greeks.engine.chain import EXPECTED_MOVE_WORDS
from greeks.engine.surface import Slice, SliceStatus, Surface, fit_surface
from greeks.engine.units import DAYS_PER_YEAR
from greeks.selectors.batches import with_nulls
from greeks.selectors.chains import ChainView, chain_view, expiry_rows_of
from greeks.selectors.sources import OptionSource
from pulse.common.errors import DomainError
from pulse.common.numbers import finite_or_none

MODELS = {"svi": "SVI, expiry by expiry", "ssvi": "SSVI, all at once"}
DEFAULT_MODEL = "svi"
WING_DELTA = 0.25
N_STEPS = 40
"""Halvings of the search for a strike by delta: to 1e-12 of log-moneyness."""
FAR = 8.0
DELTAS = (0.10, 0.25, 0.40)
MONEYNESS = (0.80, 0.85, 0.90, 0.95, 1.00, 1.05, 1.10, 1.15, 1.20)
MOST_OVERLAID = 6
N_CURVE = 81
UNITS = {
    "atm_vol": "per year, 0.2 is 20 %",
    "risk_reversal_25d": "volatility of the 25-delta call less that of the put",
    "butterfly_25d": "mean volatility of the 25-delta call and put less that at the money",
    "rmse_vol": "per year",
    "worst_vol": "per year",
    "forward": "currency per share",
    "rate": "per year, continuously compounded",
    "expected_move_from_vol": EXPECTED_MOVE_WORDS["from_vol"],
    "expected_move_from_straddle": EXPECTED_MOVE_WORDS["from_straddle"],
    "delta": "forward delta: N(d1) of a call, 1 - N(d1) of a put",
}


class UnknownSurfaceModel(DomainError):
    """There is no surface model of this name."""

    default_code = "unknown_surface_model"
    http_status = 422


@dataclass(frozen=True, slots=True)
class SurfaceView:
    """A chain, the surface through its smiles, and the day of each of the analysis's expiries."""

    source: ChainView
    surface: Surface
    model: str
    days: tuple[date, ...]

    def slice_of(self, place: int) -> Slice | None:
        """Return the fitted slice of an expiry of the analysis; None if it has no points."""
        years = float(self.source.analysis.forwards.years[place])
        return next((one for one in self.surface.slices if one.years == years), None)


def surface_view(
    origin: OptionSource | str, *, now: datetime, model: str = DEFAULT_MODEL
) -> SurfaceView:
    """Return the surface of a chain's out-of-the-money volatilities.

    Parameters
    ----------
    origin : OptionSource or str
        As `option_source` says; a mere symbol is simulated.
    model : "svi" or "ssvi"

    Raises
    ------
    NoOptions
        As `chain_view`.
    UnknownSurfaceModel
        If the model is unknown.
    """
    if model not in MODELS:
        raise UnknownSurfaceModel({"model": f"Choose from {', '.join(MODELS)}."})
    source = chain_view(origin, None, now=now)
    return _fitted(source.origin, source.chain.as_of, model)


@lru_cache(maxsize=32)
def _fitted(origin: OptionSource, as_of: datetime, model: str) -> SurfaceView:
    source = chain_view(origin, None, now=as_of)
    surface = fit_surface(source.analysis.smile, model="ssvi" if model == "ssvi" else "svi")
    days = tuple(day for day, _ in sorted(expiry_rows_of(source), key=lambda row: row[1]))
    return SurfaceView(source, surface, model, days)


def expiry_fits(view: SurfaceView) -> list[dict[str, Any]]:
    """Return one row an expiry: fit, checks, volatility at the money, skew, forward and moves."""
    analysis = view.source.analysis
    return [
        {
            "expiration": day,
            "years": float(analysis.forwards.years[i]),
            "days": float(analysis.forwards.years[i]) * DAYS_PER_YEAR,
            "forward": finite_or_none(analysis.forwards.forward[i]),
            "rate": finite_or_none(analysis.forwards.rate[i]),
            "dividend_yield": finite_or_none(analysis.forwards.dividend_yield[i]),
            "expected_move_from_vol": finite_or_none(analysis.expected_move.from_vol[i]),
            "expected_move_from_straddle": finite_or_none(analysis.expected_move.from_straddle[i]),
            **_fit_of(view, i),
        }
        for i, day in enumerate(view.days)
    ]


def _fit_of(view: SurfaceView, place: int) -> dict[str, Any]:
    one = view.slice_of(place)
    atm = finite_or_none(view.source.analysis.atm_vol[place])
    if one is None or one.status is not SliceStatus.OK:
        n_points = 0 if one is None else one.n_points
        words = "Fewer than five strikes have a volatility: no curve."
        return {"atm_vol": atm, "n_points": n_points, "is_fitted": False, "verdict": words} | (
            dict.fromkeys(FIT_FIGURES)
        )
    call, put = (vol_at_delta(view.surface, one.years, kind, WING_DELTA) for kind in (1, -1))
    middle = float(view.surface.vol(0.0, one.years))
    return {
        "atm_vol": middle,
        "risk_reversal_25d": call - put,
        "butterfly_25d": 0.5 * (call + put) - middle,
        "n_points": one.n_points,
        "is_fitted": True,
        "rmse_vol": one.rmse_vol,
        "worst_vol": one.worst_vol,
        "inside_spread": one.inside_spread,
        "least_butterfly": one.least_butterfly,
        "is_butterfly_free": one.is_butterfly_free,
        "is_calendar_free": one.is_calendar_free,
        "params": None if one.params is None else one.params._asdict(),
        "verdict": _verdict(one),
    }


FIT_FIGURES = (
    "risk_reversal_25d",
    "butterfly_25d",
    "rmse_vol",
    "worst_vol",
    "inside_spread",
    "least_butterfly",
    "is_butterfly_free",
    "is_calendar_free",
    "params",
)


def _verdict(one: Slice) -> str:
    faults = []
    if not one.is_butterfly_free:
        faults.append(
            f"A butterfly costs less than nothing: the density is negative (g = "
            f"{one.least_butterfly:.3f})."
        )
    if not one.is_calendar_free:
        faults.append("A calendar costs less than nothing: the expiry before has more variance.")
    return " ".join(faults)


def vol_at_delta(surface: Surface, years: float, kind: int, delta: float) -> float:
    """Return the volatility at the strike whose forward delta is `delta`, per year.

    Parameters
    ----------
    kind : +1 for a call, -1 for a put
    delta : float, in (0, 0.5]
        Size of the delta.

    Notes
    -----
    Bisection on ln(strike / forward) over eight deviations; NaN without a curve. Forward delta,
    N(d1) without discount: it needs no rate.
    """
    middle = float(surface.vol(0.0, years))
    if not np.isfinite(middle):
        return np.nan
    wanted = kind * float(ndtri(1.0 - delta))  # of -d1: rises with the strike
    low, high = -FAR * middle * np.sqrt(years), FAR * middle * np.sqrt(years)
    for _ in range(N_STEPS):
        k = 0.5 * (low + high)
        spread = float(np.sqrt(surface.total_variance(k, years)))
        if k / spread - 0.5 * spread < wanted:
            low = k
        else:
            high = k
    return float(surface.vol(0.5 * (low + high), years))


def term_chart(view: SurfaceView) -> dict[str, Any]:
    """Return volatility at the money, and skew, by days to expiry."""
    rows = [row for row in expiry_fits(view) if row["is_fitted"]]
    if not rows:
        return {"empty": "No expiry has a curve."}
    names = {
        "At the money": "atm_vol",
        "25-delta risk reversal": "risk_reversal_25d",
        "25-delta butterfly": "butterfly_25d",
    }
    return {
        "x": [row["days"] for row in rows],
        "x_label": "days to expiry",
        "format": "percent",
        "series": [
            {"name": name, "values": [row[key] for row in rows]} for name, key in names.items()
        ],
    }


def smiles_chart(view: SurfaceView, wanted: list[date]) -> dict[str, Any]:
    """Return the fitted smiles of some expiries over each other, with the quotes' own points.

    Parameters
    ----------
    wanted : list of date
        At most six are drawn.
    """
    smile = view.source.analysis.smile
    places = [i for i, day in enumerate(view.days) if day in wanted][:MOST_OVERLAID]
    places = [i for i in places if (one := view.slice_of(i)) and one.status is SliceStatus.OK]
    if not places:
        return {"empty": "None of these expiries has a curve."}
    years = view.source.analysis.forwards.years
    rows = np.isin(smile.years, years[places])
    ratio = smile.strike / smile.forward
    x = np.union1d(np.linspace(ratio[rows].min(), ratio[rows].max(), N_CURVE), ratio[rows])
    series: list[dict[str, Any]] = []
    for n, i in enumerate(places):
        own = smile.years == years[i]
        curve = view.surface.vol(np.log(x), np.full(x.size, years[i]))
        curve[(x < ratio[own].min()) | (x > ratio[own].max())] = np.nan
        points = np.full(x.size, np.nan)
        points[np.searchsorted(x, ratio[own])] = smile.vol[own]
        color = f"s{n + 1}"
        name = view.days[i].isoformat()
        series += [
            {"name": name, "values": with_nulls(curve), "color": color},
            {
                "name": f"{name}, quoted",
                "values": with_nulls(points),
                "style": "points",
                "color": color,
            },
        ]
    return {
        "x": x.tolist(),
        "x_label": "strike / forward",
        "format": "percent",
        "series": series,
        "marks": [{"x": 1.0, "text": "forward"}],
    }


def surface_table(view: SurfaceView, axis: str = "moneyness") -> dict[str, Any]:
    """Return volatility in points by expiry and moneyness or delta.

    Parameters
    ----------
    axis : "moneyness" or "delta"
        Strike over forward, or forward delta from far puts to far calls.
    """
    rows = [i for i in range(len(view.days)) if _has_curve(view, i)]
    if not rows:
        return {"empty": "No expiry has a curve."}
    years = view.source.analysis.forwards.years[rows]
    cells: FloatArray
    if axis == "delta":
        puts = [(-1, delta) for delta in DELTAS]
        calls = [(1, delta) for delta in reversed(DELTAS)]
        wings = [*puts, (0, 0.5), *calls]
        columns = [
            "forward" if not kind else f"{100 * delta:.0f} Δ {'call' if kind > 0 else 'put'}"
            for kind, delta in wings
        ]
        cells = np.array([[_vol_of(view.surface, t, *wing) for wing in wings] for t in years])
    else:
        columns = [f"{100 * m:.0f} %" for m in MONEYNESS]
        cells = view.surface.vol(np.log(MONEYNESS)[None, :], years[:, None])
    return {
        "rows": [view.days[i].isoformat() for i in rows],
        "columns": columns,
        "values": [with_nulls(100.0 * row) for row in cells],
        "places": 1,
    }


def _has_curve(view: SurfaceView, place: int) -> bool:
    one = view.slice_of(place)
    return one is not None and one.status is SliceStatus.OK


def _vol_of(surface: Surface, years: float, kind: int, delta: float) -> float:
    return vol_at_delta(surface, years, kind, delta) if kind else float(surface.vol(0.0, years))


def surface_document(view: SurfaceView) -> dict[str, Any]:
    """Return a surface as the API tells it."""
    chain = view.source.chain
    ssvi = view.surface.ssvi
    return {
        "symbol": chain.symbol,
        "source": chain.source,
        "source_id": view.source.origin.source,
        "as_of": chain.as_of,
        "spot": chain.spot,
        "model": view.model,
        "model_words": MODELS[view.model],
        "clock": view.source.clock,
        "units": UNITS,
        "is_arbitrage_free": view.surface.is_arbitrage_free,
        "ssvi": None if ssvi is None else {"rho": ssvi.rho, "eta": ssvi.eta, "gamma": ssvi.gamma},
        "by_expiration": expiry_fits(view),
        "by_moneyness": surface_table(view),
        "by_delta": surface_table(view, "delta"),
    }
