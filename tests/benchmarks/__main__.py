"""`python -m tests.benchmarks`: the figures of the gateway beside their goals, as a table and as JSON.

    python -m tests.benchmarks                         all of it, about ten minutes
    python -m tests.benchmarks --only audio            one part of it (`--help` lists them)
    python -m tests.benchmarks --against before.json   beside the figures of another commit
    python -m tests.benchmarks --profile down          where the time goes, for audio in one direction

Needs Linux and the extra `bench`. What is measured runs on a core of its own, both ends of the line on another. The
yardstick, a bare relay of two sockets that parses nothing, takes turns with it, several rounds; figures are medians.
`docs/performance.md` has those of the last release, and the method.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from tests.benchmarks import cluster, handoff, start
from tests.benchmarks.audio import CALLS, WAYS, Bench
from tests.benchmarks.keeping import costs
from tests.benchmarks.profile import profile
from tests.benchmarks.records import searches
from tests.benchmarks.stalls import stalls
from tests.benchmarks.takeover import takeovers

ROUNDS, SECONDS = 7, 15.0
HANDOFFS = 200
FRAME_MS = 20


@dataclass
class Row:
    """One figure."""

    name: str
    value: float
    unit: str
    goal: str = ""
    beside: str = ""  # the yardstick, or what the figure is made of


def audio(bench: Bench) -> list[Row]:
    """Processor time and added latency, against the bare relay."""
    bench.compare(bench.systems, ROUNDS, SECONDS)
    rows = []
    ours, bare, fast = bench.gateway, bench.relay, bench.systems[1]
    for way in WAYS:
        cpu, theirs = ours.median(way, "cpu"), bare.median(way, "cpu")
        beside = f"{cpu:.0f} ms to {theirs:.0f} ms; the relay on uvloop {fast.ratio(bare, way, 'cpu'):.2f}"
        rows.append(Row(f"CPU per audio-minute, {way}", ours.ratio(bare, way, "cpu"), "× relay", "≤ 1.0", beside))
    for direction in ("up", "down"):
        p50, p99 = (ours.median(direction, figure) for figure in ("p50", "p99"))
        ratio = ours.ratio(bare, direction, "p99")
        beside = f"p50 {p50:.2f} ms, p99 {p99:.2f} ms; the relay {bare.median(direction, 'p99'):.2f} ms"
        rows.append(Row(f"added latency p99, {CALLS} calls, {direction}", ratio, "× relay", "≤ 1.3", beside))
    return rows


def calls(bench: Bench) -> list[Row]:
    """How many calls a core carries."""
    ours, theirs = bench.capacity(bench.gateway, 4.0), bench.capacity(bench.relay, 4.0)
    return [Row("calls per core at p99 < 20 ms", ours / theirs, "× relay", "≥ 0.9", f"{ours} to {theirs}")]


def memory(bench: Bench) -> list[Row]:
    """What a call holds, and whether that grows.

    Simulated time passes as fast as a core carries: never the frames of more than about 60 calls at the pace of speech.
    Beyond that frames come in bursts, for which read buffers grow, and it is the burst that is measured.
    """
    rows = []
    for count, minutes, speed in ((50, 1, 1.0), (10, 10, 6.0), (4, 60, 16.0)):
        first, last = bench.memory(count, minutes, speed)
        beside = f"{count} calls; {first:.0f} kB at their start"
        rows.append(Row(f"memory per call after {minutes} min", last, "kB", "≤ 150", beside))
    return rows


def handoffs(_: Bench) -> list[Row]:
    """What a handoff costs beyond the network."""
    rows = []
    for rtt in (0.0, 0.08):
        for warm in (True, False):
            found = uvloop.run(handoff.handoffs(HANDOFFS, rtt=rtt, warm=warm))
            (p50, bare_p50), (p99, bare_p99) = found.p(50), found.p(99)
            name = f"{'warm' if warm else 'cold'} handoff, {rtt * 1000:.0f} ms round trip, p99 above the relay's"
            beside = f"above the floor p50 {p50:.2f} ms, p99 {p99:.2f} ms; the relay {bare_p50:.2f} and {bare_p99:.2f}"
            rows.append(Row(name, p99 - bare_p99, "ms", "≤ 3" if warm else "", beside))
    return rows


def takeover(_: Bench) -> list[Row]:
    """How soon a person is heard who takes a call."""
    person, agent = uvloop.run(takeovers(HANDOFFS))
    beside = f"the warm handoff in the same run {agent:.2f} ms"
    return [Row("takeover by a person, p50", person, "ms", f"≤ {agent + FRAME_MS:.1f}", beside)]


def started(_: Bench) -> list[Row]:
    """How long it takes to start, and how much is installed."""
    return [
        Row("start to first call, provider `openai`", start.to_first_call(), "s", "< 0.6"),
        Row("`import orchestrator`", start.to_import("orchestrator") * 1000, "ms"),
        Row("default install", start.installed_megabytes(), "MB", "< 60"),
    ]


PARTS: dict[str, Callable[[Bench], list[Row]]] = {
    "audio": audio,
    "calls": calls,
    "memory": memory,
    "handoff": handoffs,
    "takeover": takeover,
    "stalls": lambda bench: [Row(*figures) for figures in stalls(bench)],
    "start": started,
    "keeping": lambda bench: [Row(*figures) for figures in costs(bench)],
    "cluster": lambda bench: [Row(*figures) for figures in cluster.costs(bench)],
    "records": lambda _: [Row(*figures) for figures in searches()],
}


def table(rows: list[Row], before: dict[str, float]) -> str:
    """Write the figures in Markdown, beside those that were found `before`."""
    lines = ["| figure | before | now | goal | |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        earlier = f"{before[row.name]:.2f}" if row.name in before else ""
        lines.append(f"| {row.name} | {earlier} | {row.value:.2f} {row.unit} | {row.goal} | {row.beside} |")
    return "\n".join(lines)


def figures(path: Path | None) -> dict[str, float]:
    """Read the figures of an earlier run."""
    rows = [] if path is None else json.loads(path.read_text(encoding="utf-8"))
    return {row["name"]: row["value"] for row in rows}


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the gateway.")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part to measure (default: all)")
    parser.add_argument("--json", type=Path, default=Path("benchmarks.json"), help="where the figures go")
    parser.add_argument("--against", type=Path, help="figures of an earlier run, to stand beside these")
    parser.add_argument("--profile", choices=WAYS, help="show where the time goes, and measure nothing")
    args = parser.parse_args()
    before = figures(args.against)  # first, as it may be the file that is written
    with ExitStack() as stack:
        bench = Bench(stack)
        if args.profile:
            print(profile(bench, args.profile))
            return
        rows = []
        for name in args.only or PARTS:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            rows += PARTS[name](bench)
    args.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    print(table(rows, before))


if __name__ == "__main__":
    main()
