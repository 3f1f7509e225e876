"""Twilio: `POST /twilio/voice`, which answers a phone call with TwiML, and `WS /twilio/stream`, which holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl
from xml.sax.saxutils import quoteattr

from fastapi import FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import Response

from orchestrator.gateway import closing
from orchestrator.gateway.admission import Admission
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.phone.call import PhoneCall, started
from orchestrator.gateway.phone.twilio_signature import public_url
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.rest import bounded, http_error
from orchestrator.gateway.websocket import close, deny
from orchestrator.protocol.audio import PCMU

VOICE, STREAM = "/twilio/voice", "/twilio/stream"
MOST_FIELDS = 500  # of a form
PASSED_ON = ("From", "To", "CallSid")  # what Twilio says about a phone call, and the stream does not say by itself
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BUSY = "<Say>All our lines are busy. Please call again later.</Say><Hangup/>"
Form = list[tuple[str, str]]


def add_twilio(app: FastAPI) -> None:
    """Add the two routes to the application."""
    app.add_api_route(VOICE, voice, methods=["POST"], response_model=None)
    app.add_api_websocket_route(STREAM, stream)


async def voice(request: Request) -> Response:
    """Answer a phone call: connect it to the stream, or say that all lines are busy."""
    calls: Calls = request.app.state.calls
    admission: Admission = request.app.state.admission
    form = form_of(await bounded(request))
    if refusal := admission.phone(request, VOICE, form):
        if refusal.busy:
            return twiml(BUSY)
        raise http_error(refusal)
    known = {name: value for name, value in form if name in PASSED_ON}
    served = admission.dialled({**request.query_params, **known}, request)
    if isinstance(served, Refusal):
        raise http_error(served)
    url = re.sub("^http", "ws", public_url(request, calls.settings.public_url)) + STREAM
    return twiml(connect(url, {**request.query_params, **known}))


async def stream(websocket: WebSocket) -> None:
    """Hold a phone call."""
    calls: Calls = websocket.app.state.calls
    admission: Admission = websocket.app.state.admission
    if refusal := admission.phone(websocket, STREAM):
        await deny(websocket, refusal)
        return
    begun = await started(websocket)
    if begun is None:
        return
    served = admission.dialled(begun.parameters, websocket)
    if isinstance(served, Refusal):
        await close(websocket, served.close, closing.plain(served.message))
        return
    with calls.open("rtc_", served, media=PCMU) as call:
        await PhoneCall(websocket, call, begun, idle=calls.settings.idle).hold()


def form_of(body: bytes) -> Form:
    """Read a form; a body that is not one has no fields."""
    try:
        text = body.decode("ascii", errors="replace")
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, {"code": "invalid_value", "message": "The form has too many fields."}) from None


def connect(url: str, parameters: Mapping[str, str]) -> str:
    """Write the TwiML that connects a phone call to a two-way stream."""
    inner = "".join(f"<Parameter name={_quoted(name)} value={_quoted(value)}/>" for name, value in parameters.items())
    return f"<Connect><Stream url={_quoted(url)}>{inner}</Stream></Connect>"


def twiml(verbs: str) -> Response:
    """Return TwiML as a response."""
    return Response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>', media_type="application/xml")


def _quoted(text: str) -> str:
    return quoteattr(NOT_XML.sub("", text))
