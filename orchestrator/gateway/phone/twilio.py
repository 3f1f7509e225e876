"""Twilio: `POST /twilio/voice`, which answers a phone call with TwiML, and `WS /twilio/stream`, which holds it.

In a cluster the TwiML has the stream's URL with a ticket, and goes on after the stream: the phone call asks what is
next (`returning`), and another node may hold it with a further stream. `POST /twilio/status` is told by Twilio how
streams begin and end.
"""

from __future__ import annotations

from secrets import token_hex

import structlog
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import Response

from orchestrator.core.away.events import Reach
from orchestrator.fleet.port import Reason
from orchestrator.gateway import closing
from orchestrator.gateway.admission import Admission, logged
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.phone.asking import base_of, form_of, returning_of, tries_of
from orchestrator.gateway.phone.call import PhoneCall
from orchestrator.gateway.phone.dialling import add_dialling, come_back
from orchestrator.gateway.phone.line import Line
from orchestrator.gateway.phone.memory import memory_of
from orchestrator.gateway.phone.stream_socket import StreamSocket
from orchestrator.gateway.phone.tickets import Ticket, digest
from orchestrator.gateway.phone.twiml import BUSY, CALLS, STATUS, STREAM, VOICE, connect, twiml
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.rest import bounded, http_error
from orchestrator.gateway.resuming.continuing import NotResumed, continued, take_over
from orchestrator.gateway.websocket import close, deny
from orchestrator.protocol.audio import PCMU
from orchestrator.protocol.ids import make_id

LONGEST_FIELD = 200  # characters of one that is logged
PASSED_ON = ("From", "To", "CallSid")  # what Twilio says about a phone call, and the stream does not say by itself
NO_TICKET = Refusal(
    "invalid_value",
    "The ticket in the URL of this stream is not one of ours. Let Twilio ask /twilio/voice for the TwiML.",
    status=404,
    close=closing.BAD_REQUEST,
    early=True,
)
log = structlog.get_logger("orchestrator")


def add_twilio(app: FastAPI) -> None:
    """Add the routes to the application."""
    app.state.phone_secret = token_hex(32)  # what tickets are written with that are for this process alone
    app.add_api_route(VOICE, voice, methods=["POST"], response_model=None)
    app.add_api_route(STATUS, status, methods=["POST"], response_model=None)
    app.add_api_websocket_route(STREAM, stream)
    app.add_api_websocket_route(f"{STREAM}/{{ticket}}", stream)
    app.add_api_websocket_route(f"{CALLS}/{{call_id}}/stream/{{ticket}}", stream)
    add_dialling(app)


async def voice(request: Request) -> Response:
    """Answer a phone call: connect it to the stream, or say that all lines are busy; or say how it goes on."""
    admission: Admission = request.app.state.admission
    form = form_of(await bounded(request))
    said, query = dict(form), dict(request.query_params)
    refusal = (admission.phone_back if "resume" in query else admission.phone)(request, VOICE, form)
    if refusal is not None and not refusal.busy:
        raise http_error(refusal)
    returning, sid = returning_of(request), said.get("CallSid", "")
    if "resume" in query:
        return twiml(await returning.answer(query["resume"], sid, tries_of(request), open_here=refusal is None))
    if refusal is not None:
        return twiml(BUSY)
    known = query | {name: said[name] for name in PASSED_ON if name in said}
    served = admission.dialled(known, request)
    if isinstance(served, Refusal):
        return _refused(served)
    calls: Calls = request.app.state.calls
    dials = any(version.team.outsiders for version in served.versions)
    if not sid or (calls.fleet is None and not dials):
        return twiml(connect(base_of(request), parameters=known))
    ticket = Ticket(make_id("rtc_", calls.worker), digest(sid))
    return twiml(returning_of(request, dials=dials).stream(ticket, **known))


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
    written, call_id = websocket.path_params.get("ticket"), websocket.path_params.get("call_id", "")
    path = f"{CALLS}/{call_id}/stream" if call_id else STREAM
    path = f"{path}/{written}" if written else path
    ticket = returning_of(websocket).ticket(written) if written is not None else None
    if refusal := _without_room(websocket, path, ticket):
        await deny(websocket, refusal)
        return
    if written is not None and (
        ticket is None or (call_id and call_id != ticket.call) or not await _is_good(calls, ticket)
    ):
        await deny(websocket, logged(NO_TICKET, websocket))
    elif ticket is None or ticket.first:
        await _begin(websocket, calls, ticket)
    elif calls.fleet is None:
        await come_back(websocket, calls, ticket)
    else:
        await _go_on(websocket, calls, ticket)


def _without_room(websocket: WebSocket, path: str, ticket: Ticket | None) -> Refusal | None:
    """Decide whether there is room for a stream: a call that is here has a place, and others come back to theirs."""
    calls: Calls = websocket.app.state.calls
    admission: Admission = websocket.app.state.admission
    call_id = websocket.path_params.get("call_id", "")
    if call_id and calls.find(call_id) is not None:
        return admission.twilio(websocket, path, ())
    if ticket is not None and not ticket.first:
        return admission.phone_back(websocket, path)
    return admission.phone(websocket, path)


async def _is_good(calls: Calls, ticket: Ticket) -> bool:
    """Return whether a ticket may begin a call, or go on with one, as far as one can tell."""
    if not ticket.first:
        return calls.fleet is not None or calls.find(ticket.call) is not None
    if calls.find(ticket.call) is not None:
        return False
    return calls.fleet is None or await calls.fleet.look(ticket.call, 0) in (Reason.UNKNOWN, Reason.UNREACHABLE)


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
            line, idle = Line(socket, started, call.too_slow), calls.settings.idle
            reach = Reach.TELEPHONE if ticket is not None else Reach.NOBODY
            comes_back = ticket is not None and calls.fleet is not None
            await PhoneCall(line, call, idle=idle, reach=reach, comes_back=comes_back).hold()
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
            line, idle = Line(socket, started, call.too_slow), calls.settings.idle
            reach = Reach.TELEPHONE
            await PhoneCall(line, call, idle=idle, reach=reach, comes_back=True, before=before).hold(resumed=True)
    except NotResumed as error:  # the phone call asks once more, and is told
        log.warning("phone call not resumed", call=ticket.call, reason=error.refusal.message)
    finally:
        await socket.close()
