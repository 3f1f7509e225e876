"""What the core asks for: imperative, frozen, no behaviour. Each effect names the Realtime event it becomes.

An effect that names no session is for the caller, a tool or the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core.events import CallerSettings, Ending
from orchestrator.core.ids import SessionId, Timer

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OnSession:
    """An effect on an agent's session."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class OpenSession(OnSession):
    """Open the agent's session and configure it (`session.update`) before anything else is sent."""

    settings: CallerSettings
    variables: Json = field(default_factory=dict)
    model: int = 0  # which of the agent's models: 0 its own, then those to fall back on
    depth: int = 0  # of the consult that it is for: 0 is the caller's own conversation


@dataclass(frozen=True, slots=True)
class ConfigureSession(OnSession):
    """Configure an open session again (`session.update`)."""

    settings: CallerSettings
    variables: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReplaceSession(OnSession):
    """Put the session `successor` in the place of the agent's own, which is closed."""

    successor: SessionId


@dataclass(frozen=True, slots=True)
class CloseSession(OnSession):
    """Close the agent's session."""


@dataclass(frozen=True, slots=True)
class SendAudio(OnSession):
    """Forward one caller frame verbatim (`input_audio_buffer.append`)."""

    frame: str


@dataclass(frozen=True, slots=True)
class CommitAudio(OnSession):
    """End the caller's turn by hand (`input_audio_buffer.commit`)."""

    event_id: str | None = None  # of the caller's event: the session's refusal names it


@dataclass(frozen=True, slots=True)
class ClearAudio(OnSession):
    """Forget uncommitted caller audio (`input_audio_buffer.clear`)."""


@dataclass(frozen=True, slots=True)
class AddItem(OnSession):
    """Add an item to the agent's conversation (`conversation.item.create`)."""

    item: Json
    previous_item_id: str | None = None
    event_id: str | None = None  # of the caller's event: the session's refusal names it


@dataclass(frozen=True, slots=True)
class DeleteItem(OnSession):
    """Remove an item (`conversation.item.delete`)."""

    item_id: str


@dataclass(frozen=True, slots=True)
class RetrieveItem(OnSession):
    """Ask for an item (`conversation.item.retrieve`)."""

    item_id: str
    event_id: str | None = None  # of the caller's event: the session's refusal names it


@dataclass(frozen=True, slots=True)
class TruncateAudio(OnSession):
    """Cut what was not heard from an assistant item (`conversation.item.truncate`); `ms` of audio remain."""

    item_id: str
    ms: int


@dataclass(frozen=True, slots=True)
class SendFunctionOutput(OnSession):
    """Answer a function call (`conversation.item.create` with a `function_call_output` item)."""

    call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class RunHosted(OnSession):
    """Let the provider call a tool of a server (`conversation.item.create` with an `mcp_approval_response` item)."""

    request_id: str  # of the provider's question
    call_id: str  # ours
    name: str
    server: str
    arguments: str  # JSON text, as the model wrote it
    hidden: tuple[str, ...] = ()  # arguments whose values nobody is shown


@dataclass(frozen=True, slots=True)
class RefuseHosted(OnSession):
    """Do not let it (`conversation.item.create` with an `mcp_approval_response` item)."""

    request_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CreateResponse(OnSession):
    """Ask the agent to speak (`response.create`); `options` is the event's `response` object.

    `extra` holds instructions for this response that are put under the agent's own, because response-level instructions
    would replace them.
    """

    options: Json = field(default_factory=dict)
    extra: str = ""
    event_id: str | None = None  # of the caller's event: the session's refusal names it


@dataclass(frozen=True, slots=True)
class CancelResponse(OnSession):
    """Stop the agent's response (`response.cancel`)."""

    response_id: str | None = None


@dataclass(frozen=True, slots=True)
class PlayAudio:
    """Give the caller one audio frame verbatim (`response.output_audio.delta`)."""

    item_id: str
    frame: str


@dataclass(frozen=True, slots=True)
class StopPlayback:
    """Drop the audio that the caller's side has queued but not played (telephony `clear`)."""

    told: bool = (
        False  # nothing else makes a client that plays by itself stop: it is told (`output_audio_buffer.cleared`)
    )


@dataclass(frozen=True, slots=True)
class StartHold:
    """Begin a response that is the hold sound, with one item."""

    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class PlayHold:
    """Give the caller `ms` more of the hold sound (`response.output_audio.delta`)."""

    response_id: str
    item_id: str
    ms: int


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Give the caller the tones of some keys, as a response with one item; "w" is a pause."""

    response_id: str
    item_id: str
    keys: str


@dataclass(frozen=True, slots=True)
class TellWords:
    """Give the caller one frame of a transcript verbatim (`response.output_audio_transcript.delta`).

    The other fields are what the frame says.
    """

    response_id: str
    item_id: str
    content_index: int
    text: str
    frame: str


@dataclass(frozen=True, slots=True)
class TellCaller:
    """Give the caller one server event; the gateway fits it into the caller's one linear history."""

    payload: Json


@dataclass(frozen=True, slots=True)
class EndResponse:
    """Close a response that the caller saw begin and whose session will say no more of it (`response.done`)."""

    response_id: str
    status: str  # completed | cancelled | failed


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer a caller's event with an `error` event; the call goes on."""

    code: str
    message: str
    param: str | None = None
    event_id: str | None = None
    kind: str = "invalid_request_error"  # the error's `type`


@dataclass(frozen=True, slots=True)
class RunTool(OnSession):
    """Run one of the agent's tools; ends in `ToolReturned` or `ToolFailed` with the same function-call id."""

    call_id: str
    name: str
    arguments: str  # JSON text, as the model wrote it
    variables: Json = field(default_factory=dict)  # those that the agent may know, as they are when it calls
    hidden: tuple[str, ...] = ()  # arguments whose values nobody is shown


@dataclass(frozen=True, slots=True)
class CancelTool:
    """Stop a running tool; its result is no longer wanted."""

    call_id: str


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Feed `TimerExpired` to the core after `seconds`; starting a running timer restarts it."""

    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget a timer."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Announce:
    """Say what happened in the team, for the log and for callers that asked (`team.*` events)."""

    name: str  # "handoff.completed"
    fields: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndCall:
    """Close the caller's side."""

    ending: Ending
    reason: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to somebody outside, at a `tel:` or `sip:` address; what comes of it is an event.

    It rings for `seconds`; `brief` is what whoever answers is told before they are connected, "" for nothing.
    """

    agent: str
    address: str
    seconds: float
    brief: str


@dataclass(frozen=True, slots=True)
class StirSeats:
    """Tell the other seats of the call (`SeatsStirred`)."""


# What becomes a frame for an agent's session.
SessionFrame = (
    SendAudio
    | CommitAudio
    | ClearAudio
    | AddItem
    | DeleteItem
    | RetrieveItem
    | TruncateAudio
    | SendFunctionOutput
    | RunHosted
    | RefuseHosted
    | CreateResponse
    | CancelResponse
)
Effect = (
    SessionFrame
    | OpenSession
    | ConfigureSession
    | ReplaceSession
    | CloseSession
    | PlayAudio
    | StartHold
    | PlayHold
    | PressKeys
    | TellWords
    | StopPlayback
    | TellCaller
    | EndResponse
    | Refuse
    | RunTool
    | CancelTool
    | StartTimer
    | StopTimer
    | Announce
    | EndCall
    | Dial
    | StirSeats
)
