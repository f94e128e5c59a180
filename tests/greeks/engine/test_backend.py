import os
import subprocess
import sys

import numpy as np
import pytest

from greeks.engine import Status, greeks, implied_vol, price
from greeks.engine.backend import LOAD_FROM_ROWS, takes_compiled, warm_up


def run(script, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_takes_compiled_warm_worker_for_every_call():
    warm_up()

    assert takes_compiled("auto", 1)
    assert [takes_compiled("compiled", 1), takes_compiled("plain", 10**6)] == [True, False]


def test_takes_compiled_unknown_backend_raises():
    with pytest.raises(ValueError, match="backend must be"):
        price(1, 100.0, 100.0, 1.0, 0.0, 0.0, 0.2, backend="gpu")


def test_engine_cold_process_answers_without_loading_a_compiler():
    run(
        "import sys; from greeks.engine import greeks, implied_vol\n"
        "from greeks.engine.backend import takes_compiled\n"
        "greeks(['call', 'put'] * 4_000, 100.0, 100.0, 0.5, 0.01, 0.0, 0.2)\n"
        "implied_vol(1, 8.0, 100.0, 100.0, 1.0, 0.0, 0.0)\n"
        f"assert takes_compiled('auto', {LOAD_FROM_ROWS})\n"
        "assert not {'numba', 'django', 'pandas'} & set(sys.modules)\n"
    )


def test_compiled_kernels_as_plain_python_agree():
    """The same code without the compiler; Python also checks every index."""
    run(
        "import numpy as np; from greeks.engine import greeks, implied_vol\n"
        "np.seterr(all='ignore')  # lanes of unusual rows compute nonsense, on purpose\n"
        "market = 100.0, np.linspace(70.0, 140.0, 150), 0.5, 0.03, 0.01\n"
        "ours, plain = (greeks(-1, *market, 0.3, backend=b) for b in ('compiled', 'plain'))\n"
        "for name in plain: np.testing.assert_allclose(ours[name], plain[name], rtol=1e-10)\n"
        "found = implied_vol(-1, plain['price'], *market, backend='compiled')\n"
        "np.testing.assert_allclose(found.vol, 0.3, rtol=1e-12)\n",
        NUMBA_DISABLE_JIT="1",
    )


def test_compiled_read_only_and_strided_columns_are_accepted():
    strikes = np.linspace(70.0, 140.0, 300)
    strikes.flags.writeable = False

    values = price(1, 100.0, strikes[::2], 0.5, 0.03, 0.01, 0.3, backend="compiled")

    np.testing.assert_allclose(values, price(1, 100.0, strikes[::2], 0.5, 0.03, 0.01, 0.3))


def test_compiled_columns_are_not_changed():
    columns = [np.array([value] * 200) for value in (100.0, 95.0, 0.5, 0.03, 0.01, np.nan)]

    greeks("put", *columns, backend="compiled")
    implied_vol("put", 5.0, *columns[:-1], backend="compiled")

    assert [column[0] for column in columns[:-1]] == [100.0, 95.0, 0.5, 0.03, 0.01]


def test_backends_odd_inputs_agree_on_value_and_status():
    rng = np.random.default_rng(11)
    odd = [0.0, -1.0, np.nan, np.inf, -np.inf, 1e-300, 5e-324, 1e300, 1e-12, 1e12]
    n = 20_000
    columns = [
        np.where(rng.random(n) < 0.1, rng.choice(odd, n), usual)
        for usual in (
            rng.uniform(1.0, 200.0, n),
            rng.uniform(1.0, 200.0, n),
            rng.uniform(0.0, 3.0, n),
            rng.uniform(-0.1, 0.2, n),
            rng.uniform(-0.1, 0.2, n),
            rng.uniform(0.0, 2.0, n),
        )
    ]
    kind = rng.choice([-1, 1], n)

    plain, compiled = (greeks(kind, *columns, backend=b) for b in ("plain", "compiled"))
    prices = np.where(rng.random(n) < 0.5, rng.choice(odd, n), plain["price"])
    solved = [implied_vol(kind, prices, *columns[:5], backend=b) for b in ("plain", "compiled")]

    np.testing.assert_array_equal(compiled["status"], plain["status"])
    for name in ("price", "delta", "vega", "rho"):
        np.testing.assert_allclose(compiled[name], plain[name], rtol=1e-9, atol=1e-11)
    np.testing.assert_array_equal(solved[1].status, solved[0].status)
    ok = solved[0].status == Status.OK
    rows = (kind[ok], *(column[ok] for column in columns[:5]))
    again = [price(*rows, found.vol[ok]) for found in solved]
    # next to a bound many volatilities give the same price: the price is what must come back
    assert (np.abs(again[1] - again[0]) <= 1e-14 * (rows[1] + rows[2])).all()
