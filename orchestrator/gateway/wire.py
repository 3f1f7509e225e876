"""One caller's WebSocket, once it is accepted: picows reads and writes the frames, ASGI messages stand for them.

Who cannot afford a task for each frame takes frames as they come (`diverted`) and writes them at once (`write`).

Limits: messages of `largest` bytes, then 1009; while a message waits to be received nothing more is read; 10 s for
the peer to answer a close frame, then the socket is cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSProtocolError, WSTransport

WIRE = "orchestrator.wire"  # its name among the extensions of the ASGI scope
CLOSE_SECONDS = 10.0
GONE = 1005  # the code of an end without a close frame
Message = dict[str, Any]
Take = Callable[[str | None], object]


class Wire(WSListener):
    """What is read goes to the application, or to whoever it is diverted to; what is written goes at once, or waits."""

    def __init__(self, largest: int, on_gone: Callable[[], None]) -> None:
        super().__init__()
        # The largest message, in bytes.
        self._largest = largest
        # Told when the socket is gone.
        self._on_gone = on_gone
        # The socket, once it is open.
        self._transport: WSTransport | None = None
        # What the application has not received.
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._messages.put_nowait({"type": "websocket.connect"})
        # Who takes frames instead.
        self._take: Take | None = None
        # The kind and the start of a message that comes in pieces.
        self._kind, self._pieces = WSMsgType.CONTINUATION, b""
        # Set while the network takes what is written, and when the socket is gone: nothing has to wait then.
        self._room = asyncio.Event()
        self._room.set()
        # The application was told of the end.
        self._ended = False

    # --- the socket's side ---

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the socket."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take what came."""
        kind = frame.msg_type
        if kind is WSMsgType.TEXT and frame.fin and self._kind is WSMsgType.CONTINUATION:
            self._came(_text(frame.get_payload_as_bytes()))
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._collect(frame)
        elif kind is WSMsgType.CLOSE:
            self.end(int(frame.get_close_code()), frame.get_close_reason() or "")
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def _collect(self, frame: WSFrame) -> None:
        """Take a message that is binary or in pieces."""
        if (frame.msg_type is WSMsgType.CONTINUATION) is (self._kind is WSMsgType.CONTINUATION):
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "a piece without a beginning, or the other way round")
        if frame.msg_type is not WSMsgType.CONTINUATION:
            self._kind = frame.msg_type
        self._pieces += frame.get_payload_as_bytes()
        if len(self._pieces) > self._largest:
            raise WSProtocolError(WSCloseCode.MESSAGE_TOO_BIG, "the message is too large")
        if frame.fin:
            kind, self._kind = self._kind, WSMsgType.CONTINUATION
            whole, self._pieces = self._pieces, b""
            self._came(_text(whole) if kind is WSMsgType.TEXT else None, whole)

    def _came(self, text: str | None, whole: bytes = b"") -> None:
        if self._take is not None:
            self._take(text)
            return
        message = {"type": "websocket.receive"}
        self._messages.put_nowait({**message, "bytes": whole} if text is None else {**message, "text": text})
        assert self._transport is not None
        self._transport.underlying_transport.pause_reading()

    def pause_writing(self) -> None:
        """Note that the network does not take what is written."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Note that it does again."""
        self._room.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note the end."""
        self.end(GONE)
        self._on_gone()

    def end(self, code: int, reason: str = "") -> None:
        """Tell the application, once, that nothing more will come."""
        self._room.set()
        if not self._ended:
            self._ended = True
            self._messages.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    # --- the application's side ---

    @property
    def open(self) -> bool:
        """Whether there is a socket."""
        return self._transport is not None

    @contextmanager
    def diverted(self, take: Take) -> Iterator[None]:
        """Give frames to `take` as they come, in this context, rather than to `receive`; None is a binary one.

        What has come already is still received. What comes after the block is not read by anybody.
        """
        self._take = partial(copy_context().run, take)
        try:
            yield
        finally:
            self._take = _ignore

    def write(self, frame: str) -> bool:
        """Write a frame now; return False, and do nothing, when the network does not take it."""
        if self._transport is None or not self._room.is_set():
            return False
        self._transport.send(WSMsgType.TEXT, frame)
        return True

    async def receive(self) -> Message:
        """Return the next message."""
        message = await self._messages.get()
        self._read_on()
        return message

    def _read_on(self) -> None:
        if self._messages.empty() and self._transport is not None and not self._ended:
            self._transport.underlying_transport.resume_reading()

    async def send(self, message: Message) -> None:
        """Write what the application sends; raises `OSError` when the socket is gone."""
        await self._room.wait()
        if self._ended or self._transport is None:
            raise OSError("the socket is gone")
        if message["type"] == "websocket.close":
            self.close(message.get("code", 1000), message.get("reason") or "")
        elif (text := message.get("text")) is not None:
            self._transport.send(WSMsgType.TEXT, text)
        else:
            self._transport.send(WSMsgType.BINARY, message["bytes"])

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the peer's answer closes the socket."""
        transport = self._transport
        if transport is None or self._ended:
            return
        self.end(code, reason)
        self._take = _ignore
        transport.send_close(code, reason)  # type: ignore[arg-type]  # the library has names for a few codes only
        transport.underlying_transport.resume_reading()
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, transport.disconnect, False)

    def hang_up(self) -> None:
        """Close a socket that nobody holds any more, unless the peer was told and still has time to answer."""
        if self._transport is not None and not self._transport.is_close_frame_sent:
            self._transport.disconnect()


def _ignore(text: str | None) -> None:
    """Take what comes after the goodbye."""


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise WSProtocolError(WSCloseCode.INVALID_TEXT, "a text frame is not UTF-8") from None
