"""`WS /v1/realtime`: a caller's socket, which is a call, and sideband sockets, which join one (`?call_id=`).

Key and model are checked after the handshake, as the service does, so that a client shows the reason.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

import structlog
from fastapi import WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketState

from orchestrator.core.events import CallerLeft, Ending
from orchestrator.errors import CallerError
from orchestrator.gateway import auth, closing
from orchestrator.gateway.caller import Player
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.line import Line
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.watch import Watch
from orchestrator.gateway.wire import WIRE, Wire
from orchestrator.protocol.ids import make_id

FLUSH_SECONDS = 5.0  # to write what is queued when the call has ended
CLOSE_SECONDS = 5.0  # to get the close frame out: a peer that does not read would hold it up for ever
log = structlog.get_logger("orchestrator")


async def realtime(websocket: WebSocket) -> None:
    """Serve one socket from the handshake to the close."""
    calls: Calls = websocket.app.state.calls
    if auth.foreign_page(websocket.headers, calls.settings.api_keys):
        await deny(websocket, 403, closing.BAD_REQUEST, "origin_not_allowed", auth.FOREIGN_PAGE)
    elif "call_id" in websocket.query_params:
        await Socket(websocket, calls).join()
    elif busy := calls.busy():
        await deny(websocket, 503, *busy)
    else:
        await Socket(websocket, calls).call()


async def deny(websocket: WebSocket, status: int, code: int, error: str, message: str) -> None:
    """Refuse before the upgrade with a body that says why, or with a close code where the server cannot."""
    log.info("call refused", reason=error)
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        kind = "server_error" if status >= 500 else "invalid_request_error"
        body = {"error": {"type": kind, "code": error, "message": message, "param": None}}
        headers = {"Retry-After": "5"} if status == 503 else {}
        await websocket.send_denial_response(JSONResponse(body, status, headers))
    else:
        await websocket.accept()
        await websocket.close(code, closing.plain(message))


class Refused(Exception):
    """A request that cannot be served: an `error` event, then the close."""

    def __init__(self, code: int, error: str, message: str) -> None:
        super().__init__(message)
        self.code, self.error = code, error


def permit(request: HTTPConnection, calls: Calls) -> Mapping[str, Any]:
    """Return the session object that the request's client secret is bound to; raises `Refused`."""
    query, team = request.query_params, calls.team.name
    session = auth.admitted(request.headers, calls.settings.api_keys, calls.secrets)
    if session is None:
        raise Refused(closing.BAD_KEY, "invalid_api_key", auth.BAD_KEY)
    if "realtime=v1" in request.headers.get("openai-beta", ""):
        message = "The beta shape is gone. Leave out the OpenAI-Beta header and use the GA events."
        raise Refused(closing.BAD_REQUEST, "beta_api_shape_disabled", message)
    if "intent" in query:
        message = "This server holds conversations only: connect with ?model= and without intent."
        raise Refused(closing.BAD_REQUEST, "invalid_value", message)
    if query.get("model", team) != team:
        message = f"The model {query['model'][:100]!r} does not exist here. This server has one team: model={team}."
        raise Refused(closing.NO_SUCH_TEAM, "model_not_found", message)
    return session


def event_groups(request: HTTPConnection) -> frozenset[str]:
    """Return the groups of additive events that a request asks for, for itself (`?events=team`)."""
    return frozenset(request.query_params.get("events", "").split(","))


class Verbatim(Player):
    """A caller that plays what it gets, frame by frame, and stops its own player at `speech_started`."""

    def __init__(self, outbox: Outbox) -> None:
        # What is on its way to the caller.
        self._outbox = outbox

    def play(self, item_id: str, frame: str) -> None:
        """Forward the frame as it came."""
        self._outbox.put(frame)


