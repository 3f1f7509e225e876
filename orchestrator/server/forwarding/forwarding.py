"""What becomes of a request about a call: it is answered here, or by the node that holds the call.

Limits, of what is on its way to other nodes at a time: 1000 WebSockets; 64 requests that act on a call, and 16 for what
was recorded, which may take longer. As many requests wait for a place, for 5 s. Further ones are refused with 503.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

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
from orchestrator.server.forwarding.http import OURS, Headers, Unanswered, forward
from orchestrator.server.forwarding.passes import HEADER, Passes
from orchestrator.server.forwarding.places import Crowded, Places
from orchestrator.server.forwarding.socket import Refused, opened, pass_frames

MOST_SOCKETS = 1000
MOST_ACTING, ACTING_SECONDS = 64, 60.0  # requests that act on a call, and how long each may take
MOST_READING, READING_SECONDS = 16, 600.0  # requests for what was recorded: an hour of sound is some megabytes
WAIT_SECONDS = 5.0
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
    "The call is held by another node, and as much as may be is on its way to other nodes already. Try again later.",
    status=503,
    close=closing.TOO_MANY_CALLS,
    early=True,
)
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Lane:
    """Places for one kind of request, and the seconds that each may take in all."""

    places: Places
    seconds: float


class Forwarding:
    """Middleware that forwards requests about the calls of other nodes; it is asked by the address that is served."""

    def __init__(self, app: ASGIApp, *, fleet: Fleet, calls: Calls, records: Records | None, secret: str) -> None:
        # The application, which answers what is not forwarded.
        self._app = app
        # Who holds which call; the calls of this node, and where they are recorded.
        self._fleet, self._calls, self._records = fleet, calls, records
        # What the nodes know a forwarded request by.
        self._passes = Passes(secret, fleet.now)
        # Places for sockets, for requests that act on a call, and for those that read what was recorded.
        self._sockets = Places(MOST_SOCKETS)
        self._acting = Lane(Places(MOST_ACTING, waiting=MOST_ACTING, seconds=WAIT_SECONDS), ACTING_SECONDS)
        self._reading = Lane(Places(MOST_READING, waiting=MOST_READING, seconds=WAIT_SECONDS), READING_SECONDS)

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

        def open_desk(url: str) -> AbstractAsyncContextManager[ClientConnection]:
            return self._opened(url, scope if at is not None and url == at.url else plain)

        desks = Desks(self._app, self._fleet, open_desk, receive, send, at.node if at is not None else HERE)
        await desks.serve(scope if at is None else plain)

    @asynccontextmanager
    async def _opened(self, url: str, scope: Scope) -> AsyncIterator[ClientConnection]:
        """Open a socket to another node with the headers of the one that is here, for as long as the block lasts.

        Raises `Crowded`, `Refused` or `Unanswered`.
        """
        tokens = offered(GivenHeaders(scope=scope).get("sec-websocket-protocol"))
        address = f"ws{url.removeprefix('http')}{_target(scope)}"
        async with self._sockets.one():
            there = await opened(address, self._headers(scope), tokens, self._calls.settings.max_frame)
            try:
                yield there
            finally:
                await there.close()

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
        url, lane = address.url + _target(scope), self._reading if about.recorded else self._acting
        try:
            async with lane.places.one():
                await forward(request.method, url, self._headers(scope), body, send, seconds=lane.seconds)
            return
        except Crowded as error:
            log.warning("request not forwarded", node=address.node, path=scope["path"], reason=str(error))
            refusal = TOO_MANY
        except Unanswered as error:
            self._note(address, error)
            refusal = UNREACHABLE
        if about.or_here:  # a phone call would be over if it were refused
            await self._app(scope, _again(body), send)
            return
        await JSONResponse({"error": refusal.error}, refusal.status, refusal.headers)(scope, receive, send)

    async def _forward_socket(self, address: Address, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        try:
            async with self._opened(address.url, scope) as there:
                await websocket.accept(subprotocol=there.subprotocol)
                await pass_frames(there, receive, send)
        except Crowded:
            await deny(websocket, TOO_MANY)
        except Refused as refused:
            await _deny_as(refused, websocket, send)
        except Unanswered as error:
            self._note(address, error)
            await deny(websocket, UNREACHABLE)

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
