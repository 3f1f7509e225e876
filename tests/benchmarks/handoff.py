"""What a handoff costs beyond the network: from the transfer call leaving the service to the new voice at the caller.

The service, scripted, and the caller live in this process; the gateway, started as a user starts it, is the other one.
The service is half a round trip away in each direction, and a connection to it takes one. What cannot be avoided,
the *floor*, is one and a half round trips to a warm session: the call comes, `response.create` goes, audio comes. A
cold one costs a connection and the round trip of `session.update` more.

Not all that is above the floor is ours: the service waits for the end of each trip, and timers, sockets and a machine
that has to wake up are late. So the bare relay takes turns with the gateway, at the same distance: the call comes
through it, the caller itself answers, and audio comes. What the gateway takes longer is its own.
"""

from __future__ import annotations

import asyncio
import json
import statistics
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.benchmarks.machine import free_port, gateway, relay

WARM_UP = 5
SPIN = 0.002  # seconds before the end of a trip from which the service looks at the clock, because timers are late
TEAM = """
team: bench
limits: {{handoffs: 100000}}
providers: {{bench: {{url: "ws://127.0.0.1:{port}/"}}}}
defaults: {{warm: {warm}, transcription: null}}
agents:
  front: {{model: bench/front, instructions: Hand over., handoffs: [back]}}
  back: {{model: bench/back, instructions: Hand over., handoffs: [front]}}
"""
ASK = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Next, please."}]}


@dataclass
class Service:
    """The models: an agent that was typed to hands over, one that was briefed says a word."""

    rtt: float  # seconds
    left: float = 0.0  # when the last transfer call left
    count: int = 0

    async def knock(self, *_: object) -> None:
        """Take a round trip to answer a handshake."""
        await asyncio.sleep(self.rtt)

    async def handle(self, socket: ServerConnection) -> None:
        """Play one session; to the relay it is that of an agent too."""
        assert socket.request is not None
        agent = parse_qs(urlsplit(socket.request.path).query).get("model", ["relayed"])[0]
        sending: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(socket, sending), name="write")
            with suppress(ConnectionClosed):  # the gateway is killed when all is measured
                await self._read(socket, agent, sending)
            writing.cancel()

    async def _read(self, socket: ServerConnection, agent: str, sending: asyncio.Queue[tuple[float, str]]) -> None:
        typed = False
        async for frame in socket:
            event = json.loads(frame)
            if event["type"] == "session.update":
                self._later(sending, 1.0, type="session.updated", session={"type": "realtime"})
            elif event["type"] == "conversation.item.create":
                typed = typed or event["item"].get("role") == "user"
            elif event["type"] == "response.create" and typed:
                typed = False
                self._transfer(sending, "back" if agent == "front" else "front")
            elif event["type"] == "response.create":
                self._speak(sending)

    async def _write(self, socket: ServerConnection, sending: asyncio.Queue[tuple[float, str]]) -> None:
        while True:
            due, frame = await sending.get()
            await asyncio.sleep(max(0.0, due - perf_counter() - SPIN))
            while perf_counter() < due:  # noqa: ASYNC110 - no event tells the time
                await asyncio.sleep(0)
            await socket.send(frame)

    def _later(self, sending: asyncio.Queue[tuple[float, str]], trips: float, **event: object) -> None:
        """Send an event so many round trips from now: there and back, or only back."""
        self.count += 1
        due = perf_counter() + trips * self.rtt
        sending.put_nowait((due, json.dumps({**event, "event_id": f"event_{self.count}"})))

    def _transfer(self, sending: asyncio.Queue[tuple[float, str]], target: str) -> None:
        """Hand the caller over in a response of its own."""
        response, item = self._begun(), {"id": f"item_{self.count}", "type": "function_call", "status": "completed"}
        item |= {"call_id": f"call_{self.count}", "name": f"transfer_to_{target}", "arguments": '{"reason": "bench"}'}
        at = {"response_id": response["id"], "output_index": 0, "item": item}
        self._later(sending, 1.0, type="response.created", response=response)
        self._later(sending, 1.0, type="response.output_item.done", **at)
        done = {**response, "status": "completed", "output": [item], "usage": None}
        self._later(sending, 1.0, type="response.done", response=done)
        self.left = perf_counter() + self.rtt / 2  # the way back begins

    def _speak(self, sending: asyncio.Queue[tuple[float, str]]) -> None:
        """Say one word."""
        response = self._begun()
        item = {"id": f"item_{self.count}", "type": "message", "role": "assistant", "content": []}
        at = {"response_id": response["id"], "item_id": item["id"], "output_index": 0, "content_index": 0}
        self._later(sending, 1.0, type="response.created", response=response)
        told = {"response_id": response["id"], "output_index": 0, "item": item}
        self._later(sending, 1.0, type="response.output_item.added", **told)
        self._later(sending, 1.0, type="response.output_audio.delta", **at, delta="AAAA" * 320)
        self._later(sending, 1.0, type="response.done", response={**response, "status": "completed", "usage": None})

    def _begun(self) -> dict[str, object]:
        return {"id": f"resp_{self.count}", "object": "realtime.response", "status": "in_progress", "output": []}


