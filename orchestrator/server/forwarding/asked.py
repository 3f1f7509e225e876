"""Which open call a request is about: by its path, or by its query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlencode

from starlette.types import Scope

CALL_ID = re.compile(r"(?:sess|rtc)_\w{1,60}", re.ASCII)
ACTED_ON = re.compile(r"/v1/realtime/calls/([^/]+)/(?:hangup|refer)")
ON_TELEPHONE = re.compile(r"/twilio/calls/([^/]+)/(?:next|brief)")
RECORDED = re.compile(r"/v1/calls/([^/]+)(?:/lines|(/audio))?")
SOCKET, OFFER = "/v1/realtime", "/v1/realtime/calls"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about."""

    call: str
    recorded: bool = False  # it is about the record, which nodes may have in common
    or_here: bool = False  # any node can answer if the one that holds the call does not
    sound: bool = False  # about the recording of it, which lies where the call was


def asked(scope: Scope) -> Asked | None:
    """Return what a request is about; None if it is about no open call, or begins or resumes one.

    The path is one of the spellings that `Addresses` leads to.
    """
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if scope["type"] == "websocket":
        return _named(scope, *(("call_id", "call") if path == SOCKET else ()))
    if path == OFFER:
        return _named(scope, "call")
    if found := ACTED_ON.fullmatch(path):
        return Asked(found[1]) if CALL_ID.fullmatch(found[1]) else None
    if found := ON_TELEPHONE.fullmatch(path):
        return Asked(found[1], or_here=True) if CALL_ID.fullmatch(found[1]) else None
    if (found := RECORDED.fullmatch(path)) and CALL_ID.fullmatch(found[1]):
        return Asked(found[1], recorded=True, sound=bool(found[2]))
    return None


def is_desk(scope: Scope) -> bool:
    """Return whether somebody is to work at the desk."""
    if scope["type"] != "websocket" or scope["path"].removeprefix(scope.get("root_path", "")) != SOCKET:
        return False
    return "desk" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def call_of_desk(scope: Scope) -> str:
    """Return the call that a worker comes for; "" if they come for all."""
    query: dict[str, list[str]] = parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("call_id", [""])[-1]


def without_call(scope: Scope) -> Scope:
    """Return a worker's request as one for all calls."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in query if name != "call_id"])
    return {**scope, "query_string": kept.encode("latin-1")}


def _named(scope: Scope, *names: str) -> Asked | None:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if "resume" in query or "desk" in query:
        return None  # the call comes here, or all calls are meant
    call = next((query[name][-1] for name in names if name in query), "")
    return Asked(call) if CALL_ID.fullmatch(call) else None
