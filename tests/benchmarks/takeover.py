"""What it takes until a person is heard: from `team.person.take` leaving the desk to their first frame at the caller.

The desk speaks as soon as it is told that it has the caller (`team.person.joined`), as a page with an open microphone
does. Service, caller and desk live in this process, without a distance between them; so the handoff between two warm
agents, which is beside it, is measured without one too.
"""

from __future__ import annotations

import json
import statistics
from contextlib import AsyncExitStack
from time import perf_counter

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import serve

from tests.benchmarks.handoff import WARM_UP, Service, ask, until
from tests.benchmarks.machine import free_port, gateway

TEAM = """
team: bench
limits: {{handoffs: 100000}}
providers: {{bench: {{url: "ws://127.0.0.1:{port}/"}}}}
defaults: {{warm: all, transcription: null}}
agents:
  front: {{model: bench/front, instructions: Hand over., handoffs: [back]}}
  back: {{model: bench/back, instructions: Hand over., handoffs: [front]}}
  colleague: {{kind: person, desk: support, brief: none, wait: {{limit: 60, say: Wait., then: front}}}}
people: {{support: {{}}}}
"""
FRAME = "AAAA" * 320  # 20 ms


async def taken(caller: ClientConnection, desk: ClientConnection, call: str) -> float:
    """Let the desk take the caller and give them back; return the seconds until the person is heard."""
    began = perf_counter()
    await desk.send(json.dumps({"type": "team.person.take", "call": call}))
    await until(desk, "team.person.joined")
    await desk.send(json.dumps({"type": "input_audio_buffer.append", "audio": FRAME}))
    await until(caller, "response.output_audio.delta")
    seconds = perf_counter() - began
    await desk.send(json.dumps({"type": "team.person.give_back"}))
    await until(desk, "team.person.released")
    await until(caller, "response.output_audio.delta")
    await until(caller, "response.done")
    return seconds


async def takeovers(count: int) -> tuple[float, float]:
    """Measure so many takeovers and warm handoffs in turn; return the medians in milliseconds."""
    service, port = Service(0.0), free_port()
    persons, agents = list[float](), list[float]()
    async with (
        serve(service.handle, "127.0.0.1", port, compression=None),
        AsyncExitStack() as stack,
    ):
        _, url = stack.enter_context(gateway(TEAM.format(port=port)))
        caller = await stack.enter_async_context(connect(url, compression=None))
        call = json.loads(await caller.recv())["session"]["id"]
        desk = await stack.enter_async_context(connect(f"{url.partition('?')[0]}?desk=support", compression=None))
        await until(desk, "team.desk.opened")
        for _ in range(count + WARM_UP):
            agents.append(await ask(caller, service) * 1000)
            persons.append(await taken(caller, desk, call) * 1000)
    return statistics.median(persons[WARM_UP:]), statistics.median(agents[WARM_UP:])
