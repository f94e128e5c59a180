"""Bars on disk."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.engine import Bars
from market.engine.store import (
    load_coarse,
    load_range,
    merge,
    open_bars,
    remove_series,
    save_bars,
    series_folder,
    stored_facts,
    stored_timestamps,
    write_bars,
    writing,
)

DAY = 86_400 * 10**9
NEW_YEAR_2024 = 1_704_067_200 * 10**9


def bars_at(days, price=1.0):
    ts_ns = NEW_YEAR_2024 + DAY * np.asarray(sorted(days), np.int64)
    column = np.full(ts_ns.size, float(price))
    return Bars(ts_ns, column, column, column, column, column)


def test_write_then_load_gives_the_same_bars_over_years(tmp_path):
    bars = bars_at(range(-400, 400))

    merged = write_bars(tmp_path, bars)

    assert (merged.n_added, merged.n_corrected, merged.n_unchanged) == (800, 0, 0)
    assert load_range(tmp_path).fingerprint == bars.fingerprint
    assert sorted(path.name for path in tmp_path.glob("*.parquet")) == [
        "2022.parquet",
        "2023.parquet",
        "2024.parquet",
        "2025.parquet",
    ]


def test_write_overlap_corrects_and_counts(tmp_path):
    write_bars(tmp_path, bars_at(range(10), price=1))

    merged = write_bars(tmp_path, bars_at([8, 9, 10, 11], price=2))
    again = write_bars(tmp_path, bars_at([8, 9, 10, 11], price=2))

    assert (merged.n_added, merged.n_corrected, merged.n_unchanged) == (2, 2, 0)
    assert (again.n_added, again.n_corrected, again.n_unchanged) == (0, 0, 4)
    assert list(load_range(tmp_path).close) == [1.0] * 8 + [2.0] * 4


def test_load_range_bounds_are_inclusive_and_pruned(tmp_path):
    write_bars(tmp_path, bars_at(range(-400, 400)))

    part = load_range(tmp_path, NEW_YEAR_2024 - DAY, NEW_YEAR_2024 + DAY)

    assert list(part.ts_ns) == [NEW_YEAR_2024 - DAY, NEW_YEAR_2024, NEW_YEAR_2024 + DAY]
    assert load_range(tmp_path, NEW_YEAR_2024 + 900 * DAY) is None
    assert load_range(tmp_path, NEW_YEAR_2024 + 1, NEW_YEAR_2024 + 2) is None


def test_load_range_of_nothing_is_none(tmp_path):
    assert load_range(tmp_path / "nowhere") is None


def test_stored_facts_tell_range_rows_and_change(tmp_path):
    write_bars(tmp_path, bars_at(range(-1, 2)))
    before = stored_facts(tmp_path)

    write_bars(tmp_path, bars_at([1], price=3))

    after = stored_facts(tmp_path)
    assert (before.n_rows, before.first_ns, before.last_ns) == (
        3,
        NEW_YEAR_2024 - DAY,
        NEW_YEAR_2024 + DAY,
    )
    assert before.fingerprint != after.fingerprint
    assert list(stored_timestamps(tmp_path)) == list(load_range(tmp_path).ts_ns)


def test_write_leaves_no_temporary_file(tmp_path):
    with writing(tmp_path):
        write_bars(tmp_path, bars_at(range(3)))

    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "2024.parquet"]


def test_remove_series_takes_the_folder(tmp_path):
    folder = tmp_path / "series"
    write_bars(folder, bars_at([1]))

    remove_series(folder)
    remove_series(folder)

    assert not folder.exists()


def test_save_and_open_one_file(tmp_path):
    bars = bars_at(range(5))

    save_bars(tmp_path / "new" / "a.parquet", bars)

    assert open_bars(tmp_path / "new" / "a.parquet").fingerprint == bars.fingerprint


@pytest.mark.parametrize("symbol", ["BTC/USD", "A_B", "A.B", "A-B", "BTC_USD"])
def test_series_folder_stays_inside_and_apart(tmp_path, symbol):
    folder = series_folder(tmp_path, owner=1, vendor="upload", symbol=symbol, timeframe="1d")

    assert folder.parent.parent == tmp_path / "bars" / "1" / "upload"
    assert (folder.parent.name == "BTC_USD") == (symbol == "BTC_USD")


@given(old=st.sets(st.integers(0, 60), min_size=1), new=st.sets(st.integers(0, 60), min_size=1))
@settings(max_examples=100, deadline=None)
def test_merge_is_the_union_in_which_the_new_value_stands(old, new):
    merged, counts = merge(bars_at(old, price=1), bars_at(new, price=2))

    days = (merged.ts_ns - NEW_YEAR_2024) // DAY
    assert list(days) == sorted(old | new)
    assert list(merged.close) == [2.0 if day in new else 1.0 for day in sorted(old | new)]
    assert (counts.n_added, counts.n_corrected) == (len(new - old), len(new & old))
    assert counts.n_unchanged == 0


def test_load_coarse_keeps_extremes_and_counts(tmp_path):
    days = range(-400, 400)
    rising = np.arange(1.0, 801.0)
    ts_ns = NEW_YEAR_2024 + DAY * np.asarray(days)
    write_bars(tmp_path, Bars(ts_ns, rising, rising, rising, rising, rising))

    coarse, n_bars, first_ns = load_coarse(tmp_path, 7, int(ts_ns[10]), None)

    assert (n_bars, first_ns) == (790, ts_ns[10])
    assert (coarse.low.min(), coarse.high.max()) == (11.0, 800.0)
    assert (coarse.open[0], coarse.close[0], coarse.volume[0]) == (11.0, 17.0, 98.0)
    assert coarse.volume.sum() == rising[10:].sum()


def test_load_coarse_of_nothing_is_none(tmp_path):
    assert load_coarse(tmp_path, 7) == (None, 0, 0)
