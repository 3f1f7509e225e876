"""What a scripted session says, and how its server goes wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Say:
    """An assistant message: `text`, spoken in `ms` of audio."""

    text: str
    ms: int


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function call."""

    name: str
    arguments: str


def say(text: str, ms: int = 400) -> Say:
    """Make a spoken answer."""
    return Say(text, ms)


def call(name: str, arguments: str | None = None, **values: Any) -> FunctionCall:
    """Make a function call; `arguments` is raw text for what is not JSON."""
    return FunctionCall(name, json.dumps(values) if arguments is None else arguments)


@dataclass(slots=True)
class Reply:
    """One response: its output items, and how it goes wrong."""

    items: Sequence[Say | FunctionCall] = (Say("Okay.", 400),)
    held: bool = False  # stops before its last item until `session.release()`
    fails: str | None = None  # ends as failed, with this error code
    late_ms: int = 0  # audio that still comes after it was cancelled
    pace: float = 0.0  # times real time at which its audio comes; 0: all at once


@dataclass(slots=True)
class Faults:
    """How the server misbehaves; may be changed while it runs."""

    held: bool = False  # does not answer the handshake until `server.admit()`
    status: int | None = None  # answers the handshake with this HTTP status
    key: str | None = None  # expects this key, and complains after the handshake
    silent: bool = False  # never sends `session.created`
    never_updated: bool = False  # never answers `session.update`
    refuse_update: str | None = None  # answers it with this error code
    drop_at: str | None = None  # drops the socket when this client event comes
    stalled: bool = False  # stops reading after the session is configured
    transcription: str = "on"  # on (when the session asks for it), off, failed, held (until `session.transcribe()`)
    unknown_events: bool = False  # sends event types that nobody knows
    ignore_creates: int = 0  # so many `response.create` are not answered
    lasts: float = 3600.0  # seconds that a session lives; then it is ended as the service does it