async def until(caller: ClientConnection, kind: str) -> None:
    """Read events up to one."""
    async with asyncio.timeout(10):
        while (event := json.loads(await caller.recv()))["type"] != kind:
            assert event["type"] != "error", event


async def ask(caller: ClientConnection, service: Service) -> float:
    """Ask for a handoff; return the seconds from the transfer call to the new voice."""
    await caller.send(json.dumps({"type": "conversation.item.create", "item": ASK}))
    await caller.send(json.dumps({"type": "response.create"}))
    await until(caller, "response.output_audio.delta")
    seconds = perf_counter() - service.left
    await until(caller, "response.done")
    return seconds


async def ask_relayed(caller: ClientConnection, service: Service) -> float:
    """Ask for a transfer call through the relay and answer it here; return the seconds from the call to audio."""
    await caller.send(json.dumps({"type": "conversation.item.create", "item": ASK}))
    await caller.send(json.dumps({"type": "response.create"}))
    await until(caller, "response.output_item.done")
    await caller.send(json.dumps({"type": "response.create"}))
    await until(caller, "response.output_audio.delta")
    seconds = perf_counter() - service.left
    await until(caller, "response.done")
    return seconds


@dataclass
class Handoffs:
    """Milliseconds above the floor, of the gateway and of the relay in turn."""

    ours: list[float] = field(default_factory=list)
    relayed: list[float] = field(default_factory=list)

    def p(self, share: int) -> tuple[float, float]:
        """Return a percentile of both."""
        ours, relayed = (statistics.quantiles(found, n=100)[share - 1] for found in (self.ours, self.relayed))
        return ours, relayed


async def handoffs(count: int, *, rtt: float, warm: bool) -> Handoffs:
    """Measure so many handoffs, and as many through the relay."""
    service, port, found = Service(rtt), free_port(), Handoffs()
    floor = (1.5 if warm else 3.5) * rtt
    async with (
        serve(service.handle, "127.0.0.1", port, compression=None, process_request=service.knock),
        AsyncExitStack() as stack,
    ):
        _, far = stack.enter_context(relay(f"ws://127.0.0.1:{port}/", "asyncio"))
        _, url = stack.enter_context(gateway(TEAM.format(port=port, warm="all" if warm else "none")))
        bare = await stack.enter_async_context(connect(far, compression=None))
        caller: ClientConnection | None = None
        for _ in range(count + WARM_UP):
            if caller is None or not warm:  # the second handoff of a call finds its sessions warm
                caller = await stack.enter_async_context(connect(url, compression=None))
                await until(caller, "session.created")
            found.ours.append((await ask(caller, service) - floor) * 1000)
            found.relayed.append((await ask_relayed(bare, service) - 1.5 * rtt) * 1000)
            if not warm:
                await caller.close()
    return Handoffs(found.ours[WARM_UP:], found.relayed[WARM_UP:])
