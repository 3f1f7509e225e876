"""What it costs to be a node of a cluster: processor time for a minute of audio, with a journal in Redis or without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks.audio import TEAM, WAYS, Bench, System
from tests.benchmarks.machine import gateway
from tests.redis_server import redis_server

ROUNDS, SECONDS = 5, 20.0
GOAL = "≤ 1.03"


def costs(bench: Bench) -> Iterator[tuple[str, float, str, str, str]]:
    """Yield figures: their name, value, unit, goal, and what they are made of; the gateways take turns of a second.

    The time is that of the gateway's process, also while it is the other's turn; Redis has its own.
    """
    team = TEAM.format(port=bench.port)
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server())
        shared = {"ORCHESTRATOR_CLUSTER": redis.url, "ORCHESTRATOR_SECRET": "s" * 32}
        alone = System("alone", *stack.enter_context(gateway(team, ORCHESTRATOR_RECORDS="none")))
        node = System("node", *stack.enter_context(gateway(team, ORCHESTRATOR_RECORDS="none", **shared)))
        bench.compare([alone, node], ROUNDS, SECONDS)
    for way in WAYS:
        beside = f"{node.median(way, 'cpu'):.0f} ms to {alone.median(way, 'cpu'):.0f} ms"
        yield f"CPU per audio-minute in a cluster, {way}", node.ratio(alone, way, "cpu"), "× alone", GOAL, beside
