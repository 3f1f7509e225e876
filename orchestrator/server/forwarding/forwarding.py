"""What becomes of a request about a call: it is answered here, or by the node that holds the call.

Limit: 1000 WebSockets at a time on their way to other nodes; further ones are refused.
"""

from __future__ import annotations

import structlog
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers as GivenHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection

from orchestrator.fleet.port import Address, Fleet
from orchestrator.gateway import auth, closing
from orchestrator.gateway.auth import offered
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.rest import bounded
from orchestrator.gateway.websocket import deny
from orchestrator.records import Records
from orchestrator.server.forwarding.asked import Asked, asked, call_of_desk, is_desk, without_call
from orchestrator.server.forwarding.desk import HERE, Desks
from orchestrator.server.forwarding.http import OURS, Headers, Unanswered, answered, pass_on
from orchestrator.server.forwarding.passes import HEADER, Passes
from orchestrator.server.forwarding.socket import Refused, opened, pass_frames

MOST_SOCKETS = 1000
# Headers that are written anew for the other node, and those that say for whom a proxy asks.
NOT_PASSED_ON = OURS | {"host", "content-length", "expect", "origin", "x-forwarded-prefix", HEADER, *auth.PROXIES}
UNREACHABLE = Refusal(
    "node_unreachable",
    "The node that holds the call does not answer. If it is gone, its caller comes back to another; ask again then.",
    status=503,
    close=closing.NODE_LOST,
    early=True,
)
TOO_MANY = Refusal(
    "too_many_forwarded",
    f"More than {MOST_SOCKETS} sockets would be forwarded to other nodes at a time. Try again later.",
    status=503,
    close=closing.TOO_MANY_CALLS,
    early=True,
)
log = structlog.get_logger("orchestrator")


