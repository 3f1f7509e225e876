"""The TwiML that phone calls are answered with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from fastapi.responses import Response

from orchestrator.core.effects import Dial

VOICE, STREAM, STATUS = "/twilio/voice", "/twilio/stream", "/twilio/status"
CALLS = "/twilio/calls"  # what is about one call of ours, and goes to whoever holds it
NUMBER = re.compile(r"\+[1-9][0-9]{1,14}")
MOST_RINGS = 600  # seconds that Twilio lets a telephone ring
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HANG_UP = "<Hangup/>"
BUSY = "<Say>All our lines are busy. Please call again later.</Say>" + HANG_UP
LOST = "<Say>We are sorry, the connection was lost. Please call again.</Say>" + HANG_UP
# Language → what Twilio calls it.
LANGUAGES = {"en": "en-US", "de": "de-DE", "es": "es-ES", "fr": "fr-FR", "it": "it-IT", "zh": "zh-CN"}
NOTHING: Mapping[str, str] = MappingProxyType({})


def next_path(call: str) -> str:
    """Return the path at which a phone call asks whoever holds its call what is next."""
    return f"{CALLS}/{call}/next"


def brief_path(call: str) -> str:
    """Return the path at which is asked what somebody outside, who has answered, is told."""
    return f"{CALLS}/{call}/brief"


def connect(base: str, ticket: str = "", parameters: Mapping[str, str] = NOTHING, *, path: str = STREAM) -> str:
    """Connect a phone call to a two-way stream, at the server that Twilio reaches at `base`.

    `ticket` is for the call that the stream begins, or goes on with; "": there is none.
    """
    url = re.sub("^http", "ws", base) + path + (f"/{ticket}" if ticket else "")
    told = f" statusCallback={_quoted(base + STATUS)}"
    inner = "".join(f"<Parameter name={_quoted(name)} value={_quoted(value)}/>" for name, value in parameters.items())
    return f"<Connect><Stream url={_quoted(url)}{told}>{inner}</Stream></Connect>"


def come_back(base: str, ticket: str, tries: int = 0, *, path: str = VOICE) -> str:
    """Let a phone call ask again what is to become of it: whether it goes on with the next ticket."""
    query = urlencode({"resume": ticket, **({"tries": tries} if tries else {})})
    return f'<Redirect method="POST">{escape(f"{base}{path}?{query}")}</Redirect>'


def later(base: str, ticket: str, tries: int, *, path: str = VOICE) -> str:
    """Let a phone call ask again in a moment."""
    return '<Pause length="1"/>' + come_back(base, ticket, tries, path=path)


def dial(base: str, call: str, ticket: str, dialled: Dial, *, caller: str, called: str) -> str:
    """Connect a phone call to somebody outside; whoever answers is briefed first, and then Twilio asks what is next.

    They see the number of the caller; of one who hides it, or calls by SIP, the number that was called.
    """
    query = urlencode({"resume": ticket})
    action, brief = (_quoted(f"{base}{path}?{query}") for path in (next_path(call), brief_path(call)))
    shown = next((f" callerId={_quoted(number)}" for number in (caller, called) if NUMBER.fullmatch(number)), "")
    rings = max(1, min(round(dialled.seconds), MOST_RINGS))
    address = dialled.address.removeprefix("tel:")
    noun = "Number" if address != dialled.address else "Sip"
    inner = f'<{noun} url={brief} method="POST">{escape(address)}</{noun}>'
    return f'<Dial action={action} method="POST" timeout="{rings}" answerOnBridge="true"{shown}>{inner}</Dial>'


def say(words: str, language: str | None) -> str:
    """Read words out, in the team's language if Twilio has a voice for it; "" for no words."""
    if not words:
        return ""
    spoken = LANGUAGES.get((language or "").partition("-")[0])
    attribute = f" language={_quoted(spoken)}" if spoken else ""
    return f"<Say{attribute}>{escape(NOT_XML.sub('', words))}</Say>"


def twiml(verbs: str) -> Response:
    """Return TwiML as a response."""
    return Response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>', media_type="application/xml")


def _quoted(text: str) -> str:
    return quoteattr(NOT_XML.sub("", text))
