"""Requests for a WebSocket: uvicorn takes them, the application answers them, picows serves those it accepts.

uvicorn hands over each request to upgrade (`uvicorn.Config(ws=Upgrade)`) as it came. The application sees plain ASGI:
it refuses with a whole HTTP response, or accepts, and then the socket is a `Wire`. The wire itself is among the
extensions of the scope (`WIRE`), for who moves audio; on another ASGI server it is not, and all else is as here.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

import structlog
import uvicorn
from picows import WSAutoPingStrategy, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # what `ws_create_server` makes of a connection
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from orchestrator.gateway.wire import WIRE, Message, Wire

READ_BUFFER = 4096  # bytes at first; it grows with the frames
NOT_OPENED, RESTART = 1006, 1012  # how it ends for the application: without a socket, because the server stops
log = structlog.get_logger("orchestrator")
# The library's own words: what a peer does wrong is no news here.
LOGGER = logging.getLogger(f"{__name__}.socket")
LOGGER.setLevel(logging.CRITICAL + 1)


class Upgrade(asyncio.Protocol):
    """One request, from its arrival to its answer; uvicorn makes one for each."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        # How the server is set up, and what it knows of its connections.
        self._config, self._server = config, server_state
        # What the application's lifespan left for its requests.
        self._state = app_state
        # The connection, and the request as it came.
        self._transport: asyncio.Transport
        self._request = b""
        # The socket that it becomes.
        self._wire = Wire(config.ws_max_size, on_gone=self._gone)
        # The application has answered, or is about to refuse: the status and the headers of that.
        self._answered = False
        self._status, self._headers, self._body = 0, [], b""

    # --- what uvicorn calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over a connection; nothing more is read before the answer."""
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)  # type: ignore[arg-type]  # made for the protocols of uvicorn's own
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Take the request, and ask the application."""
        self._request = data
        task = asyncio.get_running_loop().create_task(self._ask(), name="socket")
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection was lost before the answer."""
        self._answered = True
        self._gone()

    def shutdown(self) -> None:
        """End the connection: the server stops."""
        self._wire.close(RESTART, "")
        self._wire.end(RESTART)
        self._transport.close()

    def _gone(self) -> None:
        self._wire.end(NOT_OPENED)
        self._server.connections.discard(self)  # type: ignore[arg-type]

    # --- what the application sees ---

    async def _ask(self) -> None:
        try:
            await self._config.loaded_app(self._scope(), self._receive, self._send)
        except OSError:
            pass  # it sent to a peer that is gone
        except Exception:
            log.exception("socket failed")
        if not self._answered:
            self._refuse(500, [], b"Internal Server Error")
        self._wire.hang_up()

    def _scope(self) -> dict[str, Any]:
        first, *lines = self._request.rstrip().split(b"\r\n")
        target = first.split(b" ")[1].decode("latin-1")
        path, _, query = target.partition("?")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        offered = b",".join(value for name, value in headers if name == b"sec-websocket-protocol").decode("latin-1")
        return {
            "type": "websocket",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self._transport) else "ws",
            "server": get_local_addr(self._transport),
            "client": get_remote_addr(self._transport),
            "root_path": self._config.root_path,
            "path": self._config.root_path + unquote(path),
            "raw_path": (self._config.root_path + path).encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": headers,
            "subprotocols": [token.strip() for token in offered.split(",") if token.strip()],
            "state": self._state.copy(),
            "extensions": {"websocket.http.response": {}, WIRE: self._wire},
        }

    async def _receive(self) -> Message:
        return await self._wire.receive()

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if self._answered:
            await self._wire.send(message)
        elif kind == "websocket.accept":
            self._accept(message.get("subprotocol"), message.get("headers", ()))
        elif kind == "websocket.http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", ()))
        elif kind == "websocket.http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                self._refuse(self._status, self._headers, self._body)
        else:
            self._refuse(403, [], b"")

    def _accept(self, subprotocol: str | None, headers: Any) -> None:
        chosen = [("Sec-WebSocket-Protocol", subprotocol)] if subprotocol else []
        said = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        self._answer(WSUpgradeResponse.create_101_response([*chosen, *said]), self._wire)
        if not self._wire.open:
            self._gone()  # the library found fault with the request, and said so

    def _refuse(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        said = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        said = [(name, value) for name, value in said if name.lower() != "content-length"]  # the library counts itself
        self._answer(WSUpgradeResponse.create_error_response(HTTPStatus(status), body, said), None)
        self._gone()

    def _answer(self, response: WSUpgradeResponse, wire: Wire | None) -> None:
        """Let the library read the request once more, answer it, and serve the connection from here on."""
        self._answered = True
        if self._transport.is_closing():
            return
        pings, patience = self._config.ws_ping_interval or 0.0, self._config.ws_ping_timeout or 0.0
        protocol = WSProtocol(
            None,  # host and path are a client's
            None,
            False,
            lambda request: WSUpgradeResponseWithListener(response, wire),
            LOGGER,
            True,  # an exception closes the socket
            None,
            pings > 0,
            pings,
            min(pings, patience),
            WSAutoPingStrategy.PING_WHEN_IDLE,
            True,  # pings are answered
            self._config.ws_max_size,
            None,
            READ_BUFFER,
        )
        protocol.connection_made(self._transport)
        for start in range(0, len(self._request), READ_BUFFER // 2):
            piece = self._request[start : start + READ_BUFFER // 2]
            protocol.get_buffer(len(piece))[: len(piece)] = piece
            protocol.buffer_updated(len(piece))
        if not self._transport.is_closing():
            self._transport.set_protocol(protocol)
            self._transport.resume_reading()
