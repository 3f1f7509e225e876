"""Prints how callers and a team on `local` take turns: `python -m tests.interactions [--calls N] [--simulated]`.

Synthetic callers speak through the public endpoint of a server in this process, in real time, or in simulated time, in
which computing takes none.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as a server does it, before numpy is imported
from orchestrator.trials.simulated_time import SimulatedLoop
from tests.interactions.calls import hold


def main(arguments: list[str]) -> None:
    """Hold the calls and print the measures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=8, help="how many are held, all at once")
    parser.add_argument("--simulated", action="store_true", help="in simulated time")
    wanted = parser.parse_args(arguments)
    with asyncio.Runner(loop_factory=SimulatedLoop if wanted.simulated else None) as runner:
        measures = runner.run(hold(wanted.calls))
    for name, value in measures.rows():
        print(f"| {name} | {value} |")
    print("  spoken through:", ", ".join(sorted(measures.spoken_through)))
    for (kind, over), labels in measures.fooled.items():
        if labels:
            print(f"  {kind.value}{' over an agent' if over else ''}: {', '.join(sorted(labels))}")


if __name__ == "__main__":
    main(sys.argv[1:])