class Forwarding:
    """Middleware that forwards requests about the calls of other nodes; it is asked by the address that is served."""

    def __init__(self, app: ASGIApp, *, fleet: Fleet, calls: Calls, records: Records | None, secret: str) -> None:
        # The application, which answers what is not forwarded.
        self._app = app
        # Who holds which call; the calls of this node, and where they are recorded.
        self._fleet, self._calls, self._records = fleet, calls, records
        # What the nodes know a forwarded request by.
        self._passes = Passes(secret, fleet.now)
        # Sockets that are forwarded now.
        self._sockets = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_desk(scope):
            await self._serve_desk(scope, receive, send)
            return
        about = asked(scope) if scope["type"] in ("http", "websocket") else None
        if about is None:
            await self._app(scope, receive, send)
        elif (given := GivenHeaders(scope=scope).get(HEADER)) is not None:  # one hop, whoever wrote it
            await self._app(self._as_sent(scope, given), receive, send)
        elif (address := await self._elsewhere(scope, about)) is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._forward_socket(address, scope, receive, send)
        else:
            await self._forward_request(address, about, scope, receive, send)

    async def _serve_desk(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a worker work at the desks of all nodes; one who comes by another node works at this one only."""
        if (given := GivenHeaders(scope=scope).get(HEADER)) is not None:
            await self._app(self._as_sent(scope, given), receive, send)
            return

        call, plain = call_of_desk(scope), without_call(scope)
        at = await self._fleet.find(call) if call and not self._calls.party(call) else None

        async def open_desk(url: str) -> ClientConnection:
            return await self._opened(url, scope if at is not None and url == at.url else plain)

        desks = Desks(self._app, self._fleet, open_desk, receive, send, at.node if at is not None else HERE)
        await desks.serve(scope if at is None else plain)

    async def _opened(self, url: str, scope: Scope) -> ClientConnection:
        """Open a socket to another node with the headers of the one that is here."""
        tokens = offered(GivenHeaders(scope=scope).get("sec-websocket-protocol"))
        address = f"ws{url.removeprefix('http')}{_target(scope)}"
        return await opened(address, self._headers(scope), tokens, self._calls.settings.max_frame)

    def _as_sent(self, scope: Scope, given: str) -> Scope:
        """Return a forwarded request as its sender sent it to the other node."""
        peer = self._passes.read(given, _method(scope), _target(scope))
        return scope if peer is None else {**scope, "client": (peer, 0)}

    async def _elsewhere(self, scope: Scope, about: Asked) -> Address | None:
        """Return the node that is to answer a request; None: this one."""
        headers, settings = GivenHeaders(scope=scope), self._calls.settings
        if self._calls.party(about.call):
            return None
        signed = about.or_here and settings.twilio_auth_token is not None  # whoever holds the call checks that
        if not settings.api_keys and not signed and (auth.forwarded(headers) or auth.foreign_page(headers)):
            return None  # it is refused here: there it would seem to come from a program on this machine
        if about.recorded and not about.sound and (self._records is None or self._shared(self._records)):
            return None
        return await self._fleet.find(about.call)

    @staticmethod
    def _shared(records: Records) -> bool:
        """Return whether the nodes have the records of their calls in common."""
        return records.archive.database.file is None

    def _headers(self, scope: Scope) -> Headers:
        """Return the headers for the other node, which checks the keys among them."""
        kept = [(name, value) for name, value in scope["headers"] if _is_passed_on(name.decode("latin-1"))]
        peer = scope["client"][0] if scope.get("client") else ""
        made = self._passes.make(_method(scope), _target(scope), peer)
        return [*kept, (HEADER.encode(), made.encode())]

    async def _forward_request(
        self, address: Address, about: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        request = Request(scope, receive)
        try:
            body = await bounded(request)
        except HTTPException as error:
            await JSONResponse({"error": error.detail}, error.status_code)(scope, receive, send)
            return
        url = address.url + _target(scope)
        try:
            async with answered(request.method, url, self._headers(scope), body) as response:
                await pass_on(response, send)
        except Unanswered as error:
            self._note(address, error)
            if about.or_here:
                await self._app(scope, _again(body), send)
                return
            refused = JSONResponse({"error": UNREACHABLE.error}, UNREACHABLE.status, UNREACHABLE.headers)
            await refused(scope, receive, send)

    async def _forward_socket(self, address: Address, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if self._sockets >= MOST_SOCKETS:
            await deny(websocket, TOO_MANY)
            return
        self._sockets += 1
        try:
            there = await self._opened(address.url, scope)
            try:
                await websocket.accept(subprotocol=there.subprotocol)
                await pass_frames(there, receive, send)
            finally:
                await there.close()
        except Refused as refused:
            await _deny_as(refused, websocket, send)
        except Unanswered as error:
            self._note(address, error)
            await deny(websocket, UNREACHABLE)
        finally:
            self._sockets -= 1

    @staticmethod
    def _note(address: Address, error: Unanswered) -> None:
        log.warning("node does not answer", node=address.node, url=address.url, reason=str(error))


async def _deny_as(refused: Refused, websocket: WebSocket, send: Send) -> None:
    """Refuse a handshake as the other node has done."""
    if "websocket.http.response" not in websocket.scope.get("extensions", {}):
        await deny(websocket, UNREACHABLE)
        return
    await send({"type": "websocket.http.response.start", "status": refused.status, "headers": refused.headers})
    await send({"type": "websocket.http.response.body", "body": refused.body})


def _again(body: bytes) -> Receive:
    """Let a body be read that was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _is_passed_on(name: str) -> bool:
    return name not in NOT_PASSED_ON and not name.startswith("sec-websocket-")


def _method(scope: Scope) -> str:
    return str(scope.get("method", "WEBSOCKET"))


def _target(scope: Scope) -> str:
    """Return the path as it is served, with its query: the same for the node that asks and the one that is asked."""
    path, query = scope["path"].removeprefix(scope.get("root_path", "")), scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
