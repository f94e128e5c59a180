"""Tables of the options app."""

from greeks.models.positions import SavedPosition
from greeks.models.snapshots import ExposureSnapshot

__all__ = ["ExposureSnapshot", "SavedPosition"]
