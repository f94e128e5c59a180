"""The contracts of a chain on disk: one Parquet file, written as a whole."""

import uuid
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from market.engine.chains.columns import NAMES, ChainColumns


def save_columns(path: Path, columns: ChainColumns) -> int:
    """Write contracts under a temporary name, then rename; return the bytes they take."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({name: pa.array(getattr(columns, name)) for name in NAMES})
    temporary = path.with_name(f".{uuid.uuid4()}.tmp")
    try:
        pq.write_table(table, temporary, compression="zstd")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path.stat().st_size


def load_columns(path: Path) -> ChainColumns:
    """Read the contracts that `save_columns` wrote.

    Raises
    ------
    OSError
        If the file is not there.
    """
    table = pq.read_table(path)
    columns = {name: table.column(name).to_numpy() for name in NAMES}
    columns["root"] = columns["root"].astype(np.str_)
    columns["expires_on"] = columns["expires_on"].astype("datetime64[D]")
    return ChainColumns(**columns)
