"""Bad company: calls in which neither caller nor service reads anything, beside twenty calls that behave."""

from __future__ import annotations

from tests.benchmarks.audio import CALLS, Bench

DEAF = 10
SECONDS = 8.0


def stalls(bench: Bench) -> list[tuple[str, float, str, str, str]]:
    """Return the added latency of calls that behave beside calls in which nobody reads, both sides speaking on."""
    (alone,) = bench.run([bench.gateway], CALLS, SECONDS, up=True, down=True)
    (beside,) = bench.run([bench.gateway], CALLS, SECONDS, up=True, down=True, deaf=DEAF)
    rows = []
    for direction in ("up", "down"):
        p99, without = beside.told[direction]["p99"], alone.told[direction]["p99"]
        name = f"added latency p99 beside {DEAF} calls in which nobody reads, {direction}"
        rows.append((name, p99 / without, "× without them", "", f"{p99:.2f} ms to {without:.2f} ms"))
    return rows
