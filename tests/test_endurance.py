"""An hour of calls, time compressed: handoffs, tools, drops, hang-ups. Afterwards nothing is left of them."""

from __future__ import annotations

import asyncio
import base64
import gc
import os
import random
from collections import Counter
from pathlib import Path

from orchestrator.protocol.audio import silence
from orchestrator.testing import call, say
from tests.calls import CallerClient, Desk, desk
from tests.patience import PATIENCE

CALLS = 60  # of a minute each
PIECE_MS = 1000  # of an hour-long call
PIECE = base64.b64encode(silence("audio/pcm", PIECE_MS)).decode()


async def one_call(desk_: Desk, dice: random.Random) -> None:
    """Hold a call that goes its own way, and ends anywhere."""
    async with desk_.caller(query="") as caller:
        agent, other = "front", "billing"
        for turn in range(1, 6):
            match dice.choice(["answer", "tool", "handoff", "drop", "speak", "hang up"]):
                case "tool":
                    desk_.service.reply(agent, call("find_order", number="1"))
                case "handoff":
                    desk_.service.reply(agent, call(f"transfer_to_{other}", reason="x"))
                    agent, other = other, agent
                case "drop":
                    (await desk_.service.session(agent)).drop()
                case "speak":
                    await caller.speak(50)
                case "hang up":
                    desk_.service.reply(agent, say("A long answer.", ms=20_000))
                    await caller.type("Tell me everything.")
                    break
            await caller.type("Go on.")
            await caller.until("response.done", turn)
        await caller.socket.close()
    await desk_.quiet()
    for session in desk_.service.sessions:
        await asyncio.wait_for(session.gone(), PATIENCE)
    desk_.service.sessions.clear()


async def rested() -> tuple[int, int]:
    """Return the tasks and the open files of the process, once what is ending has ended."""
    for _ in range(50):  # turns of the event loop
        await asyncio.sleep(0)
    gc.collect()
    return len(asyncio.all_tasks()), open_files()


async def test_p33_p36_nothing_is_left_of_an_hour_of_calls() -> None:
    """P33, P36: no task, no socket, no session; the objects of sixty calls are gone with them."""
    dice = random.Random(7)
    async with desk() as desk_:
        for _ in range(5):  # what is made once is made now
            await one_call(desk_, dice)
        tasks, files = await rested()
        objects = ours()
        for _ in range(CALLS):
            await one_call(desk_, dice)
        after = await rested()

        assert after == (tasks, files)
        assert ours() - objects == Counter()  # what other tests have left may go meanwhile


async def test_p36_an_hour_long_call_holds_no_more_than_a_short_one() -> None:
    """P36: an hour of audio both ways, and a handoff a minute, in one call."""
    async with desk(LIMITLESS) as desk_, desk_.caller(query="") as caller:
        await minutes(desk_, caller, 5)
        gc.collect()
        before = resident()
        await minutes(desk_, caller, 55)
        gc.collect()

        assert resident() - before < 8_000, "kB that a call gains in an hour"
        assert len(desk_.calls) == 1


async def minutes(desk_: Desk, caller: CallerClient, count: int) -> None:
    """Let so many minutes of a call go by: the caller speaks all the time, an agent hands over and the next speaks."""
    names = ["front", "billing"]
    for _ in range(count):
        desk_.service.reply(names[0], call(f"transfer_to_{names[1]}", reason="x"))
        desk_.service.reply(names[1], say("I see.", ms=30_000))
        for _ in range(60_000 // PIECE_MS):
            await caller.send("input_audio_buffer.append", audio=PIECE)
        await caller.type("Next, please.")
        await caller.until("response.done")
        caller.events.clear()
        for session in desk_.service.sessions:
            session.received.clear()
        names.reverse()


def ours() -> Counter[str]:
    """Count the objects of this package that are alive, by class; what a test has still to say is not of a call."""
    alive = ((str(type(one).__module__), type(one).__qualname__) for one in gc.get_objects())
    package, script = "orchestrator.", "orchestrator.testing"
    return Counter(name for module, name in alive if module.startswith(package) and not module.startswith(script))


def open_files() -> int:
    """Return the open files and sockets of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


def resident() -> int:
    """Return the memory of this process in kB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") // 1024


LIMITLESS = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
limits: {{handoffs: 100000}}
agents:
  front: {{model: service/front, instructions: Welcome callers., handoffs: [billing]}}
  billing: {{model: service/billing, instructions: Explain invoices., handoffs: [front]}}
"""
