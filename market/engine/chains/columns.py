"""The contracts of a chain as columns."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from market.engine.bars import Float1D


@dataclass(frozen=True, slots=True)
class ChainColumns:
    """Contracts of one underlying, ascending by expiry, root, strike, put before call.

    Parameters
    ----------
    root : str[n_contracts]
        Root of the contract's symbol; tells SPX (settled at the open) from SPXW (at the close).
    expires_on : datetime64[D][n_contracts]
    kind : float64[n_contracts], +1 for calls, -1 for puts
    strike, bid, ask, latest : float64[n_contracts], currency per share; NaN where the file has none
    volume, open_interest : float64[n_contracts], contracts; NaN where the file has none
    """

    root: npt.NDArray[np.str_]
    expires_on: npt.NDArray[np.datetime64]
    kind: Float1D
    strike: Float1D
    bid: Float1D
    ask: Float1D
    latest: Float1D
    volume: Float1D
    open_interest: Float1D

    def __len__(self) -> int:
        return int(self.strike.size)

    def take(self, rows: npt.NDArray[np.intp]) -> "ChainColumns":
        """Return the contracts at `rows`, in that order."""
        return ChainColumns(*(getattr(self, name)[rows] for name in NAMES))


NAMES = tuple(ChainColumns.__dataclass_fields__)
