"""The TwiML that phone calls are answered with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from fastapi.responses import Response

VOICE, STREAM, STATUS = "/twilio/voice", "/twilio/stream", "/twilio/status"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HANG_UP = "<Hangup/>"
BUSY = "<Say>All our lines are busy. Please call again later.</Say>" + HANG_UP
LOST = "<Say>We are sorry, the connection was lost. Please call again.</Say>" + HANG_UP
NOTHING: Mapping[str, str] = MappingProxyType({})


def connect(base: str, ticket: str = "", parameters: Mapping[str, str] = NOTHING) -> str:
    """Connect a phone call to a two-way stream, at the server that Twilio reaches at `base`.

    `ticket` is for the call that the stream begins, or goes on with; "": there is none.
    """
    url = re.sub("^http", "ws", base) + STREAM + (f"/{ticket}" if ticket else "")
    told = f" statusCallback={_quoted(base + STATUS)}"
    inner = "".join(f"<Parameter name={_quoted(name)} value={_quoted(value)}/>" for name, value in parameters.items())
    return f"<Connect><Stream url={_quoted(url)}{told}>{inner}</Stream></Connect>"


def come_back(base: str, ticket: str, tries: int = 0) -> str:
    """Let a phone call ask again what is to become of it: whether it goes on with the next ticket."""
    query = urlencode({"resume": ticket, **({"tries": tries} if tries else {})})
    return f'<Redirect method="POST">{escape(f"{base}{VOICE}?{query}")}</Redirect>'


def later(base: str, ticket: str, tries: int) -> str:
    """Let a phone call ask again in a moment."""
    return '<Pause length="1"/>' + come_back(base, ticket, tries)


def twiml(verbs: str) -> Response:
    """Return TwiML as a response."""
    return Response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>', media_type="application/xml")


def _quoted(text: str) -> str:
    return quoteattr(NOT_XML.sub("", text))
