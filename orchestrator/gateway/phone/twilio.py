"""Twilio: `POST /twilio/voice`, which answers a phone call with TwiML, and `WS /twilio/stream`, which holds it.

Who calls here shows a signature of the account's (`signature`). Without the account's token only this machine may call,
and only a server that nobody else reaches: for trying it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl
from xml.sax.saxutils import quoteattr

import structlog
from fastapi import FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import Response
from starlette.requests import HTTPConnection

from orchestrator.gateway import auth, closing
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.phone.call import PhoneCall
from orchestrator.gateway.phone.twilio_signature import signed
from orchestrator.gateway.rest import bounded
from orchestrator.gateway.websocket import deny
from orchestrator.settings import Settings, is_loopback

VOICE, STREAM = "/twilio/voice", "/twilio/stream"
MOST_FIELDS = 500  # of a form
TOLD = ("From", "To", "CallSid")  # what Twilio says of a phone call that the stream does not say by itself
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BAD_SIGNATURE = "The X-Twilio-Signature is missing or wrong. Is ORCHESTRATOR_PUBLIC_URL the URL that Twilio calls?"
NO_TOKEN = (
    "Set ORCHESTRATOR_TWILIO_AUTH_TOKEN to take phone calls. Without it they are taken from this machine only, "
    "and only by a server without API keys."
)
BUSY = "<Say>All our lines are busy. Please call again later.</Say><Hangup/>"
Form = list[tuple[str, str]]
log = structlog.get_logger("orchestrator")


def add_twilio(app: FastAPI) -> None:
    """Add the two routes to the application."""
    app.add_api_route(VOICE, voice, methods=["POST"], response_model=None)
    app.add_api_websocket_route(STREAM, stream)


async def voice(request: Request) -> Response:
    """Say what to do with a phone call: connect it to the stream, or that all lines are busy."""
    calls: Calls = request.app.state.calls
    form = form_of(await bounded(request))
    if refused := refusal(request, calls.settings, VOICE, form):
        log.info("phone call refused", reason=refused)
        raise HTTPException(403, {"code": "forbidden", "message": refused})
    if busy := calls.busy():
        log.info("call refused", reason=busy[1])
        return twiml(BUSY)
    told = {name: value for name, value in form if name in TOLD}
    url = re.sub("^http", "ws", public_url(request, calls.settings)) + STREAM
    return twiml(connect(url, {**request.query_params, **told}))


async def stream(websocket: WebSocket) -> None:
    """Hold a phone call."""
    calls: Calls = websocket.app.state.calls
    if refused := refusal(websocket, calls.settings, STREAM):
        await deny(websocket, 403, closing.BAD_KEY, "forbidden", refused)
    elif busy := calls.busy():
        await deny(websocket, 503, *busy)
    else:
        phone = PhoneCall(websocket, calls)
        with calls.held(phone.line):
            await phone.hold()


def refusal(request: HTTPConnection, settings: Settings, path: str, form: Iterable[tuple[str, str]] = ()) -> str | None:
    """Return why a request is refused; None when it may call."""
    token = settings.twilio_auth_token
    if token is None:
        peer = request.client.host if request.client is not None else ""
        alone = is_loopback(settings.host) and not settings.api_keys and is_loopback(peer)
        return None if alone and not auth.foreign_page(request.headers, ()) else NO_TOKEN
    query = f"?{request.url.query}" if request.url.query else ""
    url = public_url(request, settings) + path + query
    given = request.headers.get("x-twilio-signature", "")
    right = signed(given, token.get_secret_value(), url, form, socket=path == STREAM)
    return None if right else BAD_SIGNATURE


def public_url(request: HTTPConnection, settings: Settings) -> str:
    """Return where Twilio reaches this server: as the settings say, else as this request did."""
    if settings.public_url:
        return settings.public_url
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    scheme = forwarded or request.url.scheme
    return f"{'https' if scheme in ('https', 'wss') else 'http'}://{request.headers.get('host', '')}"


def form_of(body: bytes) -> Form:
    """Read a form."""
    try:
        text = body.decode("ascii", errors="replace")
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, {"code": "invalid_value", "message": "The form has too many fields."}) from None


def connect(url: str, parameters: Mapping[str, str]) -> str:
    """Write the TwiML of a two-way stream."""
    told = "".join(f"<Parameter name={_quoted(name)} value={_quoted(value)}/>" for name, value in parameters.items())
    return f"<Connect><Stream url={_quoted(url)}>{told}</Stream></Connect>"


def twiml(verbs: str) -> Response:
    """Answer with TwiML."""
    return Response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>', media_type="application/xml")


def _quoted(text: str) -> str:
    return quoteattr(NOT_XML.sub("", text))
