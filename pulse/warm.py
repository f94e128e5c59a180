"""Load every compiled kernel before somebody waits for it."""

from django.utils import timezone


def load_kernels() -> None:
    """Compile the kernels, or load them from the disk cache; seconds once, then well under one."""
    from backtests.engine import warm  # noqa: PLC0415 -- loads the compiler
    from greeks.engine import american_price, warm_up  # noqa: PLC0415 -- loads the compiler
    from greeks.selectors import expirations_of  # noqa: PLC0415 -- loads the compiler

    warm()
    warm_up()
    american_price("put", 95.0, 100.0, 1.0, 0.05, 0.02, 0.3)
    expirations_of("SPY", now=timezone.now())  # the market calendar, and the path of the samples
