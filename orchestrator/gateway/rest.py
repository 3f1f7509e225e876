"""The REST API for programs: make client secrets, hang up calls, refer callers. Errors have the service's shape."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from starlette import exceptions as starlette
from starlette.requests import ClientDisconnect

from orchestrator.core.events import CallerReferred
from orchestrator.errors import CallerError
from orchestrator.gateway import closing, seats
from orchestrator.gateway.admission import Admission, logged
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.client_secrets import LEAST_SECONDS, MOST_SECONDS, SECONDS
from orchestrator.gateway.hosted_tools import without_credentials
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.refusal import Refusal, kind_of
from orchestrator.gateway.teams.version import Version
from orchestrator.protocol.bounds import check_size
from orchestrator.protocol.checks import anything, fields, integer, refuse, text, word
from orchestrator.protocol.ids import make_id

LONGEST_BODY = 1024 * 1024  # bytes
AGENT_URI = "agent:"  # `target_uri` of an agent of the team
EXPIRES_AFTER = fields({}, {"anchor": word("created_at"), "seconds": integer(LEAST_SECONDS, MOST_SECONDS)})
SECRET = fields({}, {"expires_after": EXPIRES_AFTER, "session": anything, "seat": seats.check})
REFER = fields({"target_uri": text(512, shortest=1)}, {"reason": text(2000)})


def add_rest(app: FastAPI) -> None:
    """Add the routes to the application, and the shape of its errors."""
    for method, path, answer in (
        ("POST", "/v1/realtime/client_secrets", client_secrets),
        ("DELETE", "/v1/realtime/client_secrets", revoke_client_secrets),
        ("POST", "/v1/realtime/calls/{call_id}/hangup", hang_up),
        ("POST", "/v1/realtime/calls/{call_id}/refer", refer),
    ):
        app.add_api_route(path, answer, methods=[method], response_model=None)
    app.add_exception_handler(starlette.HTTPException, _answer)  # FastAPI's own too: unknown paths and methods
    app.add_exception_handler(CallerError, _answer)


class Refused(HTTPException):
    """A refusal as an HTTP error; it is in the log already."""


def http_error(refusal: Refusal) -> HTTPException:
    """Return a refusal as an HTTP error."""
    return Refused(refusal.status, refusal.error, refusal.headers)


async def with_key(request: Request) -> None:
    """Require an API key, where the server has any; raises the HTTP error."""
    admission: Admission = request.app.state.admission
    if refusal := admission.api(request):
        raise http_error(refusal)


async def body_of(request: Request) -> dict[str, Any]:
    """Read a JSON object of bounded size; an empty body is an empty object."""
    try:
        text = (await bounded(request)).decode()
        check_size(text)
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise CallerError("The request body is not valid JSON.", code="invalid_json") from None
    if not isinstance(read, dict):
        raise CallerError("The request body is not a JSON object.", code="invalid_json")
    return read


async def bounded(request: Request) -> bytes:
    """Read a body of bounded size; raises the HTTP error if it is longer, or breaks off."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                message = f"The request body is larger than {LONGEST_BODY} bytes."
                raise HTTPException(413, {"code": "request_too_large", "message": message})
    except ClientDisconnect:  # nobody reads the answer: it is for the log, as a line instead of a traceback
        raise HTTPException(400, {"code": "request_incomplete", "message": "The request body broke off."}) from None
    return bytes(body)


async def client_secrets(request: Request) -> dict[str, Any]:
    """Make an `ek_…` for a browser, bound to a session object (`POST /v1/realtime/client_secrets`)."""
    await with_key(request)
    admission: Admission = request.app.state.admission
    body = await body_of(request)
    SECRET(body, "")
    session = body.get("session", {"type": "realtime"})
    seat = seats.named(body["seat"]) if "seat" in body else None
    version = _version_for(request, session, seat)
    agent = seat["agent"] if seat is not None else version.team.start
    if agent not in version.team.agents:
        refuse("seat.agent", f"one of {', '.join(version.team.agents)}", agent)
    view = version.session_view(make_id("sess_"), agent)
    view.update(session)
    seconds = body.get("expires_after", {}).get("seconds", SECONDS)
    made = admission.made(request, without_credentials(session), seconds, seat)
    return {"value": made.value, "expires_at": made.expires_at, "session": view.echo()}


def _version_for(request: Request, session: Any, seat: dict[str, str] | None) -> Version:
    """Return what a client secret is for: the version of the call that it lets in, or the team that it names."""
    calls: Calls = request.app.state.calls
    admission: Admission = request.app.state.admission
    may = admission.may(request)
    others = calls.party(seat["call"]) if seat is not None else []
    if others and (may is None or others[0].version.name in may):
        return others[0].version
    named = session.get("model") if isinstance(session, dict) else None
    served = admission.team(named if isinstance(named, str) else None, may)
    if isinstance(served, Refusal):
        raise http_error(served)
    return served.current


async def revoke_client_secrets(request: Request) -> dict[str, Any]:
    """Let all client secrets made so far start no more calls (`DELETE /v1/realtime/client_secrets`)."""
    await with_key(request)
    admission: Admission = request.app.state.admission
    if admission.may(request) is not None:
        message = "This API key is bound to teams, and the secrets of all would be revoked. Use one that is not bound."
        raise HTTPException(403, {"code": "forbidden", "message": message})
    admission.secrets.revoke()
    return {"object": "realtime.client_secrets", "deleted": True}


async def hang_up(request: Request, call_id: str) -> Response:
    """End a call (`POST /v1/realtime/calls/{call_id}/hangup`)."""
    call = await _open_call(request, call_id)
    request.app.state.calls.hang_up(call, "hung up")
    return Response(status_code=200)


async def refer(request: Request, call_id: str) -> Response:
    """Refer the caller to another agent: `target_uri` is `agent:NAME` (`POST /v1/realtime/calls/{call_id}/refer`)."""
    call = await _open_call(request, call_id)
    body = await body_of(request)
    REFER(body, "")
    target = body["target_uri"]
    if not target.startswith(AGENT_URI):
        message = "Callers can only be referred to an agent within the team. Set target_uri to 'agent:NAME'."
        raise CallerError(message, code="invalid_value", param="target_uri")
    event = CallerReferred(target.removeprefix(AGENT_URI), body.get("reason", "The application moved the caller."))
    if refused := call.running.refusal(event.agent):
        raise CallerError(refused, code="invalid_value", param="target_uri")
    call.feed(event)
    return Response(status_code=200)


async def _open_call(request: Request, call_id: str) -> OpenCall:
    await with_key(request)
    admission: Admission = request.app.state.admission
    call = admission.find(request, call_id)
    if call is None:
        raise HTTPException(404, {"code": "call_not_found", "message": "There is no open call with this id."})
    return call


async def _answer(request: Request, error: Exception) -> Response:
    """Answer an error in the service's shape, and log it."""
    detail: dict[str, Any]
    if isinstance(error, CallerError):
        status, headers, detail = 400, None, {"code": error.code, "message": str(error), "param": error.param}
    else:
        assert isinstance(error, starlette.HTTPException)
        status, headers = error.status_code, error.headers
        detail = error.detail if isinstance(error.detail, dict) else {"code": None, "message": str(error.detail)}
    if not isinstance(error, Refused):
        noted = Refusal(str(detail["code"] or status), detail["message"], status, closing.BAD_REQUEST)
        logged(noted, request, "request refused")
    return JSONResponse({"error": {"type": kind_of(status), "param": None, **detail}}, status, dict(headers or {}))
