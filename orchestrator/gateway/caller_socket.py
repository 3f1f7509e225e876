"""One caller's WebSocket after the handshake: picows reads and writes the frames, the application sees ASGI messages.

Code that moves audio needs neither a message nor a task for each frame: it handles frames as they come
(`inbox.diverted`), and writes them at once (`write`).

Limits: messages of `largest` bytes, then the socket is closed with 1009; pings are answered only while the network
accepts what is written, since nobody counts the answers; after our close frame 256 kB are read at most, among which the
peer's is, and when the application has ended, the peer gets 10 s to read what is left: then the socket is cut. `inbox`
limits what is read before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSProtocolError, WSTransport

from orchestrator.gateway.inbox import AsgiMessage, Inbox
from orchestrator.protocol.receiving import bound

EXTENSION = "orchestrator.caller_socket"  # its name among the extensions of the ASGI scope
CLOSE_SECONDS = 10.0
LEFT = 256 * 1024  # bytes that are read after our close frame
NO_CODE, LOST = 1005, 1006  # how a socket ends without a code in its close frame, or without a close frame


class Leaving(asyncio.BufferedProtocol):
    """What reads a socket after our close frame: the library, which waits for the peer's, but not for ever."""

    def __init__(self, transport: asyncio.Transport) -> None:
        # The socket, and the library's protocol.
        self._transport, self._inner = transport, cast("asyncio.BufferedProtocol", transport.get_protocol())
        # Bytes that may still come.
        self._left = LEFT

    def get_buffer(self, sizehint: int) -> memoryview:
        """Let the library say where the bytes go."""
        return memoryview(self._inner.get_buffer(sizehint))

    def buffer_updated(self, nbytes: int) -> None:
        """Let the library read them, or cut the socket of a peer that goes on sending."""
        self._left -= nbytes
        if self._left < 0:
            self._transport.abort()
        else:
            self._inner.buffer_updated(nbytes)

    def eof_received(self) -> bool | None:
        """Let the library decide about a peer that sends no more."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Tell the library."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Tell the library."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the library."""
        self._inner.connection_lost(exc)


