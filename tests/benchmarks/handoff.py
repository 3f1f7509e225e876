"""Measure what a handoff to a warm session costs beyond the network: `python tests/benchmarks/handoff.py`.

A scripted upstream and the caller live in this process; the gateway, started as a user starts it, is the other one. The
upstream notes when it sends the transfer call and when the other agent's session receives `response.create`. Between
the two lies everything that is ours: the frame read, decoded, decided on, the briefing and the request written. In the
same run a bare relay made of two `websockets` sockets forwards one frame between the same two ends: the yardstick.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

HANDOFFS, WARM_UP = 400, 20
TEAM = """
team: bench
limits: {{handoffs: 100000}}
providers: {{bench: {{url: "ws://127.0.0.1:{port}"}}}}
defaults: {{warm: all, transcription: null}}
agents:
  front: {{model: bench/front, instructions: Hand over., handoffs: [back]}}
  back: {{model: bench/back, instructions: Hand over., handoffs: [front]}}
"""
RELAY = """
import asyncio, sys
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

async def main():
    async def relay(caller):
        async with connect(sys.argv[2], compression=None) as upstream:
            async for frame in caller:
                await upstream.send(frame)
    async with serve(relay, "127.0.0.1", int(sys.argv[1]), compression=None):
        await asyncio.Event().wait()
asyncio.run(main())
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Upstream:
    """The models: an agent that was typed to hands over, one that was briefed says a word."""

    def __init__(self) -> None:
        self.sent = 0.0  # when the last transfer call was sent
        self.overheads: list[float] = []
        self.relayed: asyncio.Queue[float] = asyncio.Queue()
        self.count = 0

    async def handle(self, socket_: ServerConnection) -> None:
        """Play one session, or the far end of the relay."""
        assert socket_.request is not None
        name = parse_qs(urlsplit(socket_.request.path).query).get("model", ["relay"])[0]
        if name == "relay":
            async for _ in socket_:
                self.relayed.put_nowait(perf_counter())
            return
        await self.send(socket_, type="session.created", session={"type": "realtime"})
        typed = False
        async for frame in socket_:
            event = json.loads(frame)
            if event["type"] == "session.update":
                await self.send(socket_, type="session.updated", session={"type": "realtime"})
            elif event["type"] == "conversation.item.create":
                typed = typed or event["item"].get("role") == "user"
            elif event["type"] == "response.create" and typed:
                typed = False
                await self.transfer(socket_, "back" if name == "front" else "front")
            elif event["type"] == "response.create":
                self.overheads.append(perf_counter() - self.sent)
                await self.speak(socket_)

    async def send(self, socket_: ServerConnection, **event: object) -> None:
        """Send one server event."""
        self.count += 1
        await socket_.send(json.dumps({**event, "event_id": f"event_{self.count}"}))

    async def transfer(self, socket_: ServerConnection, target: str) -> None:
        """Hand the caller over in a response of its own."""
        number = self.count
        response = {"id": f"resp_{number}", "object": "realtime.response", "status": "in_progress", "output": []}
        item = {"id": f"item_{number}", "type": "function_call", "status": "completed", "call_id": f"call_{number}"}
        item |= {"name": f"transfer_to_{target}", "arguments": '{"reason": "bench"}', "object": "realtime.item"}
        await self.send(socket_, type="response.created", response=response)
        self.sent = perf_counter()
        await self.send(
            socket_, type="response.output_item.done", response_id=response["id"], output_index=0, item=item
        )
        done = {**response, "status": "completed", "output": [item], "usage": None}
        await self.send(socket_, type="response.done", response=done)

    async def speak(self, socket_: ServerConnection) -> None:
        """Say one word."""
        number = self.count
        response = {"id": f"resp_{number}", "object": "realtime.response", "status": "in_progress", "output": []}
        await self.send(socket_, type="response.created", response=response)
        await self.send(socket_, type="response.done", response={**response, "status": "completed", "usage": None})


@asynccontextmanager
async def process(*command: str) -> AsyncIterator[None]:
    """Run a command while the block lasts."""
    started = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    try:
        yield
    finally:
        started.terminate()
        await started.wait()


async def patiently(url: str) -> object:
    """Connect to a server that is starting, for ten seconds at the most."""
    for _ in range(200):
        try:
            return await connect(url, compression=None)
        except OSError:
            await asyncio.sleep(0.05)
    raise TimeoutError(url)


async def handoffs(upstream: Upstream, url: str) -> list[float]:
    """Hand one caller over many times; return the seconds each took between the two sessions."""
    caller = await patiently(url)
    for number in range(HANDOFFS + WARM_UP):
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Next, please."}]}
        await caller.send(json.dumps({"type": "conversation.item.create", "item": item}))
        await caller.send(json.dumps({"type": "response.create"}))
        done = 0
        while done < 2:  # the transferring response and the new agent's
            event = json.loads(await asyncio.wait_for(caller.recv(), 10))
            assert event["type"] != "error", event
            done += event["type"] == "response.done"
        assert len(upstream.overheads) == number + 1
    await caller.close()
    return upstream.overheads[WARM_UP:]


async def relays(upstream: Upstream, url: str) -> list[float]:
    """Send one frame of a transfer's size through the bare relay many times; return the seconds each took."""
    caller, frame, times = await patiently(url), "x" * 400, []
    for _ in range(HANDOFFS + WARM_UP):
        sent = perf_counter()
        await caller.send(frame)
        times.append(await asyncio.wait_for(upstream.relayed.get(), 10) - sent)
    await caller.close()
    return times[WARM_UP:]


def row(name: str, seconds: list[float]) -> str:
    """Format the percentiles of a measurement in milliseconds."""
    cut = statistics.quantiles([1000 * value for value in seconds], n=100)
    return f"{name:22} p50 {cut[49]:7.3f} ms   p99 {cut[98]:7.3f} ms   n={len(seconds)}"


async def main() -> None:
    """Measure both and print the table."""
    upstream, ports = Upstream(), [free_port() for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        team = Path(folder) / "agents.yaml"
        team.write_text(TEAM.format(port=ports[0]), encoding="utf-8")
        gateway = (sys.executable, "-m", "orchestrator.cli", "serve", str(team), "--port", str(ports[1]))
        relay = (sys.executable, "-c", RELAY, str(ports[2]), f"ws://127.0.0.1:{ports[0]}/relay")
        async with serve(upstream.handle, "127.0.0.1", ports[0], compression=None), process(*gateway), process(*relay):
            ours = await handoffs(upstream, f"ws://127.0.0.1:{ports[1]}/v1/realtime?model=bench")
            bare = await relays(upstream, f"ws://127.0.0.1:{ports[2]}/")
    print(row("bare relay, one frame", bare))
    print(row("handoff_overhead", ours))
    print(f"{'ratio of medians':22} {statistics.median(ours) / statistics.median(bare):.1f}")


if __name__ == "__main__":
    asyncio.run(main())
