"""Run all benchmarks, or those named: ``python -m tests.benchmarks.run [name ...]``."""

import sys
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
    for name in names or known:
        say(f"== {name} (median of 5, warmed; ratio: time / time of the first row)")
        bench = Bench(name)
        import_module(f"tests.benchmarks.{PREFIX}{name}").measure(bench)
        bench.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
