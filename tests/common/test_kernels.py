"""The cache of compiled kernels: filled by a process of its own, and known to be full."""

import os
import subprocess
from pathlib import Path

import pytest

from pulse.common.kernels import kernels_are_cached, run_kernels_are_awaited, use_kernel_cache
from pulse.warm import await_compilers, start_compilers


def test_runs_wait_until_another_process_has_filled_the_cache() -> None:
    mark = Path(os.environ["NUMBA_CACHE_DIR"]) / "complete"
    mark.unlink(missing_ok=True)
    assert not kernels_are_cached()

    compilers = start_compilers()
    was_awaited = run_kernels_are_awaited()
    await_compilers(compilers)

    assert was_awaited
    assert not run_kernels_are_awaited()
    assert kernels_are_cached()
    assert start_compilers() == []


def test_runs_do_not_wait_for_a_compiler_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    (Path(os.environ["NUMBA_CACHE_DIR"]) / "complete").unlink(missing_ok=True)
    monkeypatch.setattr("pulse.warm.COMPILE", ("", "raise SystemExit(1)"))

    compilers = start_compilers()
    with pytest.raises(subprocess.CalledProcessError):
        await_compilers(compilers)

    assert not run_kernels_are_awaited()
    assert not kernels_are_cached()


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
