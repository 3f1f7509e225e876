"""What a caller sends to `POST /v1/realtime/calls`: an SDP offer, alone or with a session object. Sans-I/O."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.protocol.bounds import check_size

SDP = "application/sdp"
FORM = "multipart/form-data"
LONGEST = 32_768  # characters of an offer: four times what a browser sends
MOST_MEDIA, MOST_CANDIDATES = 8, 32  # sections of an offer, and addresses that are tried, the first of them
MID, CANDIDATE = "a=mid", "a=candidate"
# Lines of one attribute that the library is given: it compares some with all of another. Feedback is about video.
MOST_LINES = 128
MOST: Mapping[str, int] = {CANDIDATE: MOST_CANDIDATES, "a=rtcp-fb": 0}
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
    lines = text.splitlines()  # as the library does it, for which more than SDP says ends a line
    if len(text) > LONGEST or sum(line.startswith("m=") for line in lines) > MOST_MEDIA:
        message = f"The SDP offer is longer than {LONGEST} characters, or has more than {MOST_MEDIA} media."
        raise CallerError(message, code="invalid_offer", param="sdp")
    mids = [line.partition(":")[2].strip() for line in lines if _attribute(line) == MID]
    if "" in mids or len(set(mids)) < len(mids):  # the library would fail over it when it connects
        raise CallerError("Two media of the SDP offer share an a=mid.", code="invalid_offer", param="sdp")
    return "".join(f"{line}\r\n" for line in _needed(lines))


def _attribute(line: str) -> str:
    return line.partition(":")[0]


def _needed(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of an offer that are needed, and not too many of them."""
    count: Counter[str] = Counter()
    for line in lines:
        name = _attribute(line)
        if name == CANDIDATE and any(word.lower().endswith(".local") for word in line.split()):
            continue  # only multicast DNS resolves it, in seconds; the browser connects to us, so it is not needed
        count[name] += 1
        if count[name] <= MOST.get(name, MOST_LINES):
            yield line


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