class Socket:
    """One WebSocket: what it reads goes to a line, what its outbox holds is written."""

    def __init__(self, websocket: WebSocket, calls: Calls) -> None:
        # The socket, and the calls of the server.
        self._socket, self._calls = websocket, calls
        # Its frames without a task for each of them, where the server has that.
        self._wire: Wire | None = websocket.scope.get("extensions", {}).get(WIRE)
        # What is on its way to the peer.
        self._outbox = Outbox(on_full=self._too_slow, at_once=self._wire.write if self._wire else None)
        # The line whose caller this is, once there is one: it ends with the socket.
        self._line: Line | None = None

    async def call(self) -> None:
        """Hold a call of its own."""
        line = self._line = Line(self._calls.new_id("sess_"), self._calls)
        with self._calls.held(line):
            async with self._opened() as group:
                line.configure(permit(self._socket, self._calls))
                line.listen(self._outbox, event_groups(self._socket))
                reading = group.create_task(self._read_to_the_end(line), name=f"{line.call_id}:read")
                try:
                    await line.hold(Verbatim(self._outbox))
                finally:
                    reading.cancel()

    async def join(self) -> None:
        """Join an open call beside its caller: see its events, act on it, leave it as it is."""
        async with self._opened() as group:
            permit(self._socket, self._calls)
            if not auth.allowed(self._socket.headers, self._calls.settings.api_keys):
                raise Refused(closing.BAD_KEY, "invalid_api_key", auth.ONLY_CALLS)
            line = self._calls.find(self._socket.query_params["call_id"])
            if line is None:
                raise Refused(closing.BAD_REQUEST, "invalid_value", "There is no open call of that call_id.")
            line.listen(self._outbox, event_groups(self._socket))
            reading = group.create_task(self._read(line), name=f"{line.call_id}:sideband")
            ended = group.create_task(self._outbox.ended.wait(), name=f"{line.call_id}:sideband end")
            await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
            line.ignore(self._outbox)
            self._outbox.end(closing.OVER, "left")
            reading.cancel()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Accept the socket and write while the block lasts; then what is left, and the close."""
        tokens = auth.offered(self._socket.headers.get("sec-websocket-protocol"))
        await self._socket.accept(subprotocol=auth.select_subprotocol(tokens))
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(), name="socket:write")
            try:
                yield group
            except Refused as refused:
                self._turn_away(refused)
            except CallerError as error:  # the session object that a client secret was made for
                self._turn_away(Refused(closing.BAD_REQUEST, error.code, str(error)))
            await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
            writing.cancel()
        await self._close()

    def _turn_away(self, refused: Refused) -> None:
        log.info("call refused", reason=refused.error)
        error = {"type": "invalid_request_error", "code": refused.error, "message": str(refused)}
        event = {"type": "error", "event_id": make_id("event_"), "error": {**error, "param": None, "event_id": None}}
        self._outbox.put(json.dumps(event))
        self._outbox.end(refused.code, str(refused))

    async def _write(self) -> None:
        # A socket that is gone is noticed by the reader, which ends the call.
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._outbox.write(self._socket.send_text)

    async def _close(self) -> None:
        end = self._outbox.close
        if end is None or self._socket.client_state is not WebSocketState.CONNECTED:
            return
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            await asyncio.wait_for(self._socket.close(end.code, end.reason), CLOSE_SECONDS)

    async def _read_to_the_end(self, line: Line) -> None:
        """Read until the caller hangs up, or sends nothing for too long; either ends the call."""
        watch = Watch(self._calls.settings.idle, lambda: self._idle(line))
        try:
            await self._read(line, watch.touch)
            line.feed(CallerLeft("hang-up"))
        finally:
            watch.stop()

    def _idle(self, line: Line) -> None:
        line.caller.end(Ending.IDLE, f"no frame came for {self._calls.settings.idle:g} s")
        line.feed(CallerLeft("idle", Ending.IDLE))

    async def _read(self, line: Line, came: Callable[[], None] = lambda: None) -> None:
        """Read until the peer is gone."""

        def take(frame: str | None) -> None:
            came()
            line.received(frame)

        receive = self._socket.receive
        with self._wire.diverted(take) if self._wire else nullcontext():
            while (message := await receive())["type"] != "websocket.disconnect":
                take(message.get("text"))

    def _too_slow(self) -> None:
        if self._line is not None:
            self._line.too_slow()
