"""One agent's session over a WebSocket: open, configured before anything else, bounded in every direction.

Limits: 10 s to open and 10 s to be configured; 32 MiB waiting to be written, then the session is given
up as stalled; 1 s to close, because the service does not always answer a close frame, or does not read it; frames of
16 MiB; a ping every 20 s. Frames that exceed the share of the socket (`protocol/share.py`), pings among them, wait in
order, and nothing more is read meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSInvalidStatusError,
    WSInvalidURL,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)
from python_socks import ProxyError

from orchestrator.errors import RealtimeError
from orchestrator.outside.proxies import Proxy, proxy_for, through
from orchestrator.protocol.faults import UNKNOWN, code_of
from orchestrator.protocol.frames import parse_server_event
from orchestrator.protocol.receiving import FIRST, bound
from orchestrator.providers.faults import FATAL_CODES, HTTP_CODES, fault
from orchestrator.providers.port import Take
from orchestrator.realtime.incoming import Incoming

OPEN_SECONDS, CLOSE_SECONDS, PING_SECONDS = 10.0, 1.0, 20.0
FRAME = 16 * 1024 * 1024  # bytes
WAITING = 2 * FRAME  # characters of frames waiting to be written
HEAD = 512  # characters among which an event that tells of an error says so
# The library's own words; at DEBUG they repeat the headers, and with them the key.
LOGGER = logging.getLogger(f"{__name__}.socket")
LOGGER.setLevel(logging.WARNING)
CLOSE_CODES = {3000: "invalid_api_key", 4000: "invalid_request"}


class Connection(WSListener):
    """A `port.Session` over a socket.

    Frames are written as they are sent, and what the network does not take at once waits in the transport's buffer.
    Frames that come are taken at once by whoever reads; between two readers they wait.
    """

    def __init__(self, secrets: Iterable[str] = (), max_age: float | None = None) -> None:
        super().__init__()
        # Seconds that a session lives there when it does not say so itself.
        self.max_age = max_age
        # The socket, once it is open.
        self._transport: WSTransport | None = None
        # What came and was not handled yet.
        self._incoming = Incoming(self._handle, self._caught_up)
        # Frames that nobody has taken.
        self._frames: deque[str] = deque()
        # Who takes frames, and what ends its reading.
        self._take: Take | None = None
        self._reading: asyncio.Future[None] | None = None
        # The socket is gone, or is to be cut.
        self._gone = self._unwanted = False
        # The code of the last `error` event: what a close that follows is about.
        self._error: str | None = None
        # The close code that the service gave.
        self._closed: int | None = None
        # What authorised us: hidden should the service repeat it in an error.
        self._secrets = tuple(value.removeprefix("Bearer ") for value in secrets)
        # We gave it up because it does not take what we write.
        self._stalled = False

    @classmethod
    async def open(cls, url: str, headers: Mapping[str, str], *, max_age: float | None = None) -> Connection:
        """Connect; raises `RealtimeError`. Neither URL query nor headers appear in any message."""
        session, proxy = cls(headers.values(), max_age), None
        try:
            proxy = proxy_for(url)
            async with asyncio.timeout(OPEN_SECONDS):  # the library bounds neither the proxy nor the network
                await ws_connect(
                    lambda: session,
                    url,
                    extra_headers=headers,
                    logger_name=LOGGER,
                    websocket_handshake_timeout=OPEN_SECONDS,
                    max_frame_size=FRAME,
                    read_buffer_init_size=FIRST,
                    max_redirects=0,  # they would take the key to whatever host they name
                    enable_auto_ping=True,
                    enable_auto_pong=False,  # they are bounded like everything that we write
                    auto_ping_idle_timeout=PING_SECONDS,
                    auto_ping_reply_timeout=PING_SECONDS,
                    proxy=proxy.url if proxy else None,
                )
        except asyncio.CancelledError:  # the library would go on with the handshake, and keep what comes of it
            session.abort()
            raise
        except (OSError, ValueError, WSError, ProxyError) as error:
            session.abort()
            raise _not_opened(error, proxy) from None
        if session._transport is None:  # which the library does not tell
            raise RealtimeError("The service closed the connection in the handshake.", code="unreachable")
        return session

    # --- the socket's side ---

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the socket, unless nobody wants it any more."""
        self._transport = transport
        bound(transport)
        if self._unwanted:
            transport.disconnect(False)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take what came."""
        kind = frame.msg_type
        if kind is WSMsgType.TEXT and frame.fin:
            self._came(_text(frame))
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._collect(frame)
        elif kind is WSMsgType.PING:
            self._came(frame.get_payload_as_bytes())
        elif kind is WSMsgType.CLOSE:
            # A code that the library has no name for comes as a number.
            code = frame.get_close_code()
            self._closed = code.value if isinstance(code, WSCloseCode) else int(code)
            transport.send_close(code)
            transport.disconnect()

    def _collect(self, frame: WSFrame) -> None:
        self._incoming.piece += frame.get_payload_as_bytes()
        if len(self._incoming.piece) > FRAME:
            self._closed = 1009
            self.abort()
        elif frame.fin:
            whole, self._incoming.piece = self._incoming.piece, bytearray()
            self._came(whole.decode(errors="replace"))

    def _came(self, what: str | bytes) -> None:
        assert self._transport is not None
        self._incoming.came(what, self._transport.underlying_transport)

    def _handle(self, what: str | bytes) -> None:
        if isinstance(what, str):
            self._give(what)
        elif self._transport is not None and self._takes(self._transport, len(what)):
            self._transport.send_pong(what)

    def _caught_up(self) -> None:
        """Tell of the end once all that came before it was handled."""
        if self._gone and not self._incoming.waiting:
            self._read_no_more(self._lost())

    def _give(self, frame: str) -> None:
        """Give a frame to the reader; it waits when there is none, unless nobody wants it any more."""
        if self._unwanted:
            return
        if self._take is None:
            self._frames.append(frame)
            return
        try:
            enough = self._take(self._checked(frame))
        except Exception as error:
            self._read_no_more(error)
        else:
            if enough:
                self._read_no_more(None)

    def _read_no_more(self, error: Exception | None) -> None:
        reading, self._take, self._reading = self._reading, None, None
        if reading is None or reading.done():
            return
        if error is None:
            reading.set_result(None)
        else:
            reading.set_exception(error)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note the end."""
        self._gone = True
        self._caught_up()

    def abort(self) -> None:
        """Cut the connection, or the one that is being made; nothing more of it is wanted."""
        self._unwanted = True
        self._incoming.clear()
        if self._transport is not None:
            self._transport.disconnect(False)

    # --- the call's side ---

    def send(self, frame: str) -> None:
        """Write a client event; what waits too long ends the session, and one that has ended takes no more."""
        transport = self._transport
        if transport is not None and self._takes(transport, len(frame)):
            transport.send(WSMsgType.TEXT, frame)

    def _takes(self, transport: WSTransport, size: int) -> bool:
        """Return whether so much more can wait to be written; give the session up when it is too much."""
        if self._gone or self._stalled:
            return False
        self._stalled = transport.underlying_transport.get_write_buffer_size() + size > WAITING
        if self._stalled:
            self.abort()
        return not self._stalled

    async def read(self, take: Take) -> None:
        """Hand server events to `take`; raises `RealtimeError` with the last error's code when the session is lost."""
        while self._frames:
            if take(self._checked(self._frames.popleft())):
                return
        if self._gone and not self._incoming.waiting:
            raise self._lost()
        self._take, self._reading = take, asyncio.get_running_loop().create_future()
        try:
            await self._reading
        finally:
            self._take = self._reading = None

    def _checked(self, frame: str) -> str:
        """Return a frame without our key."""
        if frame.find('"error"', 0, HEAD) < 0:
            self._error = None  # the session has gone on since
            return frame
        return self._note(frame)

    def _note(self, frame: str) -> str:
        """Remember what an `error` event says; return it without our key."""
        for secret in self._secrets:
            frame = frame.replace(secret, "[hidden]")
        with suppress(RealtimeError):
            event = parse_server_event(frame)
            if event["type"] == "error":
                code = code_of({"code": fault(event).get("code")})
                self._error = self._error if code == UNKNOWN else code
        return frame

    def _lost(self) -> RealtimeError:
        if self._stalled:
            return RealtimeError("The service does not take what is sent to it.", code="stalled")
        code = self._error or CLOSE_CODES.get(self._closed or 0, "closed")
        if self._closed is None and self._error is None:
            return RealtimeError("The connection to the service was lost.", code=code)
        return RealtimeError(
            f"The service closed the session ({self._closed}, {code}).", code=code, fatal=code in FATAL_CODES
        )

    async def close(self) -> None:
        """Close within a second, whether or not the service answers or even reads; safe to call twice."""
        transport = self._transport
        assert transport is not None
        self._unwanted = True
        try:
            transport.send_close(WSCloseCode.OK)
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await _disconnected(transport)
        finally:
            self.abort()
        await _disconnected(transport)