class CallerSocket(WSListener):
    """The frames that are read go to an inbox; what is written goes out at once, or waits for the network."""

    def __init__(self, largest: int, on_gone: Callable[[], None]) -> None:
        super().__init__()
        # The largest message, in bytes.
        self._largest = largest
        # Called when the socket is gone.
        self._on_gone = on_gone
        # The socket, once it is open.
        self._transport: WSTransport | None = None
        # What was read.
        self.inbox = Inbox()
        # A message that comes in fragments: its type, and what there is of it.
        self._kind, self._fragments = WSMsgType.CONTINUATION, bytearray()
        # What the last ping said, until it is answered.
        self._ping: bytes | None = None
        # Set while the network accepts what is written, and at the end, when nobody has to wait any more.
        self._room = asyncio.Event()
        self._room.set()
        # Cuts the socket.
        self._cut: asyncio.TimerHandle | None = None

    # --- the socket's side ---

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the socket."""
        self._transport = transport
        self.inbox.open(transport.underlying_transport)
        bound(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Handle a frame; one that is a whole text, as audio is, is passed on immediately."""
        kind = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            raise self._violation(WSCloseCode.PROTOCOL_ERROR, "a reserved bit is set, and no extension was agreed")
        if kind is WSMsgType.CLOSE:
            self._closed(transport, frame)
        elif kind is WSMsgType.PING:
            self.inbox.count()
            self._pinged(frame.get_payload_as_bytes())
        elif kind is WSMsgType.PONG:
            self.inbox.count()
        elif self.inbox.ended or transport.is_close_frame_sent:
            pass  # it came after a close frame, or after a violation of the protocol
        elif kind is WSMsgType.TEXT and frame.fin and self._kind is WSMsgType.CONTINUATION:
            self.inbox.put(self._text(frame.get_payload_as_bytes()))
        else:
            self._collect(kind, frame)

    def _pinged(self, payload: bytes) -> None:
        """Answer a ping within the share; of those that exceed it, the last answers for all."""
        waiting, self._ping = self._ping, payload
        if waiting is None:
            self.inbox.share(self._pong)

    def _pong(self) -> None:
        payload, self._ping, transport = self._ping, None, self._transport
        assert transport is not None
        assert payload is not None
        if self._room.is_set() and not (transport.is_close_frame_sent or transport.is_disconnected):
            transport.send_pong(payload)

    def _collect(self, kind: WSMsgType, frame: WSFrame) -> None:
        """Handle a binary message, or a fragment of any message; each counts."""
        self.inbox.count()
        if (kind is WSMsgType.CONTINUATION) is (self._kind is WSMsgType.CONTINUATION):
            raise self._violation(WSCloseCode.PROTOCOL_ERROR, "fragments of a message are out of order")
        self._kind = self._kind if kind is WSMsgType.CONTINUATION else kind
        self._fragments += frame.get_payload_as_bytes()
        if len(self._fragments) > self._largest:
            raise self._violation(WSCloseCode.MESSAGE_TOO_BIG, "the message is too large")
        if frame.fin:
            whole, self._fragments = bytes(self._fragments), bytearray()
            text = self._text(whole) if self._kind is WSMsgType.TEXT else None
            self._kind = WSMsgType.CONTINUATION
            self.inbox.put(text, whole)

    def _text(self, payload: bytes) -> str:
        try:
            return payload.decode()
        except UnicodeDecodeError:
            raise self._violation(WSCloseCode.INVALID_TEXT, "a text frame is not valid UTF-8") from None

    def _violation(self, code: WSCloseCode, reason: str) -> WSProtocolError:
        """Accept nothing more; return the exception that makes the library close the socket."""
        self._fragments = bytearray()
        self.end(code.value, reason)
        return WSProtocolError(code, reason)

    def _closed(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer a close frame, unless it is the answer to ours."""
        # A code that the library has no name for comes as a number.
        given = frame.get_close_code()
        code = given.value if isinstance(given, WSCloseCode) else int(given)
        self.end(code or NO_CODE, frame.get_close_reason() or "")
        transport.send_close(given if code else WSCloseCode.OK)
        transport.disconnect()

    def pause_writing(self) -> None:
        """Note that the network does not accept what is written."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Note that it does again."""
        self._room.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note that the socket is gone, without a close frame if none came before."""
        self.end(LOST)
        if self._cut is not None:
            self._cut.cancel()
        self._on_gone()

    # --- the application's side ---

    @property
    def opened(self) -> bool:
        """Whether the socket is open, or was."""
        return self._transport is not None

    def write(self, frame: str) -> bool:
        """Write a frame now; returns False, and does nothing, while the network does not accept it."""
        if self._transport is None or not self._room.is_set():
            return False
        self._transport.send(WSMsgType.TEXT, frame)
        return True

    async def send(self, message: AsgiMessage) -> None:
        """Write what the application sends as soon as the network accepts it; raises `OSError` after the end."""
        if not self.inbox.ended:
            await self._room.wait()
        if self._transport is None or self.inbox.ended:
            raise OSError("the socket is closed")
        if message["type"] == "websocket.close":
            self.close(message.get("code", 1000), message.get("reason") or "")
        elif message.get("text") is not None:
            self._transport.send(WSMsgType.TEXT, message["text"])
        else:
            self._transport.send(WSMsgType.BINARY, message["bytes"])

    def close(self, code: int, reason: str) -> None:
        """Send a close frame; the peer's answer, or `hang_up`, closes the socket."""
        if self._transport is None or self.inbox.ended:
            return
        self.end(code, reason)
        self._transport.send_close(code, reason)  # type: ignore[arg-type]  # it accepts codes that it has no name for
        underlying = self._transport.underlying_transport
        underlying.set_protocol(Leaving(underlying))
        underlying.resume_reading()

    def end(self, code: int, reason: str = "") -> None:
        """Tell the application that nothing more will come, and let no writer wait any longer."""
        self._room.set()
        self.inbox.end(code, reason)

    def hang_up(self) -> None:
        """Close the socket when the application is done with it; a close frame gets some time to be answered."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        if not transport.is_close_frame_sent:
            transport.disconnect()
        self._cut = asyncio.get_running_loop().call_later(CLOSE_SECONDS, transport.disconnect, False)
