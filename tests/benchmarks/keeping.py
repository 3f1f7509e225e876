"""What it costs to record calls: processor time for a minute of audio, without a record, with one, and with sound."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks.audio import CALLS, TEAM, WAYS, Bench, System
from tests.benchmarks.machine import gateway

ROUNDS, SECONDS = 7, 4.0
SOUND = "record: {audio: true}\n"
MORE = {"record": "≤ 1.05", "record and sound": "≤ 1.15"}


def costs(bench: Bench) -> Iterator[tuple[str, float, str, str, str]]:
    """Yield figures: their name, value, unit, goal, and what they are made of; the gateways take turns."""
    team = TEAM.format(port=bench.port)
    with ExitStack() as stack:
        none = System("none", *stack.enter_context(gateway(team, ORCHESTRATOR_RECORDS="none")))
        kept = System("record", *stack.enter_context(gateway(team)))
        heard = System("record and sound", *stack.enter_context(gateway(team + SOUND)))
        systems = [none, kept, heard]
        for _ in range(ROUNDS):
            for way, traffic in WAYS.items():
                for system in systems:  # one after the other: the service knows a caller by when they come
                    system.runs.setdefault(way, []).extend(bench.run([system], CALLS, SECONDS, **traffic))
    for system in systems[1:]:
        for way in WAYS:
            beside = f"{system.median(way, 'cpu'):.0f} ms to {none.median(way, 'cpu'):.0f} ms"
            name = f"CPU per audio-minute with {system.name}, {way}"
            yield name, system.ratio(none, way, "cpu"), "× without", MORE[system.name], beside
