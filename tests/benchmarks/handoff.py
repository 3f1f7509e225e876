"""What a handoff costs beyond the network: from the transfer call leaving the service to the new voice at the caller.

The service, scripted, and the caller live in this process; the gateway, started as a user starts it, is the other one.
The service is half a round trip away in each direction, and a connection to it takes one. What cannot be avoided,
the *floor*, is one and a half round trips to a warm session: the call comes, `response.create` goes, audio comes. A
cold one costs a connection and the round trip of `session.update` more. All that is above the floor is ours.
"""

from __future__ import annotations

import asyncio
import json
import statistics
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.benchmarks.machine import free_port, gateway, relay

WARM_UP = 5
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
    heard: asyncio.Queue[float] = field(default_factory=asyncio.Queue)  # when frames of the relay came

    async def knock(self, *_: object) -> None:
        """Take a round trip to answer a handshake."""
        await asyncio.sleep(self.rtt)

    async def handle(self, socket: ServerConnection) -> None:
        """Play one session, or the far end of the relay."""
        assert socket.request is not None
        agent = parse_qs(urlsplit(socket.request.path).query).get("model", [""])[0]
        sending: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(socket, sending), name="write")
            with suppress(ConnectionClosed):  # the gateway is killed when all is measured
                await self._read(socket, agent, sending)
            writing.cancel()

    async def _read(self, socket: ServerConnection, agent: str, sending: asyncio.Queue[tuple[float, str]]) -> None:
        typed = False
        async for frame in socket:
            if not agent:
                self.heard.put_nowait(perf_counter())
                continue
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
            await asyncio.sleep(max(0.0, due - perf_counter()))
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


async def handoffs(count: int, *, rtt: float, warm: bool) -> list[float]:
    """Return the milliseconds above the floor of so many handoffs."""
    service, port = Service(rtt), free_port()
    floor = (1.5 if warm else 3.5) * rtt
    async with serve(service.handle, "127.0.0.1", port, compression=None, process_request=service.knock):
        with gateway(TEAM.format(port=port, warm="all" if warm else "none")) as (_, url):
            found = []
            for _ in range(1 if warm else count + WARM_UP):
                async with connect(url, compression=None) as caller:
                    await until(caller, "session.created")
                    found += [await ask(caller, service) for _ in range(count + WARM_UP if warm else 1)]
    return [(seconds - floor) * 1000 for seconds in found[WARM_UP:]]


async def relayed(count: int) -> list[float]:
    """Return the milliseconds that one frame takes through the bare relay."""
    service, port = Service(0.0), free_port()
    async with serve(service.handle, "127.0.0.1", port, compression=None):
        with relay(f"ws://127.0.0.1:{port}/", "asyncio") as (_, url):
            async with connect(url, compression=None) as caller:
                found = []
                for _ in range(count + WARM_UP):
                    sent = perf_counter()
                    await caller.send("x" * 400)
                    found.append(await asyncio.wait_for(service.heard.get(), 10) - sent)
    return [seconds * 1000 for seconds in found[WARM_UP:]]


def percentiles(found: list[float]) -> dict[str, float]:
    """Return p50 and p99."""
    cut = statistics.quantiles(found, n=100)
    return {"p50": cut[49], "p99": cut[98]}
