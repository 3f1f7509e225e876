"""One caller's WebSocket, once it is accepted: picows reads and writes the frames, ASGI messages stand for them.

Who moves audio does without a message and a task for each frame: it is given frames as they come (`diverted`), and
writes them at once (`write`).

Limits: messages of `largest` bytes, then the socket is closed with 1009; while a message waits to be received nothing
more is read; 64 diverted frames in 10 ms, more of them wait, so that other sockets have their turn, and nothing more is
read meanwhile; pings are answered while the network takes what is written, since nobody counts the answers; 10 s from
the end of the application for the peer to take what is left, then the socket is cut.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSProtocolError, WSTransport

from orchestrator.protocol.receiving import bound

EXTENSION = "orchestrator.caller_socket"  # its name among the extensions of the ASGI scope
CLOSE_SECONDS = 10.0
MOMENT, SHARE = 0.01, 64  # seconds, and the frames of one socket that are handled in them
GONE = 1005  # the code of an end without a close frame, or without a code in it
AsgiMessage = dict[str, Any]
FrameHandler = Callable[[str | None], object]  # takes a frame; None is a binary one


class CallerSocket(WSListener):
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
        self._messages: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self._messages.put_nowait({"type": "websocket.connect"})
        # Who takes frames instead, and those that wait for it because there were too many in a moment.
        self._take: FrameHandler | None = None
        self._waiting: deque[str | None] = deque()
        # When the present moment began, and the frames that were handled in it.
        self._since, self._handled = 0.0, 0
        # The event loop's clock.
        self._clock = asyncio.get_running_loop().time
        # A message that comes in pieces: of what kind it is, and its start.
        self._kind, self._pieces = WSMsgType.CONTINUATION, bytearray()
        # Set while the network takes what is written; at the end too, when nothing has to wait any more.
        self._room = asyncio.Event()
        self._room.set()
        # The application was told that nothing more will come.
        self._ended = False
        # Cuts the socket.
        self._cut: asyncio.TimerHandle | None = None

    # --- the socket's side ---

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the socket."""
        self._transport = transport
        bound(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """FrameHandler a frame; one that is a whole text, as audio is, goes on right away."""
        kind = frame.msg_type
        if kind is WSMsgType.CLOSE:
            self._closed(transport, frame)
        elif kind is WSMsgType.PING and self._room.is_set() and not transport.is_close_frame_sent:
            transport.send_pong(frame.get_payload_as_bytes())
        elif self._ended or transport.is_close_frame_sent:
            pass  # it came behind a goodbye, or what the library found fault with
        elif kind is WSMsgType.TEXT and frame.fin and self._kind is WSMsgType.CONTINUATION:
            self._came(self._text(frame.get_payload_as_bytes()))
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._collect(kind, frame)

    def _collect(self, kind: WSMsgType, frame: WSFrame) -> None:
        """FrameHandler a message that is binary, or a piece of one."""
        if (kind is WSMsgType.CONTINUATION) is (self._kind is WSMsgType.CONTINUATION):
            raise self._fault(WSCloseCode.PROTOCOL_ERROR, "a message began within another, or went on without one")
        self._kind = self._kind if kind is WSMsgType.CONTINUATION else kind
        self._pieces += frame.get_payload_as_bytes()
        if len(self._pieces) > self._largest:
            raise self._fault(WSCloseCode.MESSAGE_TOO_BIG, "the message is too large")
        if frame.fin:
            whole, self._pieces = bytes(self._pieces), bytearray()
            text = self._text(whole) if self._kind is WSMsgType.TEXT else None
            self._kind = WSMsgType.CONTINUATION
            self._came(text, whole)

    def _came(self, text: str | None, whole: bytes = b"") -> None:
        if self._take is not None:
            if self._waiting or not self._share():
                self._wait(text)
            else:
                self._take(text)
            return
        content = {"bytes": whole} if text is None else {"text": text}
        self._messages.put_nowait({"type": "websocket.receive", **content})
        assert self._transport is not None
        self._transport.underlying_transport.pause_reading()

    def _share(self) -> bool:
        """Return whether one more frame can be handled now: a peer that sends thousands would hold up all others."""
        now = self._clock()
        if now - self._since > MOMENT:
            self._since, self._handled = now, 0
        self._handled += 1
        return self._handled <= SHARE

    def _wait(self, text: str | None) -> None:
        """Keep a frame; what is behind it stays in the network."""
        if not self._waiting:
            assert self._transport is not None
            self._transport.underlying_transport.pause_reading()
            asyncio.get_running_loop().call_later(MOMENT, self._go_on)
        self._waiting.append(text)

    def _go_on(self) -> None:
        """Handle frames that wait, as many as can be in a moment."""
        while self._waiting and self._take is not None and self._share():
            self._take(self._waiting.popleft())
        if self._waiting:
            asyncio.get_running_loop().call_later(MOMENT, self._go_on)
        elif self._transport is not None and not self._ended:
            self._transport.underlying_transport.resume_reading()

    def _text(self, payload: bytes) -> str:
        try:
            return payload.decode()
        except UnicodeDecodeError:
            raise self._fault(WSCloseCode.INVALID_TEXT, "a text is not UTF-8") from None

    def _fault(self, code: WSCloseCode, reason: str) -> WSProtocolError:
        """FrameHandler nothing more; return what makes the library close the socket."""
        self._pieces = bytearray()
        self.end(code.value, reason)
        return WSProtocolError(code, reason)

    def _closed(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer a goodbye, or be content with the answer to ours."""
        while self._waiting and self._take is not None:  # they came before
            self._take(self._waiting.popleft())
        # A code that the library has no name for comes as a number.
        said = frame.get_close_code()
        code = said.value if isinstance(said, WSCloseCode) else int(said)
        self.end(code or GONE, frame.get_close_reason() or "")
        transport.send_close(said if code else WSCloseCode.OK)
        transport.disconnect()

    def pause_writing(self) -> None:
        """Note that the network does not take what is written."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Note that it does again."""
        self._room.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note that the socket is gone."""
        self.end(GONE)
        if self._cut is not None:
            self._cut.cancel()
        self._on_gone()

    # --- the application's side ---

    @property
    def open(self) -> bool:
        """Whether there is a socket, or was."""
        return self._transport is not None

    @contextmanager
    def diverted(self, take: FrameHandler) -> Iterator[None]:
        """Give frames to `take` as they come, in this context, rather than to `receive`.

        What came before is still received, and nothing more is read until it is. Frames after the block are dropped.
        """
        context = copy_context()
        self._take = lambda frame: context.run(take, frame)
        try:
            yield
        finally:
            self._take = _drop

    def write(self, frame: str) -> bool:
        """Write a frame now; return False, and do nothing, while the network does not take it."""
        if self._transport is None or not self._room.is_set():
            return False
        self._transport.send(WSMsgType.TEXT, frame)
        return True

    async def receive(self) -> AsgiMessage:
        """Return the next message, and read on when it was the last."""
        message = await self._messages.get()
        if self._transport is not None and self._messages.empty() and not self._ended:
            self._transport.underlying_transport.resume_reading()
        return message

    async def send(self, message: AsgiMessage) -> None:
        """Write what the application sends as soon as the network takes it; raises `OSError` after the end."""
        if not self._ended:
            await self._room.wait()
        if self._transport is None or self._ended:
            raise OSError("the socket is closed")
        if message["type"] == "websocket.close":
            self.close(message.get("code", 1000), message.get("reason") or "")
        elif message.get("text") is not None:
            self._transport.send(WSMsgType.TEXT, message["text"])
        else:
            self._transport.send(WSMsgType.BINARY, message["bytes"])

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the peer's answer, or `hang_up`, closes the socket."""
        if self._transport is None or self._ended:
            return
        self.end(code, reason)
        self._transport.send_close(code, reason)  # type: ignore[arg-type]  # it takes codes that it has no name for
        self._transport.underlying_transport.resume_reading()

    def end(self, code: int, reason: str = "") -> None:
        """Tell the application, once, that nothing more will come."""
        self._room.set()
        if not self._ended:
            self._ended = True
            self._messages.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    def hang_up(self) -> None:
        """Close the socket when the application is done with it; the goodbye has some time to be answered."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        if not transport.is_close_frame_sent:
            transport.disconnect()
        self._cut = asyncio.get_running_loop().call_later(CLOSE_SECONDS, transport.disconnect, False)


def _drop(frame: str | None) -> None:
    """FrameHandler a frame that nobody waits for."""
