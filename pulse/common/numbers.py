"""Numbers: NaN and infinity in the engines, nothing at all in JSON and on pages."""

import math
from typing import Any


def finite_or_none(value: Any) -> float | None:
    """Return a plain float, or None for NaN and infinity, which JSON cannot say."""
    return float(value) if math.isfinite(value) else None
