"""`python -m tests.fleet.killing`: kill nodes of a fleet while callers talk, and count what is lost.

--kills N           kill -9 of the node that has the calls, N times, at random moments (default: 10)
--drain             instead: SIGTERM, one node after the other, N times
--pause             instead: SIGSTOP for 5 s, N times
--redis restart     Redis is restarted without its data before each kill
--redis full        Redis is full for 5 s before each kill
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
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from orchestrator.records import Archive
from orchestrator.records.filter import Filter
from orchestrator.records.reading import read_call
from orchestrator.records.transcript import CALLER, transcript
from tests.fleet.callers import MobileCaller, Seen, phone
from tests.fleet.rig import NodeProcess, Rig, rig

SETTLED, BACK = 8.0, 30.0  # seconds for callers to begin, and to be back
PAUSED, REDIS_AWAY, DOWN = 5.0, 5.0, 3.0  # seconds
RECORDED = 60.0  # seconds for the last lines of all records


@dataclass(frozen=True)
class Plan:
    """What is done to the fleet."""

    kills: int = 10
    callers: int = 50
    phones: int = 0
    how: str = "kill"  # or drain, or pause
    redis: str = ""  # or restart, or full
    seed: int = 1
    keep: str = ""


async def try_out(plan: Plan) -> dict[str, Any]:
    """Do it; return what was seen."""
    moments = random.Random(plan.seed)
    seen, over = Seen(), asyncio.Event()
    async with rig() as place:
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
                await _harm(node, plan.how)
                if not await _until(lambda: all(caller.connected for caller in callers), BACK):
                    print(f"kill {number + 1}: {sum(not one.connected for one in callers)} callers are not back")
            await asyncio.sleep(2.0)
            over.set()
        await _recorded(place)
        if plan.keep:
            shutil.copytree(place.folder, plan.keep, dirs_exist_ok=True)
        return _report(plan, place, seen)


async def _recorded(place: Rig) -> None:
    """Wait until the records of all calls are whole: a call that has moved is written anew, from its beginning."""
    archive, still_open = Archive(place.records), Filter(ending="open", limit=1)
    deadline = time.monotonic() + RECORDED
    while await asyncio.to_thread(archive.find, still_open):
        if time.monotonic() > deadline:
            print(f"not all records were whole after {RECORDED:g} s")
            return
        await asyncio.sleep(0.2)


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
        "back p50": _share(seen.back, 0.5),
        "back p95": _share(seen.back, 0.95),
        "voice p50": _share(seen.voice, 0.5),
        "voice p95": _share(seen.voice, 0.95),
        "voice n": len(seen.voice),
        "moved": len(seen.moved),
        "moved p95": _share([one for one in seen.moved if one >= 0], 0.95),
        "phones p50": _share(seen.phones, 0.5),
        "phones p95": _share(seen.phones, 0.95),
        "phones n": len(seen.phones),
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


def _share(values: Sequence[float], share: float) -> float | None:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else None


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
    given = parser.parse_args()
    print(json.dumps(asyncio.run(try_out(Plan(**vars(given)))), indent=2))


if __name__ == "__main__":
    main()
