"""Where the gateway's time goes, as py-spy sees it from outside: of what Python does, the system's calls among it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.benchmarks.audio import WAYS, Bench

CALLS, SECONDS, SHOWN = 100, 10.0, 25


def profile(bench: Bench, way: str) -> str:
    """Let audio go one way; return the busiest functions, by themselves and with what they call."""
    lines = bench.traffic([bench.gateway], CALLS, SECONDS, **WAYS[way])
    assert next(lines) == "steady"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stacks"
        spy = str(Path(sys.executable).with_name("py-spy"))
        command = (spy, "record", "-p", str(bench.gateway.pid), "-d", str(int(SECONDS / 2)), "-r", "500", "--gil")
        subprocess.run([*command, "-f", "raw", "-o", str(path)], check=True, capture_output=True)
        stacks = [line.rsplit(" ", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    list(lines)
    alone, together, total = Counter[str](), Counter[str](), 0
    for stack, count in stacks:
        frames = stack.split(";")
        total += int(count)
        alone[frames[-1]] += int(count)
        together.update(dict.fromkeys(frames, int(count)))
    told = []
    for title, counted in (("by itself", alone), ("with what it calls", together)):
        told.append(f"{title}:")
        told += [f"  {100 * count / total:5.1f} %  {name}" for name, count in counted.most_common(SHOWN)]
    return "\n".join(told)
