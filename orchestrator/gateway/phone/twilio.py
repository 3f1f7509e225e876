"""Twilio: `POST /twilio/voice`, which answers a phone call with TwiML, and `WS /twilio/stream`, which holds it.

In a cluster the TwiML has the stream's URL with a ticket, and goes on after the stream: the phone call asks what is
next (`returning`), and another node may hold it with a further stream. `POST /twilio/status` is told by Twilio how
streams begin and end.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

import structlog
from fastapi import FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import Response
from starlette.requests import HTTPConnection

from orchestrator.fleet.port import Reason
from orchestrator.gateway import closing
from orchestrator.gateway.admission import Admission, logged
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.phone.call import PhoneCall
from orchestrator.gateway.phone.memory import memory_of
from orchestrator.gateway.phone.returning import Returning
from orchestrator.gateway.phone.stream_socket import StreamSocket
from orchestrator.gateway.phone.tickets import Ticket, digest
from orchestrator.gateway.phone.twilio_signature import public_url
from orchestrator.gateway.phone.twiml import BUSY, HANG_UP, STATUS, STREAM, VOICE, connect, twiml
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.rest import bounded, http_error
from orchestrator.gateway.resuming.continuing import NotResumed, continued, take_over
from orchestrator.gateway.websocket import close, deny
from orchestrator.protocol.audio import PCMU
from orchestrator.protocol.ids import make_id

MOST_FIELDS = 500  # of a form
LONGEST_FIELD = 200  # characters of one that is logged
LONGEST_TRIES = 4  # digits
PASSED_ON = ("From", "To", "CallSid")  # what Twilio says about a phone call, and the stream does not say by itself
NO_TICKET = Refusal(
    "invalid_value",
    "The ticket in the URL of this stream is not one of ours. Let Twilio ask /twilio/voice for the TwiML.",
    status=404,
    close=closing.BAD_REQUEST,
    early=True,
)
Form = list[tuple[str, str]]
log = structlog.get_logger("orchestrator")


def add_twilio(app: FastAPI) -> None:
    """Add the routes to the application."""
    app.add_api_route(VOICE, voice, methods=["POST"], response_model=None)
    app.add_api_route(STATUS, status, methods=["POST"], response_model=None)
    app.add_api_websocket_route(STREAM, stream)
    app.add_api_websocket_route(f"{STREAM}/{{ticket}}", stream)


async def voice(request: Request) -> Response:
    """Answer a phone call: connect it to the stream, or say that all lines are busy; or say how it goes on."""
    admission: Admission = request.app.state.admission
    form = form_of(await bounded(request))
    refusal = admission.phone(request, VOICE, form)
    if refusal is not None and not refusal.busy:
        raise http_error(refusal)
    said, query = dict(form), dict(request.query_params)
    returning, sid = _returning(request), said.get("CallSid", "")
    if "resume" in query:
        if returning is None:
            return twiml(HANG_UP)
        tries = query.get("tries", "0")
        tried = int(tries) if tries.isdecimal() and tries.isascii() and len(tries) <= LONGEST_TRIES else 0
        return twiml(await returning.answer(query["resume"], sid, tried, open_here=refusal is None))
    if refusal is not None:
        return twiml(BUSY)
    known = query | {name: said[name] for name in PASSED_ON if name in said}
    served = admission.dialled(known, request)
    if isinstance(served, Refusal):
        return _refused(served)
    if returning is None or not sid:
        return twiml(connect(_base(request), parameters=known))
    return twiml(returning.stream(Ticket(make_id("rtc_"), digest(sid)), **known))


async def status(request: Request) -> Response:
    """Log how a stream begins and ends, as Twilio sees it."""
    admission: Admission = request.app.state.admission
    form = form_of(await bounded(request))
    if refusal := admission.twilio(request, STATUS, form):
        raise http_error(refusal)
    said = {name: "".join(filter(str.isprintable, value))[:LONGEST_FIELD] for name, value in form}
    known = {"call_sid": said.get("CallSid"), "stream_sid": said.get("StreamSid")}
    event, error = said.get("StreamEvent", ""), said.get("StreamError")
    if error or event == "stream-error":
        log.warning("phone stream failed", **known, error=error, code=said.get("ErrorCode"))
    else:
        log.info("phone stream", **known, stream_event=event)
    return Response(status_code=204)


def _refused(refusal: Refusal) -> Response:
    """Tell a caller that the lines are busy; raises the HTTP error for what no later call changes."""
    if refusal.busy:
        return twiml(BUSY)
    raise http_error(refusal)


async def stream(websocket: WebSocket) -> None:
    """Hold a phone call: a new one, or one that has had another stream before."""
    calls: Calls = websocket.app.state.calls
    admission: Admission = websocket.app.state.admission
    written = websocket.path_params.get("ticket")
    if refusal := admission.phone(websocket, f"{STREAM}/{written}" if written else STREAM):
        await deny(websocket, refusal)
        return
    ticket = None
    if written is not None:
        returning = _returning(websocket)
        ticket = returning.ticket(written) if returning is not None else None
        if ticket is None or (ticket.first and not await _is_new(calls, ticket)):
            await deny(websocket, logged(NO_TICKET, websocket))
            return
    if ticket is None or ticket.first:
        await _begin(websocket, calls, ticket)
    else:
        await _go_on(websocket, calls, ticket)


async def _is_new(calls: Calls, ticket: Ticket) -> bool:
    """Return whether no call has begun with a ticket, as far as one can tell."""
    if calls.fleet is None or calls.find(ticket.call) is not None:
        return False
    return await calls.fleet.look(ticket.call, 0) in (Reason.UNKNOWN, Reason.UNREACHABLE)


async def _begin(websocket: WebSocket, calls: Calls, ticket: Ticket | None) -> None:
    admission: Admission = websocket.app.state.admission
    socket = StreamSocket(websocket)
    started, call_id = await socket.start(), ticket.call if ticket is not None else ""
    if started is not None and (ticket is None or ticket.is_of(started.call)) and calls.find(call_id) is None:
        served = admission.dialled(started.parameters, websocket)
        if isinstance(served, Refusal):
            await close(websocket, served.close, closing.plain(served.message))
            return
        with calls.open("rtc_", served, media=PCMU, call_id=call_id) as call:
            phone = PhoneCall(socket, call, idle=calls.settings.idle, comes_back=ticket is not None)
            await phone.hold(started)
    await socket.close()


async def _go_on(websocket: WebSocket, calls: Calls, ticket: Ticket) -> None:
    assert calls.fleet is not None  # who has read the ticket
    socket = StreamSocket(websocket)
    try:
        started = await socket.start()
        if started is None or not ticket.is_of(started.call):
            return
        taken = await take_over(calls, calls.fleet.token(ticket.call, ticket.stream - 1))
        before = memory_of(reversed(taken.claimed.lines))
        async with continued(calls, taken, before.taken_over(taken.claimed.silent)) as call:
            taken.claimed.held.arrived()  # the stream is there, so the ticket is used up
            phone = PhoneCall(socket, call, idle=calls.settings.idle, comes_back=True, before=before)
            await phone.hold(started, resumed=True)
    except NotResumed as error:  # the phone call asks once more, and is told
        log.warning("phone call not resumed", call=ticket.call, reason=error.refusal.message)
    finally:
        await socket.close()


def _returning(request: HTTPConnection) -> Returning | None:
    """Return what knows of phone calls that come back; None: this server is not part of a cluster."""
    calls: Calls = request.app.state.calls
    secret = calls.settings.secret
    if calls.fleet is None or secret is None:
        return None
    return Returning(calls.fleet, secret.get_secret_value(), _base(request))


def _base(request: HTTPConnection) -> str:
    calls: Calls = request.app.state.calls
    return public_url(request, calls.settings.public_url)


def form_of(body: bytes) -> Form:
    """Read a form; a body that is not one has no fields."""
    try:
        text = body.decode("ascii", errors="replace")
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, {"code": "invalid_value", "message": "The form has too many fields."}) from None
