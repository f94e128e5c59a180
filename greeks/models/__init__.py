"""Tables of the options app."""

from greeks.models.snapshots import ExposureSnapshot

__all__ = ["ExposureSnapshot"]
