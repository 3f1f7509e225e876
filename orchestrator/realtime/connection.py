"""One agent's session over a WebSocket: open, configured before anything else, bounded in every direction.

Limits: 10 s to open and 10 s to be configured; 2,000 frames waiting to be written, then the session is given up as
stalled; 1 s to close, because the service does not always answer a close frame; frames of 16 MiB; a ping every 20 s.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from orchestrator.errors import RealtimeError
from orchestrator.realtime.codec import dumps
from orchestrator.realtime.port import Session

OPEN_SECONDS, CLOSE_SECONDS, PING_SECONDS = 10.0, 1.0, 20.0
QUEUE = 2000  # frames waiting to be written
FRAME = 16 * 1024 * 1024  # bytes
# Another try cannot help: the key, the model, the account or the configuration is wrong.
FATAL = frozenset(
    {
        "invalid_api_key",
        "missing_model",
        "invalid_model",
        "model_not_found",
        "beta_api_shape_disabled",
        "insufficient_quota",
        "account_deactivated",
        "billing_hard_limit_reached",
    }
)
STATUS = {401: "invalid_api_key", 403: "invalid_api_key", 404: "model_not_found"}
CLOSE_CODES = {3000: "invalid_api_key", 4000: "invalid_request"}


class Connection:
    """A `port.Session` over `websockets`."""

    def __init__(self, socket: ClientConnection) -> None:
        # The socket.
        self._socket = socket
        # Frames waiting to be written.
        self._queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        # Writes them.
        self._writer = asyncio.get_running_loop().create_task(self._write(), name="session:write")
        # The code of the last `error` event: what a close that follows is about.
        self._error: str | None = None
        # We gave it up because it does not take what we write.
        self._stalled = False

    @classmethod
    async def open(cls, url: str, headers: Mapping[str, str]) -> Connection:
        """Connect; raises `RealtimeError`. Neither URL query nor headers appear in any message."""
        try:
            socket = await connect(
                url,
                additional_headers=headers,
                compression=None,
                max_size=FRAME,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            code = STATUS.get(status, "refused")
            message = f"The service answered the connection with HTTP {status}."
            raise RealtimeError(message, code=code, fatal=code in FATAL) from None
        except TimeoutError:
            raise RealtimeError("The service did not answer the connection in time.", code="timeout") from None
        except InvalidURI:
            raise RealtimeError("The provider's url is not a WebSocket URL.", code="invalid_url", fatal=True) from None
        except (OSError, InvalidHandshake) as error:
            message = f"The service cannot be reached ({type(error).__name__})."
            raise RealtimeError(message, code="unreachable") from None
        return cls(socket)

    def send(self, frame: str) -> None:
        """Queue a client event; a queue that is full ends the session."""
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self._stalled = True
            self._socket.transport.abort()

    async def _write(self) -> None:
        # A socket that is gone is noticed by the reader.
        with suppress(ConnectionClosed):
            while True:
                await self._socket.send(await self._queue.get())

    def __aiter__(self) -> AsyncIterator[str]:
        """Iterate over server events; several loops one after another read one stream."""
        return self

    async def __anext__(self) -> str:
        """Return the next server event; raises `RealtimeError` with the last error's code when the session is lost."""
        try:
            frame = await self._socket.recv()
        except ConnectionClosed:
            raise self._lost() from None
        if not isinstance(frame, str):
            raise RealtimeError("The service sent a binary frame.", code="bad_frame")
        if '"error"' in frame[:64]:
            self._note(frame)
        return frame

    def _note(self, frame: str) -> None:
        with suppress(ValueError, AttributeError):
            event = json.loads(frame)
            if event.get("type") == "error":
                self._error = event["error"].get("code") or self._error

    def _lost(self) -> RealtimeError:
        if self._stalled:
            return RealtimeError("The service does not take what is sent to it.", code="stalled")
        number = self._socket.close_code
        code = self._error or CLOSE_CODES.get(number or 0, "closed")
        return RealtimeError(f"The service closed the session ({number}, {code}).", code=code, fatal=code in FATAL)

    async def close(self) -> None:
        """Close within a second, whether or not the service answers; safe to call twice."""
        self._writer.cancel()
        await self._socket.close()


async def configure(session: Session, session_object: Mapping[str, Any], *, seconds: float = OPEN_SECONDS) -> None:
    """Configure a session that was just opened: `session.created`, `session.update`, `session.updated`.

    Nothing else has been sent when this returns. A refused update is fatal: half of it would be no better.
    """
    try:
        async with asyncio.timeout(seconds):
            await _until(session, "session.created")
            session.send(dumps("session.update", session=session_object))
            await _until(session, "session.updated")
    except TimeoutError:
        raise RealtimeError("The service did not confirm the session in time.", code="timeout") from None


async def _until(session: Session, kind: str) -> None:
    """Read up to an event; an `error` before it is final."""
    async for frame in session:
        event = json.loads(frame)
        if event.get("type") == "error":
            error = event.get("error") or {}
            code = str(error.get("code") or "refused")
            raise RealtimeError(f"The service refused the session: {error.get('message')}", code=code, fatal=True)
        if event.get("type") == kind:
            return
