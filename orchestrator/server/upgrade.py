"""WebSocket handshakes: uvicorn receives them, the application answers them, picows serves those it accepts.

uvicorn hands over each upgrade request (`uvicorn.Config(ws=Upgrade)`). The application sees plain ASGI: it refuses
with a complete HTTP response, or accepts, and from then on the connection is a `CallerSocket`. That object is also
among the extensions of the ASGI scope, for code that moves audio; under another ASGI server it is missing, and
everything else works the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import unquote

import structlog
import uvicorn
from picows import WSAutoPingStrategy, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # what `ws_create_server` makes of a connection
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from orchestrator.gateway.caller_socket import EXTENSION, CallerSocket
from orchestrator.gateway.inbox import AsgiMessage
from orchestrator.protocol.receiving import FIRST

LONGEST_KEY = 100  # characters of a handshake's key; a valid one has 24
NOT_OPENED, RESTART = 1006, 1012  # how a socket ends for the application: never opened, or the server stops
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
Headers = Iterable[tuple[bytes, bytes]]
log = structlog.get_logger("orchestrator")
# The library's own log, silenced: a peer's violation of the protocol is not our error.
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
        # uvicorn's configuration, its connections and tasks, and the state of the application's lifespan.
        self._config, self._server, self._state = config, server_state, app_state
        # The connection, and the request.
        self._transport: asyncio.Transport
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        # What the connection becomes if it is accepted.
        self._socket = CallerSocket(config.ws_max_size, on_gone=self._gone)
        # Whether the request was answered.
        self._answered = False
        # A refusal until its body is complete.
        self._refusal: AsgiMessage = {}
        self._body = b""

    @property
    def arriving(self) -> bool:
        """Whether the request was not answered yet."""
        return not self._answered

    # --- uvicorn's side ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over a connection; nothing more is read from it before the answer."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.pause_reading()
        self._server.connections.add(self)  # type: ignore[arg-type]  # declared for uvicorn's own protocols

    def data_received(self, data: bytes) -> None:
        """Parse the request, which uvicorn has checked, and ask the application."""
        first, *lines = data.rstrip().split(b"\r\n")
        self._target = first.split(b" ")[1]
        split = (line.partition(b":") for line in lines)
        self._headers = [(name.lower(), value.strip()) for name, _, value in split]
        task = asyncio.get_running_loop().create_task(self._ask(), name="socket")
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection was lost before the answer."""
        self._gone()

    def shutdown(self) -> None:
        """Close the connection because the server stops."""
        self._socket.close(RESTART, "")
        self._socket.end(RESTART)
        self._transport.close()

    def _gone(self) -> None:
        self._socket.end(NOT_OPENED)
        self._server.connections.discard(self)

    # --- the application's side ---

    async def _ask(self) -> None:
        try:
            await self._config.loaded_app(self._scope(), self._socket.inbox.receive, self._send)
        except OSError:
            pass  # the application wrote to a peer that is gone
        except Exception:
            log.exception("socket failed")
        finally:
            if not self._answered:
                self._refuse(500, (), b"Internal Server Error")
            if not self._socket.opened:
                self._transport.close()  # whatever became of the answer, the connection does not stay
            self._socket.hang_up()

    def _scope(self) -> AsgiMessage:
        path, _, query = self._target.partition(b"?")
        offered = b",".join(value for name, value in self._headers if name == b"sec-websocket-protocol")
        return {
            "type": "websocket",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self._transport) else "ws",
            "server": get_local_addr(self._transport),
            "client": get_remote_addr(self._transport),
            "root_path": self._config.root_path,
            "path": self._config.root_path + unquote(path.decode("latin-1")),
            "raw_path": self._config.root_path.encode() + path,
            "query_string": query,
            "headers": self._headers,
            "subprotocols": [token.strip() for token in offered.decode("latin-1").split(",") if token.strip()],
            "state": self._state.copy(),
            "extensions": {"websocket.http.response": {}, EXTENSION: self._socket},
        }

    async def _send(self, message: AsgiMessage) -> None:
        match message["type"]:
            case _ if self._answered:
                await self._socket.send(message)
            case "websocket.accept":
                self._accept(message.get("subprotocol"), message.get("headers", ()))
            case "websocket.close":
                self._refuse(403, (), b"")
            case "websocket.http.response.start":
                self._refusal = message
            case "websocket.http.response.body":
                self._body += message.get("body", b"")
                if not message.get("more_body"):
                    self._refuse(self._refusal["status"], self._refusal.get("headers", ()), self._body)

    def _accept(self, subprotocol: str | None, headers: Headers) -> None:
        chosen = [("Sec-WebSocket-Protocol", subprotocol)] if subprotocol else []
        self._answer(WSUpgradeResponse.create_101_response([*chosen, *_text(headers)]), self._socket)
        if not self._socket.opened:
            self._gone()  # the library found the request invalid, and has answered it

    def _refuse(self, status: int, headers: Headers, body: bytes) -> None:
        # Without the length, which the library adds.
        kept = [(name, value) for name, value in _text(headers) if name.lower() != "content-length"]
        self._answer(WSUpgradeResponse.create_error_response(status, body, kept), None)
        self._gone()

    def _answer(self, response: WSUpgradeResponse, listener: CallerSocket | None) -> None:
        """Let the library send this answer and serve the connection from here on."""
        self._answered = True
        if self._transport.is_closing():
            return
        pings, patience = self._config.ws_ping_interval or 0.0, self._config.ws_ping_timeout or 0.0
        protocol = WSProtocol(
            None,  # the host and
            None,  # the path are for clients
            False,  # we are the server
            lambda _: WSUpgradeResponseWithListener(response, listener),
            LOGGER,
            True,  # an exception in our listener closes the socket
            None,  # no timeout: the request is here already
            pings > 0,
            pings,
            min(pings, patience),
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # our listener answers pings
            self._config.ws_max_size,
            None,  # extra headers are for clients
            FIRST,
        )
        request = self._handshake()
        try:
            protocol.connection_made(self._transport)
            protocol.get_buffer(len(request))[: len(request)] = request
            protocol.buffer_updated(len(request))
        except Exception:  # the library raises anything for what it cannot read or write, before it has answered
            log.info("handshake failed", exc_info=True)
            self._transport.write(BAD_REQUEST)
            return
        if self._transport.is_closing():
            protocol.connection_lost(None)  # the peer left meanwhile, and nobody else would tell the library
        else:
            self._transport.set_protocol(protocol)
            self._transport.resume_reading()

    def _handshake(self) -> bytes:
        """Return the request with only the headers that the library needs: it is stricter than uvicorn about others."""
        lines = [b"GET / HTTP/1.1", b"Upgrade: websocket", b"Connection: Upgrade"]
        for header in (b"sec-websocket-key", b"sec-websocket-version"):
            given = b",".join(value for name, value in self._headers if name == header)  # said twice, it is invalid
            # The library refuses with what it was given, which it can write in ASCII only.
            lines.append(header + b": " + ascii(given[:LONGEST_KEY].decode("latin-1"))[1:-1].encode())
        return b"\r\n".join((*lines, b"", b""))


def _text(headers: Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
