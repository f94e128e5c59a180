"""Reference options as columns: the rows of tests/reference/greeks/."""

import json
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).parents[2] / "reference" / "greeks"
KEYS = ("cp", "S", "K", "T", "r", "q", "sigma")


def rows_of(name):
    """Return the rows of one reference file, with `cp` beside the word `type`."""
    rows = json.loads((REFERENCE / f"{name}.json").read_text())["rows"]
    return [{"cp": {"call": 1.0, "put": -1.0}.get(row.get("type")), **row} for row in rows]


def columns_of(rows, keys=KEYS):
    """Return float64 columns of `rows`; a missing value is NaN."""
    return [np.array([row[key] for row in rows], dtype=np.float64) for key in keys]


def worst_relative_error(values, truth, where):
    """Return the largest |values - truth| / |truth| of the rows told."""
    return (np.abs(values - truth)[where] / np.abs(truth)[where]).max()