def _text(frame: WSFrame) -> str:
    try:
        return frame.get_payload_as_utf8_text()
    except UnicodeDecodeError:
        return frame.get_payload_as_bytes().decode(errors="replace")


def _not_opened(error: Exception, proxy: Proxy | None) -> RealtimeError:
    """Make the error of a connection that was not made."""
    match error:
        case WSInvalidStatusError():
            status = error.response.status if error.response else 0
            code = HTTP_CODES.get(status, "refused")
            message = f"The service answered the connection with HTTP {status}."
            return RealtimeError(message, code=code, fatal=code in FATAL_CODES)
        case ProxyError() if proxy:
            return proxy.refused(error)
        case TimeoutError():
            return RealtimeError(f"The service did not answer{through(proxy)} in time.", code="timeout")
        case ssl.SSLError():  # one of its kinds is a ValueError too
            reason = getattr(error, "verify_message", None) or error.reason or type(error).__name__
            return RealtimeError(f"TLS with the service failed{through(proxy)} ({reason}).", code="unreachable")
        case WSInvalidURL() | ValueError():  # no host, a port out of range, a name that DNS cannot hold
            return RealtimeError("The provider's url is not a WebSocket URL.", code="invalid_url", fatal=True)
    message = f"The service cannot be reached{through(proxy)} ({type(error).__name__})."
    return RealtimeError(message, code="unreachable")


async def _disconnected(transport: WSTransport) -> None:
    """Wait for the end of a connection; what the service did wrong before is raised again here, and is told already."""
    with suppress(Exception):
        await transport.wait_disconnected()
