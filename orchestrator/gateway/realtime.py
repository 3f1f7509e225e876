"""A caller on `WS /v1/realtime`: one socket, one call.

Audio takes the hot path: an `input_audio_buffer.append` frame is recognised by its first bytes, its milliseconds are
counted, and it goes on as it came. Every other frame is parsed and checked. Key and model are checked after the
handshake, as the service does, so that a client shows the reason.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from fastapi import WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketState

from orchestrator.core.events import CallerConfigured, CallerLeft, CallerSpoke
from orchestrator.errors import CallerError
from orchestrator.gateway import auth, closing
from orchestrator.gateway.caller import RealtimeCaller
from orchestrator.gateway.caller_events import check, parse, to_core
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.ids import make_id
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.session import SessionView
from orchestrator.realtime.codec import append_ms, bytes_per_ms, is_append

FLUSH_SECONDS = 5.0  # to write what is queued when the call has ended
HEAD = 1024  # characters among which the key of the audio stands; an `event_id` may go before it
CLOSE_SECONDS = 5.0  # to get the close frame out: a peer that does not read would hold it up for ever
log = structlog.get_logger("orchestrator")


async def realtime(websocket: WebSocket) -> None:
    """Serve one caller from the handshake to the close."""
    calls: Calls = websocket.app.state.calls
    if auth.foreign_page(websocket.headers, calls.settings.api_keys):
        message = "This server takes no browser pages from elsewhere unless ORCHESTRATOR_API_KEYS is set."
        await _deny(websocket, 403, closing.BAD_REQUEST, "origin_not_allowed", message)
    elif calls.draining:
        message = "The server is shutting down. Connect again in a moment."
        await _deny(websocket, 503, closing.DRAINING, "draining", message)
    elif calls.full:
        message = f"All {calls.settings.max_calls} calls are taken. Try again later."
        await _deny(websocket, 503, closing.TOO_MANY_CALLS, "too_many_calls", message)
    else:
        line = Line(websocket, calls)
        with calls.held(line.session_id, line.hang_up):
            await line.serve()


async def _deny(websocket: WebSocket, status: int, code: int, error: str, message: str) -> None:
    """Refuse before the upgrade with a body that says why, or with a close code where the server cannot."""
    log.info("call refused", reason=error)
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        body = {"error": {"type": "server_error", "code": error, "message": message, "param": None}}
        headers = {"Retry-After": "5"} if status == 503 else {}
        await websocket.send_denial_response(JSONResponse(body, status, headers))
    else:
        await websocket.accept()
        await websocket.close(code, closing.plain(message))


def request_error(websocket: WebSocket, team: str) -> tuple[int, str, str] | None:
    """Return (close code, error code, message) when a request cannot be served by this team."""
    query = websocket.query_params
    if not auth.allowed(websocket.headers, websocket.app.state.calls.settings.api_keys):
        message = "Incorrect API key. Send one of this server's keys as a bearer token or as the api-key header."
        return closing.BAD_KEY, "invalid_api_key", message
    if "realtime=v1" in websocket.headers.get("openai-beta", ""):
        message = "The beta shape is gone. Leave out the OpenAI-Beta header and use the GA events."
        return closing.BAD_REQUEST, "beta_api_shape_disabled", message
    if "call_id" in query or "intent" in query:
        message = "This server holds calls by WebSocket: connect with ?model= and neither call_id nor intent."
        return closing.BAD_REQUEST, "invalid_value", message
    if query.get("model", team) != team:
        message = f"The model {query['model'][:100]!r} does not exist here. This server has one team: model={team}."
        return closing.NO_SUCH_TEAM, "model_not_found", message
    return None


def only_audio(frame: str) -> bool:
    """Return whether an append frame says nothing beside its audio, and an `event_id`.

    It will be forwarded unread. With a second `type` at its end it would be another event for whoever parses it, and
    a caller could configure the agent's session; each further key or value has quotes of its own.
    """
    quotes = frame.count('"')
    if '"audio":' not in frame[:HEAD]:
        return False
    return quotes == 8 or (quotes == 12 and '"event_id":' in frame)


class Line:
    """One caller's socket and its call."""

    def __init__(self, websocket: WebSocket, calls: Calls) -> None:
        team = calls.team
        # The call's name for the caller, for the log and for the team's tools: made here, never chosen by a caller.
        self.session_id = make_id("sess_")
        # The socket, and the limits it is under.
        self._socket, self._settings = websocket, calls.settings
        # What is on its way to the caller.
        self._outbox = Outbox(on_full=self._too_slow)
        # The caller's session object.
        self._view = SessionView(
            session_id=self.session_id,
            model=team.name,
            expires_at=int(time.time() + team.limits.call),
            reserved=calls.tool_names,
        )
        # The caller as the call sees it.
        self._caller = RealtimeCaller(
            outbox=self._outbox,
            view=self._view,
            agents={name: agent.session_fields() for name, agent in team.agents.items()},
            told_events=frozenset(websocket.query_params.get("events", "").split(",")),
        )
        self._caller.has_caller(team.start)
        # The call.
        self._call = calls.start(self.session_id, self._caller)
        # The team's name: the only model there is.
        self._team = team.name
        # Bytes per millisecond of the caller's audio.
        self._rate = bytes_per_ms(self._view.input_format)

    async def serve(self) -> None:
        """Accept the socket, hold the call to its end, close."""
        tokens = auth.offered(self._socket.headers.get("sec-websocket-protocol"))
        await self._socket.accept(subprotocol=auth.select_subprotocol(tokens))
        error = request_error(self._socket, self._team)
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(), name=f"{self.session_id}:write")
            if error is not None:
                self._turn_away(*error)
            else:
                await self._hold(group)
            await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
            writing.cancel()
        await self._close()

    def hang_up(self, code: int, reason: str) -> None:
        """End the call from the server's side."""
        self._outbox.end(code, reason)
        self._call.feed(CallerLeft(reason, code))

    def _turn_away(self, code: int, error: str, message: str) -> None:
        log.info("call refused", reason=error)
        self._caller.refuse(error, message, None, None)
        self._outbox.end(code, message)

    async def _hold(self, group: asyncio.TaskGroup) -> None:
        """Run the call while its socket is read and written; returns when all of it has ended."""
        self._caller.session_event("created")
        reading = group.create_task(self._read(), name=f"{self.session_id}:read")
        try:
            await self._call.run(self._view.settings())
        except Exception:
            log.exception("call failed", call=self.session_id)
            self._caller.end(closing.FAILED, "internal error")
        finally:
            reading.cancel()
            self._outbox.end(closing.OVER, "the call is over")

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

    async def _read(self) -> None:
        """Read frames until the caller hangs up, or sends none for too long."""
        clock, idle = asyncio.get_running_loop().time, self._settings.idle
        try:
            async with asyncio.timeout(idle) as limit:
                while (message := await self._socket.receive())["type"] != "websocket.disconnect":
                    limit.reschedule(clock() + idle)
                    self.received(message.get("text"))
        except TimeoutError:
            self._caller.end(closing.IDLE, f"no frame came for {idle:g} s")
            self._call.feed(CallerLeft("idle", closing.IDLE))
        else:
            self._call.feed(CallerLeft("hang-up"))

    def _too_slow(self) -> None:
        log.warning("caller too slow", call=self.session_id)
        # Not from within the event whose effects filled the queue.
        asyncio.get_running_loop().call_soon(self._call.feed, CallerLeft("too slow", closing.TOO_SLOW))

    def received(self, frame: str | None) -> None:
        """Take one frame of the caller; None is a binary one. Never raises for what it says."""
        if frame is None:
            message = "Binary frames are not accepted: send one JSON event as text."
            self._caller.refuse("invalid_event", message, None, None)
            return
        if len(frame) > self._settings.max_frame:
            self.hang_up(closing.TOO_BIG, f"a frame is larger than {self._settings.max_frame} bytes")
            return
        if is_append(frame) and only_audio(frame):
            ms = append_ms(frame, self._rate)
            if ms is not None:
                self._call.feed(CallerSpoke(frame, ms))
                return
        event: Mapping[str, Any] = {}
        try:
            event = parse(frame)
            check(event)
            self._accepted(event)
        except CallerError as error:
            self._caller.refuse_event(error, event)

    def _accepted(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "session.update":
                self._configured(event["session"])
                return
            case "input_audio_buffer.append":
                self._spoke(event["audio"])
                return
            case "conversation.item.create":
                self._check_place(event)
            case "response.create":
                self._check_response(event.get("response") or {})
        caused = to_core(event)
        if event["type"] == "conversation.item.create":
            self._caller.projection.own_item(caused.item, event.get("previous_item_id"))  # type: ignore[union-attr]
        self._call.feed(caused)

    def _configured(self, session: Any) -> None:
        settings = self._view.update(session)
        self._caller.projection.own_tools(self._view.tool_names)
        self._rate = bytes_per_ms(self._view.input_format)
        self._call.feed(CallerConfigured(settings))
        self._caller.session_event("updated")

    def _spoke(self, audio: str) -> None:
        try:
            heard = base64.b64decode(audio, validate=True)
        except (binascii.Error, ValueError):
            raise CallerError("Invalid value for 'audio': not base64.", code="invalid_value", param="audio") from None
        frame = json.dumps({"type": "input_audio_buffer.append", "audio": audio}, separators=(",", ":"))
        self._call.feed(CallerSpoke(frame, len(heard) / self._rate))

    def _check_place(self, event: Mapping[str, Any]) -> None:
        item_id, after, known = event["item"].get("id"), event.get("previous_item_id"), self._caller.projection.knows
        if item_id is not None and known(item_id):
            message = f"An item with the id {item_id!r} exists already."
            raise CallerError(message, code="item_create_duplicate_item_id", param="item.id")
        if after not in (None, "root") and not known(after):
            message = f"There is no item {after!r} to put this one after."
            raise CallerError(message, code="item_create_invalid_previous_item_id", param="previous_item_id")

    def _check_response(self, response: Mapping[str, Any]) -> None:
        wanted = ((response.get("audio") or {}).get("output") or {}).get("format")
        if wanted is not None and wanted != self._view.output_format:
            param = "response.audio.output.format"
            message = "The audio format is that of the call: set it with session.update."
            raise CallerError(message, code="invalid_value", param=param)
        if any(tool["name"] not in self._view.tool_names for tool in response.get("tools", ())):
            message = "Tools are those of the call: declare them with session.update."
            raise CallerError(message, code="invalid_value", param="response.tools")
