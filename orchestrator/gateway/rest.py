"""What a program does over HTTP: make client secrets, hang up calls, move callers. Errors have the service's shape."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from starlette import exceptions as starlette

from orchestrator.core.events import CallerReferred, Ending
from orchestrator.errors import CallerError
from orchestrator.gateway import auth
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.line import Line
from orchestrator.gateway.secrets import LEAST_SECONDS, MOST_SECONDS, PREFIX, SECONDS
from orchestrator.protocol.checks import anything, fields, integer, text, word
from orchestrator.protocol.ids import make_id

LONGEST_BODY = 1024 * 1024  # bytes
AGENT_URI = "agent:"  # `target_uri` of an agent of the team
EXPIRES_AFTER = fields({}, {"anchor": word("created_at"), "seconds": integer(LEAST_SECONDS, MOST_SECONDS)})
SECRET = fields({}, {"expires_after": EXPIRES_AFTER, "session": anything})
REFER = fields({"target_uri": text(512, shortest=1)}, {"reason": text(2000)})


def add_rest(app: FastAPI) -> None:
    """Add the routes and the shape of errors to the application."""
    for path, answer in (
        ("/v1/realtime/client_secrets", client_secrets),
        ("/v1/realtime/calls/{call_id}/hangup", hang_up),
        ("/v1/realtime/calls/{call_id}/refer", refer),
    ):
        app.add_api_route(path, answer, methods=["POST"], response_model=None)
    app.add_exception_handler(starlette.HTTPException, _told)  # FastAPI's too; unknown paths and methods
    app.add_exception_handler(CallerError, _told)


async def with_key(request: Request) -> None:
    """Let only holders of an API key pass: a client secret opens calls and nothing else."""
    calls: Calls = request.app.state.calls
    if not auth.allowed(request.headers, calls.settings.api_keys):
        secret = any(key.startswith(PREFIX) for key in auth.keys_given(request.headers))
        told = {"code": "invalid_api_key", "message": auth.ONLY_CALLS if secret else auth.BAD_KEY}
        raise HTTPException(403 if secret else 401, told)
    if auth.foreign_page(request.headers, calls.settings.api_keys):
        raise HTTPException(403, {"code": "origin_not_allowed", "message": auth.FOREIGN_PAGE})


async def body_of(request: Request) -> dict[str, Any]:
    """Read a JSON object of bounded size; nothing at all is an empty one."""
    try:
        read = json.loads(await bounded(request) or b"{}")
    except (ValueError, RecursionError):
        raise CallerError("The body is not valid JSON.", code="invalid_json") from None
    if not isinstance(read, dict):
        raise CallerError("The body is not a JSON object.", code="invalid_json")
    return read


async def bounded(request: Request) -> bytes:
    """Read a body of bounded size; raises the HTTP error when it is longer."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            message = f"The body is larger than {LONGEST_BODY} bytes."
            raise HTTPException(413, {"code": "request_too_large", "message": message})
    return bytes(body)


async def client_secrets(request: Request) -> dict[str, Any]:
    """Make an `ek_…` for a browser, bound to a session object (`POST /v1/realtime/client_secrets`)."""
    await with_key(request)
    calls: Calls = request.app.state.calls
    body = await body_of(request)
    SECRET(body, "")
    session = body.get("session", {"type": "realtime"})
    view = calls.view(make_id("sess_"))
    view.update(session)
    made = calls.secrets.make(session, body.get("expires_after", {}).get("seconds", SECONDS))
    return {"value": made.value, "expires_at": made.expires_at, "session": view.echo()}


async def hang_up(request: Request, call_id: str) -> Response:
    """End a call (`POST /v1/realtime/calls/{call_id}/hangup`)."""
    (await _open_call(request, call_id)).hang_up(Ending.LEFT, "hung up")
    return Response(status_code=200)


async def refer(request: Request, call_id: str) -> Response:
    """Move the caller to another agent: `target_uri` is `agent:NAME` (`POST /v1/realtime/calls/{call_id}/refer`)."""
    line = await _open_call(request, call_id)
    body = await body_of(request)
    REFER(body, "")
    target = body["target_uri"]
    if not target.startswith(AGENT_URI):
        message = "Callers can be moved within the team only: target_uri is 'agent:' and the agent's name."
        raise CallerError(message, code="invalid_value", param="target_uri")
    event = CallerReferred(target.removeprefix(AGENT_URI), body.get("reason", "The application moved the caller."))
    if refused := line.call.refusal(event.agent):
        raise CallerError(refused, code="invalid_value", param="target_uri")
    line.feed(event)
    return Response(status_code=200)


async def _open_call(request: Request, call_id: str) -> Line:
    await with_key(request)
    line: Line | None = request.app.state.calls.find(call_id)
    if line is None:
        raise HTTPException(404, {"code": "call_not_found", "message": "There is no open call of that id."})
    return line


async def _told(_: Request, error: Exception) -> Response:
    """Answer an error in the service's shape."""
    told: dict[str, Any]
    if isinstance(error, CallerError):
        status, headers, told = 400, None, {"code": error.code, "message": str(error), "param": error.param}
    else:
        assert isinstance(error, starlette.HTTPException)
        status, headers = error.status_code, error.headers
        told = error.detail if isinstance(error.detail, dict) else {"code": None, "message": str(error.detail)}
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return JSONResponse({"error": {"type": kind, "param": None, **told}}, status, dict(headers or {}))
