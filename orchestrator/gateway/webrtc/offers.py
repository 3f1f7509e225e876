"""What a caller sends to `POST /v1/realtime/calls`: an SDP offer, alone or with a session object. Sans-I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.protocol.bounds import check_size

SDP = "application/sdp"
FORM = "multipart/form-data"
LONGEST = 32_768  # characters of an offer: four times what a browser sends
MOST_MEDIA, MOST_CANDIDATES = 8, 32  # sections of an offer, and addresses that are tried, the first of them
MID = re.compile(r"^a=mid:(\S*)", re.MULTILINE)
CANDIDATE = re.compile(r"^a=candidate:[^\n]*\n", re.MULTILINE)
MOST_PARTS = 8
BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
NAME = re.compile(rb'^content-disposition:[^\r\n]*;[ \t]*name="?([^";\r\n]*)', re.IGNORECASE | re.MULTILINE)


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
    """Return the parts of a form by their names; one that was cut is read as far as it goes."""
    found = BOUNDARY.search(content_type)
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1") if found else b""
    body = b"\r\n" + body
    if not found or body.count(delimiter) > MOST_PARTS + 1:  # with the one at the end
        message = f"The form has no boundary, or more than {MOST_PARTS} parts. Send the parts 'sdp' and 'session'."
        raise CallerError(message, code="invalid_offer", param="sdp")
    parts: dict[str, bytes] = {}
    for part in body.split(delimiter)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        if (name := NAME.search(head)) is not None:
            parts[name[1].decode("latin-1")] = content
    return parts


def _sdp(body: bytes) -> str:
    text = body.decode(errors="replace")
    if not text.startswith("v=0"):
        raise CallerError("The request contains no SDP offer.", code="invalid_offer", param="sdp")
    if len(text) > LONGEST or text.count("\nm=") > MOST_MEDIA:
        message = f"The SDP offer is longer than {LONGEST} characters, or has more than {MOST_MEDIA} media."
        raise CallerError(message, code="invalid_offer", param="sdp")
    mids = MID.findall(text)
    if "" in mids or len(set(mids)) < len(mids):  # the library would fail over it when it connects
        raise CallerError("Two media of the SDP offer share an a=mid.", code="invalid_offer", param="sdp")
    few = iter(range(MOST_CANDIDATES))
    text = CANDIDATE.sub(lambda found: found[0] if next(few, None) is not None else "", text)
    return text if text.endswith("\n") else f"{text}\r\n"


def _session(body: bytes | None) -> dict[str, Any]:
    if body is None:
        return {}
    try:
        text = body.decode()
        check_size(text)
        session = json.loads(text)
    except (ValueError, RecursionError):
        session = None
    if not isinstance(session, dict):
        raise CallerError("The part 'session' is not a JSON object.", code="invalid_json", param="session")
    return session
