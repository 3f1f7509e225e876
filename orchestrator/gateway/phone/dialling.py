"""A phone call is connected to somebody outside, and comes back if nobody answers.

    POST /twilio/calls/{call_id}/next     after a stream: whom to call; after that: whether the call goes on here
    POST /twilio/calls/{call_id}/brief    somebody has answered: what they are told before they are connected

Without a cluster, the streams of such a call are below the same path (`twilio`).

The path names our call, so that in a cluster, and among several workers, whoever holds the call is asked. Where a node
is gone, any other answers `next`: the call is taken over, and its caller is told that nobody was reached.
"""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import Response

from orchestrator.core.away.events import OutsideAnswered, OutsideEnded, Status
from orchestrator.gateway.admission import Admission
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.phone.asking import base_of, form_of, returning_of, tries_of
from orchestrator.gateway.phone.call import PhoneCall
from orchestrator.gateway.phone.line import Line
from orchestrator.gateway.phone.stream_socket import StreamSocket
from orchestrator.gateway.phone.tickets import Ticket
from orchestrator.gateway.phone.twiml import HANG_UP, LOST, brief_path, dial, next_path, say, twiml
from orchestrator.gateway.rest import bounded, http_error
from orchestrator.gateway.resuming.continuing import NotResumed, take_over
from orchestrator.gateway.resuming.orphans import end

# What Twilio says of a phone call that is over: whoever was called, the caller has hung up.
OVER = frozenset({"completed", "canceled", "failed", "busy", "no-answer"})
LONGEST_SECONDS = 6  # digits
log = structlog.get_logger("orchestrator")


def add_dialling(app: FastAPI) -> None:
    """Add the routes to the application."""
    app.add_api_route(next_path("{call_id}"), next_, methods=["POST"], response_model=None)
    app.add_api_route(brief_path("{call_id}"), brief, methods=["POST"], response_model=None)


async def next_(request: Request, call_id: str) -> Response:
    """Say what is next for a phone call: to call somebody, to go on with the call, or to hang up."""
    said, ticket = await _asked(request, call_id, next_path(call_id), "CallSid")
    if ticket is None:
        return twiml(LOST)
    calls: Calls = request.app.state.calls
    admission: Admission = request.app.state.admission
    phone, ended = phone_of(calls, call_id), outcome(said)
    if ended is None and phone is not None and phone.dialled is not None:
        log.info("caller is connected", call=call_id, agent=phone.dialled.agent)
        numbers = {"caller": said.get("From", ""), "called": said.get("To", "")}
        return twiml(dial(base_of(request), call_id, request.query_params["resume"], phone.dialled, **numbers))
    returning = returning_of(request, dials=True)
    if ended is not None:
        log.info("caller was connected", call=call_id, status=ended.status.value, seconds=ended.seconds)
        if phone is not None:
            phone.call.feed(ended)
        if ended.gone or ended.status is Status.COMPLETED:
            if phone is None:
                await _end(calls, ticket, ended)
            return twiml(HANG_UP)
    if calls.fleet is None and phone is not None and phone.dialled is not None:
        return twiml(returning.stream(ticket))
    written, sid = request.query_params["resume"], said.get("CallSid", "")
    open_here = admission.room_to_come_back() is None
    return twiml(await returning.answer(written, sid, tries_of(request), open_here=open_here))


async def brief(request: Request, call_id: str) -> Response:
    """Say what somebody outside is told who has answered."""
    _, ticket = await _asked(request, call_id, brief_path(call_id), "ParentCallSid")
    calls: Calls = request.app.state.calls
    phone = phone_of(calls, call_id) if ticket is not None else None
    if phone is None or phone.dialled is None:
        return twiml("")
    phone.call.feed(OutsideAnswered())
    return twiml(say(phone.dialled.brief, phone.call.version.team.language))


async def come_back(websocket: WebSocket, calls: Calls, ticket: Ticket) -> None:
    """Go on with a call of this process on another stream, since nobody outside has answered."""
    socket = StreamSocket(websocket)
    started, phone = await socket.start(), phone_of(calls, ticket.call)
    if started is not None and phone is not None and phone.dialled is not None and ticket.is_of(started.call):
        await phone.come_back(Line(socket, started, phone.call.too_slow))
    await socket.close()


def phone_of(calls: Calls, call_id: str) -> PhoneCall | None:
    """Return an open call of this process that is on a telephone."""
    call = calls.find(call_id)
    transport = call.caller.transport if call is not None else None
    return transport if isinstance(transport, PhoneCall) else None


def outcome(said: dict[str, str]) -> OutsideEnded | None:
    """Return how a telephone call to somebody outside ended, as Twilio says; None if it says nothing of one."""
    word, seconds = said.get("DialCallStatus"), said.get("DialCallDuration", "")
    if word is None:
        return None
    status = Status(word) if word in set(Status) else Status.COMPLETED if word == "answered" else Status.FAILED
    talked = float(seconds) if seconds.isdecimal() and seconds.isascii() and len(seconds) <= LONGEST_SECONDS else 0.0
    return OutsideEnded(status, talked, gone=said.get("CallStatus") in OVER)


async def _asked(request: Request, call_id: str, path: str, sid: str) -> tuple[dict[str, str], Ticket | None]:
    """Return what Twilio says, and the ticket of the phone call whose id is in a field; raises the HTTP error."""
    admission: Admission = request.app.state.admission
    form = form_of(await bounded(request))
    if refusal := admission.twilio(request, path, form):
        raise http_error(refusal)
    said = dict(form)
    ticket = returning_of(request).ticket(request.query_params.get("resume", ""))
    good = ticket is not None and not ticket.first and ticket.call == call_id and ticket.is_of(said.get(sid, ""))
    if not good:
        log.info("phone call not resumed", call_sid=said.get(sid), reason="the ticket is not one of its own")
    return said, ticket if good else None


async def _end(calls: Calls, ticket: Ticket, ended: OutsideEnded) -> None:
    """End a call whose node is gone, or has left it, with what came of the telephone call."""
    if calls.fleet is None:
        return
    try:
        taken = await take_over(calls, calls.fleet.token(ticket.call, ticket.stream - 1))
    except NotResumed as error:
        log.info("call not ended", call=ticket.call, reason=error.refusal.message)
    else:
        await end(calls, taken.claimed, ended)
