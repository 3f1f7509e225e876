"""Which worker a request is for: its first line says whether it is about an open call, joins one, or may begin one."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote_to_bytes

from orchestrator.protocol.ids import ALPHABET

FIRST_LINE = 8192  # bytes of it that are looked at
ABOUT_CALL = re.compile(rb"/+calls/+(?:sess|rtc)_(\w)[^/]*(?:/|$)", re.ASCII)
SOCKET, OFFER = re.compile(rb"/realtime/*$"), re.compile(rb"/realtime/+calls/*$")
CALL_ID = re.compile("(?:sess|rtc)_(.)", re.DOTALL)
BEGINS = re.compile(rb"(?:GET [^ ?]*/(?:realtime|stream|ws(?:/[^ ?]*)?)|POST [^ ?]*/calls)/*[ ?]")
# mahilo's clients share one call, so that all of them, and questions about it, go to one worker.
MAHILO = re.compile(rb"/(?:ws(?:/.*)?|messages|conversations/.*)$", re.DOTALL)


def worker_of(request: bytes, count: int) -> int | None:
    """Return the worker that holds the call named in the first line of a request: by its path, or by its query.

    A socket beside the caller names it with `?call_id=`, and whoever joins it as another caller with `?call=`. The
    clients of mahilo name none, and share one: it is with the first worker.
    """
    words = request.partition(b"\n")[0].split(b" ")
    path, _, query = (words[1] if len(words) > 1 else b"").partition(b"?")
    path = unquote_to_bytes(path)
    letter = ""
    if found := ABOUT_CALL.search(path):
        letter = found[1].decode()
    elif (socket := SOCKET.search(path)) or OFFER.search(path):
        asked = parse_qs(query.decode("latin-1"))
        name = "call_id" if socket and "call_id" in asked else "call"
        known = CALL_ID.match(asked.get(name, [""])[-1])
        letter = known[1] if known else ""
    elif MAHILO.search(path):
        return 0
    at = ALPHABET.find(letter) if letter else -1
    return at if 0 <= at < count else None


def starts_call(request: bytes) -> bool:
    """Return whether a request may begin a call, by its first line."""
    return BEGINS.match(request) is not None and b"call_id=" not in request.partition(b"\n")[0]
