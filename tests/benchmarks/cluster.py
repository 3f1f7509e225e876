"""What it costs to be a node of a cluster: processor time for a minute of audio, with a journal in Redis or without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import quantiles

from tests.benchmarks.audio import TEAM, WAYS, Bench, Run, System
from tests.benchmarks.machine import gateway
from tests.redis_server import redis_server

ROUNDS, SECONDS = 20, 4.0
GOAL = "≤ 1.03"


def costs(bench: Bench) -> Iterator[tuple[str, float, str, str, str]]:
    """Yield figures: their name, value, unit, goal, and what they are made of; the gateways take turns of a second.

    The time is that of the gateway's process in its turns; Redis has its own. Each round has gateways of its own, since
    two processes that do the same may differ by more than what is measured.
    """
    team = TEAM.format(port=bench.port)
    alone, node = dict[str, list[Run]](), dict[str, list[Run]]()
    for _ in range(ROUNDS):
        with ExitStack() as stack:
            redis = stack.enter_context(redis_server())
            shared = {"ORCHESTRATOR_CLUSTER": redis.url, "ORCHESTRATOR_SECRET": "s" * 32}
            systems = [
                System("alone", *stack.enter_context(gateway(team, ORCHESTRATOR_RECORDS="none")), alone),
                System("node", *stack.enter_context(gateway(team, ORCHESTRATOR_RECORDS="none", **shared)), node),
            ]
            bench.compare(systems, 1, SECONDS)
    one, other = systems  # of the last round, with the runs of all
    for way in WAYS:
        low, median, high = quantiles(other.ratios(one, way, "cpu"), n=4)
        beside = f"{other.median(way, 'cpu'):.0f} ms to {one.median(way, 'cpu'):.0f} ms"
        spread = f"{beside}; half of the {ROUNDS} rounds: {low:.2f} to {high:.2f}"
        yield f"CPU per audio-minute in a cluster, {way}", median, "× alone", GOAL, spread
