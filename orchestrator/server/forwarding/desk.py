"""Somebody who works at the desk of one node works at those of all: they see every call, and can take any.

Their socket is served here as ever. Beside it there is one connection to the desk of each other node, on which they are
present there too. Frames of all desks go to them; what they send goes to the node that has the call that it names, or
else to the one whose caller they have. What a node tells of its calls when it is reached is told as if it had happened
just now. When a node is gone, so are its calls, until another node has them.

Limits: 64 nodes; a node that cannot be reached is tried again after 5 s; one that takes nothing for 2 s is let go.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from orchestrator.errors import CallerError
from orchestrator.fleet.port import Fleet, Node
from orchestrator.gateway.caller_socket import EXTENSION
from orchestrator.protocol.frames import error_frame, server_frame
from orchestrator.server.forwarding.http import Unanswered
from orchestrator.server.forwarding.places import Crowded
from orchestrator.server.forwarding.socket import Refused

MOST_NODES = 64
LOOK_SECONDS, AGAIN_SECONDS, SEND_SECONDS = 1.0, 5.0, 2.0
HERE = ""  # stands for this node among the others
AUDIO = '{"type":"team.audio.delta"'  # how frames with audio begin
TAKES = frozenset({"team.person.accept", "team.person.take"})
Json = Mapping[str, Any]
# The address of a node → its desk, for the same worker.
Open = Callable[[str], AbstractAsyncContextManager[ClientConnection]]
log = structlog.get_logger("orchestrator")


@dataclass(slots=True)
class Has:
    """The caller whom the worker has."""

    node: str
    call: str


class Desks:
    """The desks of all nodes, for one worker."""

    def __init__(
        self, app: ASGIApp, fleet: Fleet, open_desk: Open, receive: Receive, send: Send, usual: str = HERE
    ) -> None:
        # The desk of this node; what knows the others, and how their desks are reached.
        self._app, self._fleet, self._open = app, fleet, open_desk
        # The worker's socket.
        self._from_worker, self._to_worker = receive, send
        # Node → the connection to its desk; those that are looked after, reached or not.
        self._there: dict[str, ClientConnection] = {}
        self._known: dict[str, asyncio.Task[None]] = {}
        # Call → the node that has it.
        self._where: dict[str, str] = {}
        # The caller whom the worker has, if any.
        self._has: Has | None = None
        # The node of the call that they came for: it gets what names no call while they have no caller.
        self._usual = usual
        # Set when this node has let the worker in.
        self._let_in = asyncio.Event()

    async def serve(self, scope: Scope) -> None:
        """Serve the worker to the end of their socket."""
        # Without the short way for frames, which would pass by here.
        extensions = {name: value for name, value in scope.get("extensions", {}).items() if name != EXTENSION}
        looking = asyncio.get_running_loop().create_task(self._look(), name="desk:nodes")
        try:
            await self._app({**scope, "extensions": extensions}, self._receive, self._send)
        finally:
            tasks = [looking, *self._known.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # --- this node ---

    async def _receive(self) -> Message:
        """Return the worker's next message that is for this node."""
        while True:
            message = await self._from_worker()
            text = message.get("text")
            if not self._there or text is None or not await self._sent_elsewhere(text):
                return message

    async def _send(self, message: Message) -> None:
        if (text := message.get("text")) is not None and not text.startswith(AUDIO):
            event = json.loads(text)
            if event["type"] == "team.desk.opened":
                self._where |= {one["call"]: HERE for one in event["calls"]}
                self._let_in.set()
            elif not self._noted(HERE, event):
                return
        await self._to_worker(message)

    async def _sent_elsewhere(self, text: str) -> bool:
        """Send a frame to the node that it is for; returns whether there is nothing to do for this one."""
        try:
            event = json.loads(text)
            call = event.get("call")
        except (ValueError, AttributeError, RecursionError):
            return False  # this node says what is wrong with it
        has = self._has
        node = self._where.get(call, HERE) if isinstance(call, str) else (has.node if has else self._usual)
        if has is not None and has.node != node and event.get("type") in TAKES:
            error = CallerError("Give your present caller back first.", code="invalid_value", param="call")
            await self._tell(error_frame(error, event.get("event_id")))
            return True
        there = self._there.get(node)
        if there is None:
            return False
        try:
            await asyncio.wait_for(there.send(text), SEND_SECONDS)
        except (TimeoutError, ConnectionClosed):
            there.transport.abort()
        return True

    # --- the others ---

    async def _look(self) -> None:
        """Notice nodes that come; those that go are noticed by their connections."""
        await self._let_in.wait()
        while True:
            for node in (await self._fleet.nodes())[:MOST_NODES]:
                name = node.address.node
                if name != self._fleet.node and (name not in self._known or self._known[name].done()):
                    task = asyncio.get_running_loop().create_task(self._hold(node), name=f"desk:{name}")
                    self._known[name] = task
            await asyncio.sleep(LOOK_SECONDS)

    async def _hold(self, node: Node) -> None:
        """Work at the desk of another node, as long as it is there."""
        name, url = node.address.node, node.address.url
        try:
            async with self._open(url) as there:
                await self._work_at(name, there)
        except (Refused, Unanswered, Crowded) as error:
            log.warning("desk of a node not reached", node=name, url=url, reason=str(error))
            await asyncio.sleep(AGAIN_SECONDS)

    async def _work_at(self, name: str, there: ClientConnection) -> None:
        try:
            self._there[name] = there
            with suppress(ConnectionClosed):
                while True:
                    await self._hear(name, await there.recv())
        finally:
            self._there.pop(name, None)
            with suppress(asyncio.CancelledError):
                await self._forget(name)

    async def _hear(self, node: str, frame: str | bytes) -> None:
        """Tell the worker what another node says."""
        assert isinstance(frame, str)
        if frame.startswith(AUDIO):
            await self._tell(frame)
            return
        event = json.loads(frame)
        if event["type"] == "team.desk.opened":
            for name, fields in as_news(event):
                self._where[fields["call"]] = node
                await self._tell(server_frame(f"team.{name}", **fields))
        elif self._noted(node, event):
            await self._tell(frame)

    async def _forget(self, node: str) -> None:
        """Tell the worker that the calls of a node are gone."""
        for call in [call for call, where in self._where.items() if where == node]:
            del self._where[call]
            await self._tell(server_frame("team.call.ended", call=call))
        if self._has is not None and self._has.node == node:
            self._has = None

    def _noted(self, node: str, event: Json) -> bool:
        """Note what a node says of a call; False for the end of one that another node has."""
        kind, call = event["type"], event.get("call")
        if not isinstance(call, str):
            return True
        if kind == "team.call.ended":
            if self._where.get(call, node) != node:
                return False
            self._where.pop(call, None)
        else:
            self._where[call] = node
        if kind == "team.person.joined":
            self._has = Has(node, call)
        elif self._has == Has(node, call) and kind in ("team.person.released", "team.call.ended"):
            self._has = None
        return True

    async def _tell(self, frame: str) -> None:
        with suppress(OSError, RuntimeError):  # the worker has gone
            await self._to_worker({"type": "websocket.send", "text": frame})


def as_news(opened: Json) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a desk says when it is opened, as what it says when it happens: (event, its fields)."""
    for one in opened["calls"]:
        call = {"call": one["call"]}
        yield "call.started", {**call, **{name: one[name] for name in ("agent", "seat", "joined") if name in one}}
        if one["line"]:
            yield "call.said", {**call, "line": one["line"]}
        if waiting := one.get("waiting"):
            yield "person.waiting", {**call, **{name: value for name, value in waiting.items() if name != "brief"}}
            if "brief" in waiting:
                yield "person.brief", {**call, "agent": waiting.get("agent"), "brief": waiting["brief"]}
        if person := one.get("person"):
            who = {name: value for name, value in person.items() if name != "away"}
            yield "person.away" if person.get("away") else "person.accepted", {**call, **who}
    for asked in opened["approvals"]:
        yield "approval.requested", dict(asked)
    for message in opened["messages"]:
        yield "person.message", dict(message)
