"""Addresses: the several ways in which programs write one, and what is answered where nothing is served.

`Addresses` leads every spelling to the one that the application knows: doubled and trailing slashes, Azure's
`/openai/v1/…`, no version at all, and the path prefix of a proxy, whether the proxy removes it or not. `nowhere`
answers all other requests: with what has replaced an address that the service has retired, else with what is served.
"""

from __future__ import annotations

import re

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from orchestrator.gateway import closing
from orchestrator.gateway.admission import logged
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.websocket import deny

PREFIX = re.compile(r"(/[\w.~-]{1,100}){1,10}", re.ASCII)  # what a proxy may put before every path
UNVERSIONED = re.compile(r"/(realtime|models)(/.*)?", re.DOTALL)
AZURE = "/openai/v1/"

CALL = "Connect a WebSocket to /v1/realtime?model=TEAM, with events of the GA Realtime protocol."
SECRETS = "Make a client secret with POST /v1/realtime/client_secrets; its answer has the secret in `value`."
OFFER = "Send the SDP offer to POST /v1/realtime/calls."
# Addresses that the service has retired, and those that are served in another way → what to do instead.
RETIRED = {
    ("POST", "/v1/realtime/sessions"): SECRETS,
    ("POST", "/v1/realtime/transcription_sessions"): SECRETS,
    ("POST", "/openai/realtimeapi/sessions"): SECRETS,
    ("POST", "/openai/realtime/sessions"): SECRETS,
    ("POST", "/openai/realtime"): OFFER,
    ("POST", "/v1/realtime"): OFFER,
    ("POST", "/v1/realtimertc"): OFFER,
    ("WEBSOCKET", "/openai/realtime"): CALL,
}
SOCKETS = ("/v1/realtime", "/openai/realtime", "/twilio/stream")


def canonical(path: str) -> str:
    """Return the spelling of a path that the application knows."""
    path = re.sub("/{2,}", "/", f"/{path}")
    path = path.rstrip("/") or "/"
    if path.startswith(AZURE):
        return path.removeprefix("/openai")
    return f"/v1{path}" if UNVERSIONED.fullmatch(path) else path


class Addresses:
    """Middleware that leads every spelling of an address to one, and notes the prefix that it has from outside."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        # The application.
        self._app = app
        # The prefix, as the settings have it; a proxy may name another.
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            # Where another application has mounted this one, and in front of that what a proxy puts there.
            mounted = scope.get("root_path", "")
            prefix = self._prefix(scope) + mounted
            inside = _within(_within(scope["path"], prefix), mounted)
            # As ASGI wants it: the path contains the prefix.
            scope = {**scope, "root_path": prefix, "path": prefix + canonical(inside)}
        await self._app(scope, receive, send)

    def _prefix(self, scope: Scope) -> str:
        named = Headers(scope=scope).get("x-forwarded-prefix", "").partition(",")[0].strip().rstrip("/")
        return named if PREFIX.fullmatch(named) else self._root_path


def _within(path: str, prefix: str) -> str:
    """Return a path without a prefix, if it has it."""
    return path.removeprefix(prefix) if f"{path}/".startswith(f"{prefix}/") else path


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for an address that is not served."""
    request = HTTPConnection(scope)
    refusal = logged(_refusal(scope), request, "request refused")
    if scope["type"] == "websocket":
        await deny(WebSocket(scope, receive, send), refusal)
    else:
        await JSONResponse({"error": refusal.error}, refusal.status, refusal.headers)(scope, receive, send)


def _refusal(scope: Scope) -> Refusal:
    method, path = scope.get("method", "WEBSOCKET"), scope["path"].removeprefix(scope["root_path"])
    instead = RETIRED.get((method, path))
    if instead is not None:
        message, status = f"{method} {path} has been retired, and is not served. {instead}", 410
    elif path in SOCKETS:
        message = f"{path} is a WebSocket, and this request is {method}. A proxy has to pass on the Upgrade header."
        status = 426
    else:
        message, status = f"There is nothing at {method} {path[:200]}. {CALL}", 404
    return Refusal("unknown_url", message, status, closing.BAD_REQUEST, early=True)
