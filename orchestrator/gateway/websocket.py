"""`WS /v1/realtime`: a caller's socket, which is a call, and sideband sockets, which join one (`?call_id=`).

A wrong key or model is refused after the handshake, as the service does it, so that clients can show the reason.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Protocol

from fastapi import WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketState

from orchestrator.core.events import CallerLeft, Ending
from orchestrator.errors import CallerError
from orchestrator.gateway import auth, closing
from orchestrator.gateway.admission import BETA, Admission, Admitted, logged, refuse_call
from orchestrator.gateway.caller import RESUME, Transport
from orchestrator.gateway.caller_socket import EXTENSION, CallerSocket
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.idle import IdleTimer
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.resuming.continuing import NotResumed, continued, heard, take_over
from orchestrator.protocol.frames import server_frame

FLUSH_SECONDS = 5.0  # to write what is queued when the call has ended
# Close codes of a peer that wants to come back: without a close frame, a ping was not answered, a service starts again.
LOST = frozenset({1006, 1011, 1012, 1013, 1014})
CLOSE_SECONDS = 5.0  # to send the close frame, which a peer that does not read would delay for ever


async def realtime(websocket: WebSocket) -> None:
    """Serve one socket from the handshake to the close."""
    calls: Calls = websocket.app.state.calls
    admission: Admission = websocket.app.state.admission
    if "resume" in websocket.query_params:
        await resume(websocket)
        return
    sideband = "call_id" in websocket.query_params
    decision = admission.join(websocket) if sideband else admission.call(websocket)
    match decision:
        case Refusal(early=True):
            await deny(websocket, decision)
        case Refusal():
            await RealtimeSocket(websocket).refuse(decision)
        case OpenCall():
            await RealtimeSocket(websocket).join(decision)
        case Admitted():
            with calls.open("sess_", decision.served, key=decision.key, joining=decision.joining) as call:
                await RealtimeSocket(websocket, call).hold(call, decision, idle=calls.settings.idle)


async def resume(websocket: WebSocket) -> None:
    """Let a caller come back to a call (`?resume=TOKEN`)."""
    calls: Calls = websocket.app.state.calls
    admission: Admission = websocket.app.state.admission
    if refusal := admission.back(websocket):
        await deny(websocket, refusal)
        return
    query = websocket.query_params
    try:
        taken_over = heard(query.get("heard"))
        taken = await take_over(calls, query["resume"])
        async with continued(calls, taken, taken_over) as call:
            await RealtimeSocket(websocket, call).go_on(call, idle=calls.settings.idle)
    except NotResumed as error:
        refusal = logged(error.refusal, websocket)
        await (deny(websocket, refusal) if refusal.early else RealtimeSocket(websocket).refuse(refusal))
    except CallerError as error:
        await RealtimeSocket(websocket).refuse(refuse_call(error, websocket))


async def deny(websocket: WebSocket, refusal: Refusal) -> None:
    """Refuse before the upgrade: with an HTTP response, or with a close code where the server cannot send one."""
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        response = JSONResponse({"error": refusal.error}, refusal.status, refusal.headers)
        await websocket.send_denial_response(response)
    else:
        await websocket.accept()
        await websocket.close(refusal.close, closing.plain(refusal.message))


async def write(websocket: WebSocket, outbox: Outbox) -> None:
    """Write what is queued for a peer, until its end; the reader notices a socket that is gone, and ends the call."""
    with suppress(WebSocketDisconnect, RuntimeError):
        await outbox.write(websocket.send_text)


async def close(websocket: WebSocket, code: int, reason: str = "") -> None:
    """Send the close frame, unless the peer is gone."""
    if websocket.client_state is WebSocketState.CONNECTED:
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            await asyncio.wait_for(websocket.close(code, reason), CLOSE_SECONDS)


def event_groups(request: HTTPConnection) -> frozenset[str]:
    """Return the groups of additional events that a request asks for (`?events=team`)."""
    return frozenset(request.query_params.get("events", "").split(","))


class WebSocketTransport(Transport):
    """A caller that plays each audio frame as it gets it, and stops playing by itself at `speech_started`."""

    def __init__(self, outbox: Outbox) -> None:
        # Frames on their way to the caller.
        self._outbox = outbox
        # The last one with audio.
        self._last = ""

    def play(self, item_id: str, frame: str) -> None:
        """Forward the frame unchanged."""
        self._last = frame
        self._outbox.put(frame)

    def playing(self) -> str | None:
        """Return the response of which the client was given audio last."""
        return str(json.loads(self._last)["response_id"]) if self._last else None


class Works(Protocol):
    """Somebody who works at the desk."""

    def come(self) -> None:
        """Begin."""

    def go(self) -> None:
        """Stop."""

    def received(self, frame: str | None) -> float:
        """Take a frame; returns the seconds that it took."""


class RealtimeSocket:
    """One WebSocket: the frames it reads go to a call, the frames in its outbox are written."""

    def __init__(self, websocket: WebSocket, call: OpenCall | None = None) -> None:
        self._websocket = websocket
        # Reads and writes frames without a task for each of them, where the server offers that.
        self._direct: CallerSocket | None = websocket.scope.get("extensions", {}).get(EXTENSION)
        # Frames on their way to the peer. A caller that does not read them ends its call, any other only itself.
        self.outbox = Outbox(
            on_full=call.too_slow if call is not None else lambda: None,
            at_once=self._direct.write if self._direct else None,
        )

    async def hold(self, call: OpenCall, admitted: Admitted, *, idle: float) -> None:
        """Hold the call of this socket, until either side ends it."""
        async with self._opened() as group:
            call.configure(admitted.session)
            call.caller.listen(self.outbox, event_groups(self._websocket))
            await self._run(group, call, idle)

    async def go_on(self, call: OpenCall, *, idle: float) -> None:
        """Hold a call that was taken over for the caller of this socket, until either side ends it."""
        async with self._opened() as group:
            call.caller.listen(self.outbox, event_groups(self._websocket) | {RESUME})
            await self._run(group, call, idle)

    async def _run(self, group: asyncio.TaskGroup, call: OpenCall, idle: float) -> None:
        reading = group.create_task(self._read_to_the_end(call, idle), name=f"{call.call_id}:read")
        try:
            await call.run(WebSocketTransport(self.outbox))
        finally:
            reading.cancel()

    async def join(self, call: OpenCall) -> None:
        """Join an open call beside its caller: see its events, act on it, and leave without ending it."""
        async with self._opened() as group:
            call.caller.listen(self.outbox, event_groups(self._websocket) - {RESUME})
            reading = group.create_task(self._read(call, leave=self._leave), name=f"{call.call_id}:sideband")
            ended = group.create_task(self.outbox.ended.wait(), name=f"{call.call_id}:sideband end")
            await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
            call.caller.ignore(self.outbox)
            self.outbox.end(closing.OVER, "left")
            reading.cancel()

    async def work(self, worker: Works) -> None:
        """Let somebody work at the desk, until either side ends it."""
        async with self._opened() as group:
            tasks: set[asyncio.Task[object]] = set()
            try:
                worker.come()
                tasks.add(group.create_task(self._read_events(worker.received), name="desk:read"))
                tasks.add(group.create_task(self.outbox.ended.wait(), name="desk:end"))
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                self.outbox.end(closing.OVER, "left")
            finally:
                worker.go()
                for task in tasks:
                    task.cancel()

    async def refuse(self, refusal: Refusal) -> None:
        """Refuse after the handshake: with an `error` event, then the close."""
        async with self._opened():
            if self._direct:
                self._direct.inbox.pause()
            self._turn_away(refusal)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Accept the socket and write frames while the block lasts; then write what is left, and close."""
        tokens = auth.offered(self._websocket.headers.get("sec-websocket-protocol"))
        await self._websocket.accept(subprotocol=auth.select_subprotocol(tokens))
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(write(self._websocket, self.outbox), name="socket:write")
            try:
                yield group
            except CallerError as error:
                self._turn_away(refuse_call(error, self._websocket))
            await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
            writing.cancel()
        if (end := self.outbox.close) is not None:
            await close(self._websocket, end.code, end.reason)

    def _turn_away(self, refusal: Refusal) -> None:
        self.outbox.put(server_frame("error", error={**refusal.error, "event_id": None}))
        self.outbox.end(refusal.close, refusal.message)

    async def _read_to_the_end(self, call: OpenCall, idle: float) -> None:
        """Read until the caller hangs up, or sends nothing for too long; either ends the call."""

        def expired() -> None:
            call.caller.end(Ending.IDLE, f"no frame received for {idle:g} s")
            call.feed(CallerLeft("idle", Ending.IDLE))

        timer = IdleTimer(idle, expired)
        try:
            code = await self._read(call, timer.touch)
            call.disconnected(lost=code in LOST)
        finally:
            timer.stop()

    def _leave(self) -> None:
        """Close a sideband socket whose client cannot be served."""
        self.outbox.end(closing.BAD_REQUEST, BETA.message)

    async def _read(
        self, call: OpenCall, touch: Callable[[], None] = lambda: None, leave: Callable[[], None] | None = None
    ) -> int:
        """Read the events of a call until the peer is gone; return the code with which it went."""

        holding = call.holding

        def handle(frame: str | None) -> float:
            touch()
            if holding is not None and holding.awaited:
                holding.arrived()
            return call.received(frame, leave)

        return await self._read_events(handle)

    async def _read_events(self, handle: Callable[[str | None], float]) -> int:
        """Read frames until the peer is gone; return the close code. `handle` returns the seconds that one took."""
        receive = self._websocket.receive
        with self._direct.inbox.diverted(handle) if self._direct else nullcontext():
            while (message := await receive())["type"] != "websocket.disconnect":
                handle(message.get("text"))
        return int(message.get("code", closing.OVER))
