"""What it costs to move audio: processor time, added latency, memory, and how many calls a core carries."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.machine import ENDS, free_port, gateway, on_core, relay, resident_kilobytes

TEAM = """
team: bench
providers: {{bench: {{url: "ws://127.0.0.1:{port}/"}}}}
defaults: {{warm: none, transcription: null}}
agents:
  front: {{model: bench/front, instructions: Talk.}}
"""
CALLS = 20
# What is measured apart: a caller's frames, an agent's, and an agent's as a service sends them, with a transcript.
WAYS: dict[str, dict[str, bool]] = {
    "up": {"up": True, "down": False},
    "down": {"up": False, "down": True},
    "down with words": {"up": False, "down": True, "words": True},
}
LATE_MS = 20.0  # added latency (p99) beyond which a core carries too many calls
STEP, MOST = 20, 600  # calls


@dataclass
class Run:
    """One measurement of one system."""

    cpu_ms: float  # of processor time for each minute of audio
    told: dict[str, dict[str, Any]]  # direction → frames, p50, p99, lost …


@dataclass
class System:
    """One of the systems that are compared."""

    name: str
    pid: int
    url: str
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def figures(self, way: str, figure: str) -> list[float]:
        """Return a figure of each round of one of the `WAYS`: `cpu`, `p50` or `p99`."""
        direction = "up" if WAYS[way]["up"] else "down"
        return [run.cpu_ms if figure == "cpu" else run.told[direction][figure] for run in self.runs[way]]

    def median(self, way: str, figure: str) -> float:
        """Return the median over the rounds."""
        return statistics.median(self.figures(way, figure))

    def ratio(self, other: System, way: str, figure: str) -> float:
        """Return the median over the rounds of what a figure is beside another system's."""
        return statistics.median(self.ratios(other, way, figure))

    def ratios(self, other: System, way: str, figure: str) -> list[float]:
        """Return for each round what a figure is beside another system's."""
        both = zip(self.figures(way, figure), other.figures(way, figure), strict=True)
        return [ours / theirs for ours, theirs in both]


class Bench:
    """All systems, started once, measured in turn."""

    def __init__(self, stack: ExitStack) -> None:
        # Where the scripted service listens.
        self.port = free_port()
        upstream = f"ws://127.0.0.1:{self.port}/"
        self.systems = [
            System("relay, asyncio", *stack.enter_context(relay(upstream, "asyncio"))),
            System("relay, uvloop", *stack.enter_context(relay(upstream, "uvloop"))),
            System("gateway", *stack.enter_context(gateway(TEAM.format(port=self.port)))),
        ]

    @property
    def relay(self) -> System:
        """The yardstick."""
        return self.systems[0]

    @property
    def gateway(self) -> System:
        """What is measured."""
        return self.systems[2]

    def traffic(self, systems: Sequence[System], calls: int, seconds: float, **more: Any) -> Iterator[str]:
        """Let callers and service talk through systems in turn; yields each line that they say."""
        job = {
            "urls": [system.url for system in systems],
            "pids": [system.pid for system in systems],
            "listen": self.port,
            "calls": calls,
            "seconds": seconds,
            **more,
        }
        command = on_core(ENDS, sys.executable, "-m", "tests.benchmarks.traffic", json.dumps(job))
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            yield from (line.strip() for line in process.stdout)
        assert process.returncode == 0, "the ends of the line failed"

    def run(self, systems: Sequence[System], calls: int, seconds: float, **more: Any) -> list[Run]:
        """Measure systems that share the time; every frame must arrive."""
        steady, over, told, *_ = self.traffic(systems, calls, seconds, **more)
        assert (steady, over) == ("steady", "over")
        accounts = json.loads(told)
        for system, account in zip(systems, accounts, strict=True):
            for direction in ("up", "down"):
                figures = account[direction]
                wrong = {key: figures[key] for key in ("lost", "doubled", "reordered") if figures[key]}
                assert not wrong, f"{system.name}, {direction}: {wrong}"
        return [Run(account["cpu"] / (calls * account["turns"] / 60) * 1000, account) for account in accounts]

    def compare(self, systems: Sequence[System], rounds: int, seconds: float) -> None:
        """Measure systems that take turns of a second, several rounds, each of the `WAYS` apart."""
        for _ in range(rounds):
            for way, traffic in WAYS.items():
                for system, run in zip(systems, self.run(systems, CALLS, seconds, **traffic), strict=True):
                    system.runs.setdefault(way, []).append(run)

    def capacity(self, system: System, seconds: float) -> int:
        """Return the calls that one core carries, audio both ways, before the added latency passes its limit."""
        carried = 0
        for calls in range(STEP, MOST + 1, STEP):
            (run,) = self.run([system], calls, seconds, up=True, down=True)
            if max(run.told[direction]["p99"] for direction in ("up", "down")) > LATE_MS:
                break
            carried = calls
        return carried

    def memory(self, calls: int, minutes: float, speed: float) -> tuple[float, float]:
        """Return kB for each call while they last: at their start, and after so many simulated minutes."""
        with gateway(TEAM.format(port=self.port)) as (pid, url):  # a new one: memory once held is seldom given back
            fresh = System("gateway", pid, url)
            self.run([fresh], 2, 1.0, up=True, down=True)  # whatever is loaded once is loaded now
            before = resident_kilobytes(pid)
            lines = self.traffic([fresh], calls, minutes * 60 / speed, up=True, down=True, speed=speed)
            assert next(lines) == "steady"
            first = resident_kilobytes(pid)
            assert next(lines) == "over"
            last = resident_kilobytes(pid)
            list(lines)
        return (first - before) / calls, (last - before) / calls
