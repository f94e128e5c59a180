"""Run all benchmarks, or those named: ``python -m tests.benchmarks.run [name ...]``.

One that fails says so and does not keep the others from running.
"""

import os
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path

from tests.benchmarks.harness import Bench, say

PREFIX = "bench_"


def main(names: list[str]) -> int:
    """Run `bench_<name>.py` for each name; each has ``measure(bench)``."""
    known = sorted(p.stem.removeprefix(PREFIX) for p in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    unknown = set(names) - set(known)
    if unknown:
        say(f"no benchmark called {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        return 2
    os.environ["TQDM_DISABLE"] = "1"  # before a peer imports it: its bars would fill the table
    failed = [name for name in names or known if not is_measured(name)]
    if failed:
        say(f"\nnot finished: {', '.join(failed)}")
    return 1 if failed else 0


def is_measured(name: str) -> bool:
    """Run one benchmark; return whether it came to its end."""
    started = time.perf_counter()
    say(f"== {name} (median of 5, warmed; ratio: time / time of the first row)")
    bench = Bench(name)
    try:
        import_module(f"tests.benchmarks.{PREFIX}{name}").measure(bench)
    except Exception:  # noqa: BLE001 -- a missing package or a server that does not start
        say(traceback.format_exc())
        return False
    finally:
        bench.finish()
        say(f"{name} took {time.perf_counter() - started:,.0f} s")
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
