"""American option prices and Greeks: the public door."""

import numpy as np
import numpy.typing as npt

from greeks.engine.american_schemes import Accuracy
from greeks.engine.american_solver import Solution, routes_of, solve
from greeks.engine.arrays import FloatArray, Kind, StatusArray, broadcast_columns, input_status
from greeks.engine.dividends import Dividends, Schedule, as_schedule
from greeks.engine.european_limits import limit_greeks
from greeks.engine.european_plain import Mask, Options, plain_greeks
from greeks.engine.status import Status

AMERICAN_GREEK_NAMES = ("price", "delta", "gamma", "vega", "theta", "rho", "epsilon")
BUMPS = {"vol": 1e-3, "rate": 1e-5, "dividend_yield": 1e-5}
"""Steps of the central differences: a share of the vol; per year for the rates."""


def american_price(
    kind: Kind,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    dividends: Dividends = None,
    accuracy: Accuracy = "fast",
) -> FloatArray:
    """Return American option prices, in the currency of spot, shaped as the inputs broadcast.

    Parameters
    ----------
    kind : +1, -1, "call", "put" or an array of them
    spot, strike : float64[...], currency, >= 0
    years : float64[...], years to expiry
    rate, dividend_yield : float64[...], per year, continuously compounded, of either sign
    vol : float64[...], per year (0.2 is 20 %), >= 0
    dividends : sequence of (years, cash), optional
        Cash paid by the one underlying of all rows, at instants from now; the spot falls by it.
    accuracy : "fast", "accurate" or "high"
        Largest error for a strike of 100, vol from 10 %, up to two years: 1e-4, 3e-5 and 2e-6;
        with vol under 4 % of three years at rates near 10 %: 3e-3, 2e-3 and 1e-4; on the grid
        1e-4, 2e-5 and 5e-6.

    Raises
    ------
    ValueError
        If a kind, the accuracy or the dividends are impossible, or the shapes do not broadcast.

    Notes
    -----
    NaN where an input is missing or impossible, and where years < 0; with no time left the
    intrinsic value, with no volatility the best certain exercise. Where early exercise is never
    optimal the price is the European one, where it has two boundaries (a put with
    dividend_yield < rate < 0) or cash dividends it comes from a finite-difference grid.
    **Source**: Andersen, Lake and Offengenden (2016), Journal of Computational Finance 20(1).
    """
    shape, columns = broadcast_columns(kind, spot, strike, years, rate, dividend_yield, vol)
    options, schedule = Options(*columns), as_schedule(dividends)
    status, alive, expired = _states(options)
    value = np.full(status.size, np.nan)
    value[expired] = np.maximum((options.kind * (options.spot - options.strike))[expired], 0.0)
    value[alive] = solve(options.rows(alive), schedule, accuracy).value
    return value.reshape(shape)


def american_greeks(
    kind: Kind,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    dividends: Dividends = None,
    accuracy: Accuracy = "fast",
) -> dict[str, npt.NDArray[np.generic]]:
    """Return American prices and Greeks, raw units, shaped as the inputs broadcast.

    Parameters
    ----------
    kind, spot, strike, years, rate, dividend_yield, vol, dividends, accuracy
        As `american_price`.

    Returns
    -------
    dict of float64[...], plus "status" : int8[...], values of `Status`
        price; delta, gamma (per currency unit of spot); vega (per 1.00 of vol); theta (per year
        of calendar time passing, the dividends drawing nearer); rho, epsilon (per 1.00 of rate,
        of dividend yield).

    Raises
    ------
    ValueError
        As `american_price`.

    Notes
    -----
    An option better exercised now is a position in the spot: delta is the kind, all else 0.
    Delta and gamma come from the price integral itself, theta from the pricing equation, the rest
    from central differences. Status EXPIRED with years exactly 0 keeps the limits at expiry,
    every other status but OK is NaN throughout.
    **Source**: Andersen, Lake and Offengenden (2016), Journal of Computational Finance 20(1);
    Wilmott (2006), Paul Wilmott on Quantitative Finance, ch. 9, for the equation.
    """
    shape, columns = broadcast_columns(kind, spot, strike, years, rate, dividend_yield, vol)
    options, schedule = Options(*columns), as_schedule(dividends)
    status, alive, expired = _states(options)
    values = {name: np.full(status.size, np.nan) for name in AMERICAN_GREEK_NAMES}
    for where, found in (
        (expired, limit_greeks(options.rows(expired))),
        (alive, _greeks_of(options.rows(alive), schedule, accuracy)),
    ):
        for name, column in values.items():
            column[where] = found[name]
    status[alive & ~np.isfinite(values["price"])] = Status.NOT_CONVERGED
    result: dict[str, npt.NDArray[np.generic]] = {
        name: column.reshape(shape) for name, column in values.items()
    }
    result["status"] = status.reshape(shape)
    return result


def _states(options: Options) -> tuple[StatusArray, Mask, Mask]:
    """Return the status of the inputs, which rows have time left, and which expire now."""
    status = input_status(*options[1:])
    return status, status == Status.OK, (status == Status.EXPIRED) & (options.years == 0.0)


def _greeks_of(options: Options, schedule: Schedule, accuracy: Accuracy) -> dict[str, FloatArray]:
    """Return the Greeks of rows with time left."""
    held = solve(options, schedule, accuracy)
    greeks = {"price": held.value, "delta": held.delta, "gamma": held.gamma}
    greeks["theta"] = _theta_of(options, held)
    for name, field in (("vega", "vol"), ("rho", "rate"), ("epsilon", "dividend_yield")):
        slope = _slope_of(options, field, schedule, accuracy)
        greeks[name] = np.where(held.is_exercised, 0.0, slope)
    european = routes_of(options, schedule).european
    if european.any():
        with np.errstate(all="ignore"):
            exact = plain_greeks(options.rows(european))
        for name in ("vega", "theta", "rho", "epsilon"):
            greeks[name][european] = exact[name]
    return greeks


def _theta_of(options: Options, held: Solution) -> FloatArray:
    """Return the change per year of calendar time passing, by the pricing equation."""
    _, spot, _, _, rate, dividend_yield, vol = options
    drift = (rate - dividend_yield) * spot * held.delta
    theta = rate * held.value - drift - 0.5 * (vol * spot) ** 2 * held.gamma
    return np.where(held.is_exercised, 0.0, theta)


def _slope_of(options: Options, field: str, schedule: Schedule, accuracy: Accuracy) -> FloatArray:
    """Return the derivative of the price in one input, by a difference that keeps its route."""
    centre: FloatArray = getattr(options, field)
    bump = BUMPS[field] * centre if field == "vol" else np.full(centre.size, BUMPS[field])
    # a rate keeps its sign, on which the number of exercise boundaries depends
    lower = np.where((centre >= 0.0) & (centre < bump), centre, centre - bump)
    upper = np.where((centre < 0.0) & (centre > -bump), centre, centre + bump)
    high, low = (
        solve(options._replace(**{field: column}), schedule, accuracy, frame=options).value
        for column in (upper, lower)
    )
    width = upper - lower
    return np.where(width > 0.0, (high - low) / np.where(width > 0.0, width, 1.0), 0.0)
