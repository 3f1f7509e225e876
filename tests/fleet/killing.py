"""`python -m tests.fleet.killing`: kill nodes of a fleet while callers talk, and count what is lost.

--kills N           kill -9 of the node that has the calls, N times, at random moments (default: 10)
--drain             instead: SIGTERM, one node after the other, N times
--pause             instead: SIGSTOP for 5 s, N times
--redis restart     Redis is restarted without its data before each kill
--redis full        Redis is full for 5 s before each kill
--clock-jump        instead: the wall clock of a node jumps by an hour or two seconds, forwards or back, N times
--callers N         Realtime callers (default: 50)
--seed N            of the moments
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from orchestrator.records import Archive
from orchestrator.records.filter import Filter
from orchestrator.records.reading import read_call
from orchestrator.records.transcript import CALLER, transcript
from tests.fleet.callers import MobileCaller, Seen, phone
from tests.fleet.rig import NodeProcess, Rig, rig, set_clock

SETTLED, BACK = 8.0, 30.0  # seconds for callers to begin, and to be back
PAUSED, REDIS_AWAY, DOWN = 5.0, 5.0, 3.0  # seconds
RECORDED = (
    180.0  # seconds in which one record more must become whole: who hung up as their node died is missed after 120 s
)
MOST_CALLS = 10_000
JUMPS, JUMPED = ("+3600", "-3600", "+2", "-2"), 6.0  # seconds by which a clock jumps, and that callers go on then


@dataclass(frozen=True)
class Plan:
    """What is done to the fleet."""

    kills: int = 10
    callers: int = 50
    phones: int = 0
    how: str = "kill"  # or drain, pause, clock
    redis: str = ""  # or restart, or full
    seed: int = 1
    keep: str = ""


async def try_out(plan: Plan) -> dict[str, Any]:
    """Do it; return what was seen."""
    moments = random.Random(plan.seed)
    seen, over = Seen(), asyncio.Event()
    async with rig(clocks=plan.how == "clock") as place:
        callers = [MobileCaller(n, place.nodes, seen, impatient=plan.how == "pause") for n in range(plan.callers)]
        async with asyncio.TaskGroup() as group:
            for caller in callers:
                group.create_task(caller.run(over))
            for number in range(plan.phones):
                group.create_task(phone(number, place.nodes, seen, over))
            await _until(lambda: all(caller.connected for caller in callers), SETTLED * 4)
            for number in range(plan.kills):
                await asyncio.sleep(moments.uniform(1.0, 4.0))
                await _harm_redis(place, plan.redis)
                node = _busiest(place.nodes, callers) if plan.how != "drain" else place.nodes[number % 2]
                await _harmed(place, node, plan.how, number, callers)
            await asyncio.sleep(2.0)
            over.set()
        await _recorded(place)
        if plan.keep:
            shutil.copytree(place.folder, plan.keep, dirs_exist_ok=True)
        return _report(plan, place, seen)


async def _harmed(place: Rig, node: NodeProcess, how: str, number: int, callers: Sequence[MobileCaller]) -> None:
    """Harm a node, and wait until all callers are back; say how much processor time that took, and whose."""
    if how == "clock":
        set_clock(place.folder, node.name, JUMPS[number % len(JUMPS)])
        await asyncio.sleep(JUMPED)
        return
    other = next(one for one in place.nodes if one is not node)
    before, began = place.cpu(other), time.monotonic()
    harming = asyncio.get_running_loop().create_task(_harm(node, how), name=how)
    await _until(lambda: not all(caller.connected for caller in callers), PAUSED)
    back = await _until(lambda: all(caller.connected for caller in callers), BACK)
    took, after = time.monotonic() - began, place.cpu(other)
    used = ", ".join(f"{name} {after[name] - before[name]:.2f} s" for name in before)
    print(f"{how} {number + 1}: all back after {took:.2f} s; processor time: {used}", flush=True)
    await harming
    if not back and not await _until(lambda: all(caller.connected for caller in callers), BACK):
        print(f"{how} {number + 1}: {sum(not one.connected for one in callers)} callers are not back", flush=True)


async def _recorded(place: Rig) -> None:
    """Wait until the records of all calls are whole: a call that has moved is written anew, from its beginning."""
    archive, deadline, least = Archive(place.records), time.monotonic() + RECORDED, MOST_CALLS
    # One of which nothing was heard for a minute is called lost, until it is written anew or ended by another node.
    unfinished = [Filter(ending=ending, limit=MOST_CALLS) for ending in ("open", "lost")]
    while left := sum([len(await asyncio.to_thread(archive.find, one)) for one in unfinished]):
        if left < least:
            least, deadline = left, time.monotonic() + RECORDED
        if time.monotonic() > deadline:
            print(f"{left} records were not whole after {RECORDED:g} s more")
            return
        await asyncio.sleep(1.0)


async def _harm(node: NodeProcess, how: str) -> None:
    if how == "pause":
        node.signal(signal.SIGSTOP)
        await asyncio.sleep(PAUSED)
        node.signal(signal.SIGCONT)
    elif how == "drain":
        node.signal(signal.SIGTERM)
        await node.ended()
        await node.start()
    else:
        await node.kill()
        await asyncio.sleep(DOWN)  # its start would compete with what is measured
        await node.start()


async def _harm_redis(place: Rig, how: str) -> None:
    if how == "restart":
        place.redis.stop()
        await asyncio.sleep(REDIS_AWAY)
        place.redis.start()
        await asyncio.sleep(4.0)
    elif how == "full":
        with place.redis.client() as client:
            client.config_set("maxmemory", "1")
            await asyncio.sleep(REDIS_AWAY)
            client.config_set("maxmemory", "0")
        await asyncio.sleep(4.0)


def _busiest(nodes: Sequence[NodeProcess], callers: Sequence[MobileCaller]) -> NodeProcess:
    count = Counter(caller.node.name for caller in callers)
    return max(nodes, key=lambda node: count[node.name])


async def _until(true: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def _report(plan: Plan, place: Rig, seen: Seen) -> dict[str, Any]:
    """Compare what callers were told with what is recorded, and count."""
    archive = Archive(place.records)
    missing, doubled = list[str](), list[str]()
    for call, told in seen.told.items():
        kept = Counter[str]()
        with suppress(Exception):  # a call that is nowhere has lost all its lines
            kept.update(one.text for one in transcript(read_call(archive, call)[1]) if one.who == CALLER)
        missing += [f"{call}: {text}" for text in told if not kept[text]]
        doubled += [f"{call}: {text}" for text in told if kept[text] > 1 or told[text] > 1]
    charged = Counter(place.charged())
    logs = "\n".join(node.log.read_text(errors="replace") for node in place.nodes)
    return {
        "plan": vars(plan),
        "calls": len(seen.told),
        "came back": len(seen.back),
        "seconds": {
            "back in the call": seen.back,
            "voice": seen.voice,
            "after a close that asks for it": [one for one in seen.moved if one >= 0],
            "voice, telephones": seen.phones,
        },
        "phones lost": seen.phones_lost,
        "lines told": sum(map(len, seen.told.values())),
        "lines lost": missing,
        "lines doubled": doubled,
        "lines unheard": seen.unheard,
        "charged": len(charged),
        "charged twice": sum(1 for times in charged.values() if times > 1),
        "calls lost": seen.lost,
        "fenced": logs.count("call fenced"),
        "errors": logs.count("Traceback"),
    }


def table(seconds: Mapping[str, Sequence[float]]) -> str:
    """Return how long each thing took."""
    rows = [f"{'seconds until':32}{'n':>7}{'p50':>8}{'p95':>8}{'max':>8}"]
    for what, values in seconds.items():
        figures = "".join(f"{_share(values, share):8.2f}" for share in (0.5, 0.95, 1.0)) if values else ""
        rows.append(f"{what:32}{len(values):7}{figures}")
    return "\n".join(rows)


def _share(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    """Read the options, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--callers", type=int, default=50)
    parser.add_argument("--phones", type=int, default=10)
    parser.add_argument("--keep", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--redis", choices=["restart", "full"], default="")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--drain", dest="how", action="store_const", const="drain", default="kill")
    how.add_argument("--pause", dest="how", action="store_const", const="pause")
    how.add_argument("--clock-jump", dest="how", action="store_const", const="clock")
    given = parser.parse_args()
    seen = asyncio.run(try_out(Plan(**vars(given))))
    print(table(seen.pop("seconds")))
    print(json.dumps(seen, indent=2))


if __name__ == "__main__":
    main()
