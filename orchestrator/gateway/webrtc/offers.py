"""What a caller sends to `POST /v1/realtime/calls`: an SDP offer, alone or with a session object. Sans-I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from orchestrator.errors import CallerError

SDP = "application/sdp"
FORM = "multipart/form-data"
LONGEST = 65_536  # characters of an offer: ten times what a browser sends; it bounds the addresses that are tried


@dataclass(frozen=True, slots=True)
class Offer:
    """A caller's offer to connect."""

    sdp: str
    session: Mapping[str, Any] = field(default_factory=dict)  # in force from the first event on


def read_offer(content_type: str, body: bytes) -> Offer:
    """Parse a request body; raises `CallerError` naming the part that is wrong."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == SDP:
        return Offer(_sdp(body))
    if kind != FORM:
        message = f"Send the offer as {SDP}, or as {FORM} with the parts 'sdp' and 'session'."
        raise CallerError(message, code="invalid_content_type")
    parts = _parts(content_type, body)
    return Offer(_sdp(parts.get("sdp", b"")), _session(parts.get("session")))


def _parts(content_type: str, body: bytes) -> dict[str, bytes]:
    whole: Message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts: dict[str, bytes] = {}
    for part in whole.get_payload() if whole.is_multipart() else ():
        if isinstance(part, Message):
            name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(content, bytes):
                parts[name] = content
    return parts


def _sdp(body: bytes) -> str:
    text = body.decode(errors="replace")
    if not text.startswith("v=0"):
        raise CallerError("The request contains no SDP offer.", code="invalid_offer", param="sdp")
    if len(text) > LONGEST:
        message = f"The SDP offer is longer than {LONGEST} characters."
        raise CallerError(message, code="invalid_offer", param="sdp")
    return text if text.endswith("\n") else f"{text}\r\n"


def _session(body: bytes | None) -> dict[str, Any]:
    if body is None:
        return {}
    try:
        session = json.loads(body)
    except (ValueError, RecursionError):
        session = None
    if not isinstance(session, dict):
        raise CallerError("The part 'session' is not a JSON object.", code="invalid_json", param="session")
    return session
