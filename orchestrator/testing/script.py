"""What the scripted server says and hears, and how it misbehaves: everything that a test decides."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Say:
    """An assistant message: `text`, spoken in `ms` of audio."""

    text: str
    ms: int


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function call; `arguments` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class McpCall:
    """A call of a tool of an MCP server by the service; `arguments` is JSON text."""

    server: str  # its label
    name: str
    arguments: str
    output: str = ""
    error: Mapping[str, Any] | None = None  # as the item has it: `{"type": "http_error", "code": 502, …}`
    held: bool = False  # it begins, and never ends
    unreported: bool = False  # it ends, and the item with the result does not come


def say(text: str, ms: int = 400) -> Say:
    """Make an assistant message, spoken in `ms` milliseconds."""
    return Say(text, ms)


def call(name: str, arguments: str | None = None, **values: Any) -> FunctionCall:
    """Make a function call from the values of its arguments, or from raw `arguments`, which need not be JSON."""
    return FunctionCall(name, json.dumps(values) if arguments is None else arguments)


def mcp(server: str, name: str, output: str = "", /, **values: Any) -> McpCall:
    """Make a call of a server's tool from the values of its arguments; see `McpCall` for one that fails."""
    return McpCall(server, name, json.dumps(values), output)


@dataclass(slots=True)
class Reply:
    """One response: its output items, and how it is delivered."""

    items: Sequence[Say | FunctionCall | McpCall] = (Say("Okay.", 400),)
    held: bool = False  # stop before the last item until the connection's `release()`
    fails: str | None = None  # end as `failed` with this error code
    late_ms: int = 0  # milliseconds of audio still sent after the response was cancelled
    pace: float = 0.0  # speed of its audio as a multiple of real time; 0: as fast as the client reads


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a response answers: the session that was asked, and the last item of its conversation."""

    model: str
    session: Mapping[str, Any]  # the session object
    options: Mapping[str, Any]  # the `response` of `response.create`; empty when turn detection began the response
    item: Mapping[str, Any]  # empty when the conversation is
    words: str  # of the item: its text, transcript or function output


# Answers a prompt for which no reply is scripted.
Brain = Callable[[Prompt], Reply]
# Transcribes 24 kHz PCM16.
Ears = Callable[[bytes], str]


@dataclass(slots=True)
class Faults:
    """How the server misbehaves; may be changed while it runs."""

    # In the handshake.
    held: bool = False  # leave it unanswered until `server.admit()`
    status: int | None = None  # answer it with this HTTP status
    # When the session opens.
    key: str | None = None  # accept only this API key; as in the service, the error follows the handshake
    silent: bool = False  # never send `session.created`
    never_updated: bool = False  # never answer `session.update`
    refuse_update: str | None = None  # answer `session.update` with this error code
    unknown_events: bool = False  # send event types that do not exist, after each `session.update`
    stalled: bool = False  # stop reading once the session is configured
    # Later.
    transcription: str = "on"  # on (if the session asks for it), off, failed, or held (until `transcribe()`)
    ignore_creates: int = 0  # leave this many `response.create` unanswered
    drop_at: str | None = None  # drop the connection when this client event arrives
    lasts: float = 3600.0  # seconds until the session expires
    unlisted: tuple[str, ...] = ()  # labels of MCP servers whose tools cannot be listed


class Script:
    """The replies that are waiting, what is heard, and the faults: shared by all sessions of a server."""

    def __init__(self, brain: Brain | None = None, ears: Ears | None = None) -> None:
        # Answers when no reply is scripted.
        self.brain = brain
        # Transcribes the caller's audio; None: audio is only measured.
        self.ears = ears
        # The transcript of a turn that the client commits, when there are no ears.
        self.words = "Hello."
        # Label of an MCP server → the names of its tools.
        self.servers: dict[str, Sequence[str]] = {}
        # How the server misbehaves.
        self.faults = Faults()
        # Model → replies that its sessions have still to give.
        self._replies: dict[str, deque[Reply]] = {}

    def add(self, model: str, reply: Reply) -> None:
        """Queue a reply for the sessions of a model."""
        self._replies.setdefault(model, deque()).append(reply)

    def answer(self, prompt: Prompt) -> Reply:
        """Take the model's next reply; when none is queued, ask the brain, or say something short."""
        if waiting := self._replies.get(prompt.model):
            return waiting.popleft()
        return self.brain(prompt) if self.brain else Reply()
