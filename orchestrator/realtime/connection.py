"""One agent's session over a WebSocket: open, configured before anything else, bounded in every direction.

Limits: 10 s to open and 10 s to be configured; 2,000 frames or 32 MiB waiting to be written, then the session is given
up as stalled; 1 s to close, because the service does not always answer a close frame, or does not read it; frames of
16 MiB; a ping every 20 s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from orchestrator.errors import RealtimeError
from orchestrator.realtime.codec import dumps, parse
from orchestrator.realtime.port import Session

OPEN_SECONDS, CLOSE_SECONDS, PING_SECONDS = 10.0, 1.0, 20.0
QUEUE = 2000  # frames waiting to be written
FRAME = 16 * 1024 * 1024  # bytes
WAITING = 2 * FRAME  # characters of frames waiting to be written
HEAD = 512  # characters among which an event that tells of an error says so
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
# The library's own words; at DEBUG they repeat the headers, and with them the key.
LOGGER = logging.getLogger(f"{__name__}.socket")
LOGGER.setLevel(logging.WARNING)
STATUS = {401: "invalid_api_key", 403: "invalid_api_key", 404: "model_not_found"}
CLOSE_CODES = {3000: "invalid_api_key", 4000: "invalid_request"}


class Direct(connect):
    """A connection that follows no redirects: they would take the key to whatever host they name."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Take a redirect for a refusal."""
        return exc


class Connection:
    """A `port.Session` over `websockets`."""

    def __init__(self, socket: ClientConnection, secrets: Iterable[str] = ()) -> None:
        # The socket.
        self._socket = socket
        # Frames waiting to be written.
        self._queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        # Their characters.
        self._waiting = 0
        # Writes them.
        self._writer = asyncio.get_running_loop().create_task(self._write(), name="session:write")
        # The code of the last `error` event: what a close that follows is about.
        self._error: str | None = None
        # What authorised us: hidden should the service repeat it in an error.
        self._secrets = tuple(value.removeprefix("Bearer ") for value in secrets)
        # We gave it up because it does not take what we write.
        self._stalled = False

    @classmethod
    async def open(cls, url: str, headers: Mapping[str, str]) -> Connection:
        """Connect; raises `RealtimeError`. Neither URL query nor headers appear in any message."""
        try:
            socket = await Direct(
                url,
                additional_headers=headers,
                logger=LOGGER,
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
        except (InvalidURI, ValueError):  # no host, a port out of range, a name that DNS cannot hold
            raise RealtimeError("The provider's url is not a WebSocket URL.", code="invalid_url", fatal=True) from None
        except (OSError, InvalidHandshake) as error:
            message = f"The service cannot be reached ({type(error).__name__})."
            raise RealtimeError(message, code="unreachable") from None
        return cls(socket, headers.values())

    def send(self, frame: str) -> None:
        """Queue a client event; a queue that is full ends the session, and one that has ended takes no more."""
        if self._writer.done():
            return
        if self._queue.full() or self._waiting + len(frame) > WAITING:
            self._stalled = True
            self._socket.transport.abort()
            return
        self._waiting += len(frame)
        self._queue.put_nowait(frame)

    async def _write(self) -> None:
        # A socket that is gone is noticed by the reader.
        with suppress(ConnectionClosed):
            while True:
                frame = await self._queue.get()
                await self._socket.send(frame)
                self._waiting -= len(frame)

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
        return frame if frame.find('"error"', 0, HEAD) < 0 else self._note(frame)

    def _note(self, frame: str) -> str:
        """Remember what an `error` event says; return it without our key."""
        for secret in self._secrets:
            frame = frame.replace(secret, "[hidden]")
        with suppress(RealtimeError):
            event = parse(frame)
            if event["type"] == "error":
                code = _fault(event).get("code")
                self._error = str(code) if code else self._error
        return frame

    def _lost(self) -> RealtimeError:
        if self._stalled:
            return RealtimeError("The service does not take what is sent to it.", code="stalled")
        number = self._socket.close_code
        code = self._error or CLOSE_CODES.get(number or 0, "closed")
        return RealtimeError(f"The service closed the session ({number}, {code}).", code=code, fatal=code in FATAL)

    async def close(self) -> None:
        """Close within a second, whether or not the service answers or even reads; safe to call twice."""
        self._writer.cancel()
        try:
            # The library bounds the wait for an answer, not the writing of the close frame.
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._socket.close()
        finally:
            self._socket.transport.abort()
        await self._socket.wait_closed()


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
    """Read up to an event; an `error` before it is final. What else comes is about a session nobody has used yet."""
    async for frame in session:
        event = parse(frame)
        if event["type"] == "error":
            error = _fault(event)
            code = str(error.get("code") or "refused")
            raise RealtimeError(
                f"The service refused the session: {error.get('message') or code}", code=code, fatal=True
            )
        if event["type"] == kind:
            return


def _fault(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what an `error` event tells; nothing when it is not in the form of the protocol."""
    error = event.get("error")
    return error if isinstance(error, Mapping) else {}
