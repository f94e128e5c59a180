"""The cache of compiled kernels: filled by a process of its own, and known to be full."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pulse.common.kernels import kernels_are_cached, use_kernel_cache

ROOT = Path(__file__).resolve().parents[2]


def test_warm_fills_the_cache_and_says_so() -> None:
    # in a process of its own: loaded kernels would answer the other tests of this one
    mark = Path(os.environ["NUMBA_CACHE_DIR"]) / "complete"
    mark.unlink(missing_ok=True)
    assert not kernels_are_cached()

    subprocess.run([sys.executable, "manage.py", "warm"], cwd=ROOT, check=True, timeout=300)

    assert kernels_are_cached()


def test_each_state_of_the_source_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "backtests" / "engine" / "kernel.py"
    source.parent.mkdir(parents=True)
    folders = []
    for text in ("a = 1", "a = 2", "a = 1"):
        source.write_text(text)
        monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
        folders.append(use_kernel_cache(tmp_path))

    assert folders[0] != folders[1]
    assert folders[0] == folders[2]
