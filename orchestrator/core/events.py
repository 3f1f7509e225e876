"""What happened: past tense, frozen, no behaviour. Each event names the Realtime event it comes from.

Caller events come from the caller's transport, session events from the session that `session` names.
`payload` is the server event as the session sent it, to be shown to the caller; the core reads only the named
fields. `frame` is a whole JSON frame that is forwarded verbatim and never decoded here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orchestrator.core.away.events import AwayEvent, Reach
from orchestrator.core.ids import SessionId, Timer
from orchestrator.core.people.events import PersonEvent
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.core.tools.events import HostedEvent, ToolEvent

Json = Mapping[str, Any]


class Ending(StrEnum):
    """How a call ends. What a transport makes of it, a close code above all, is the gateway's table."""

    LEFT = "left"  # the caller hung up, or the application did
    FINISHED = "finished"  # the agent that had the caller ended it
    SILENCE = "silence"  # nobody has spoken for too long
    IDLE = "idle"  # nothing came from the caller's transport for too long
    TOO_LONG = "too long"  # the call reached its time limit
    SPENT = "spent"  # the call used up its tokens or its money
    TOO_SLOW = "too slow"  # the caller's transport does not read
    TOO_BIG = "too big"  # the caller sent a frame that is too large
    BETA = "beta"  # the caller's client speaks the beta version of the protocol
    UNREACHABLE = "unreachable"  # no session of the agent can be opened
    TRANSFERRED = "transferred"  # the caller was connected to somebody outside
    SHUTTING_DOWN = "shutting down"  # the server is stopping
    FAILED = "failed"  # an internal error


@dataclass(frozen=True, slots=True)
class CallerSettings:
    """What the caller's `session.update` has set so far; it holds for every agent's session of the call."""

    session: Json = field(default_factory=dict)  # merged keys that are passed on: audio formats, turn detection …
    tools: tuple[Json, ...] = ()  # the caller's own function tools, offered to every agent
    instructions: str = ""  # extra instructions, appended to the agents' own
    modalities: tuple[str, ...] = ("audio",)  # `output_modalities`


# --- from the caller ---


@dataclass(frozen=True, slots=True)
class CallerJoined:
    """A caller's transport is connected, which knows `variables`; the team's `before`, called `by`, has set `found`."""

    settings: CallerSettings = field(default_factory=CallerSettings)
    variables: Json = field(default_factory=dict)
    found: Json = field(default_factory=dict)
    by: str | None = None
    reach: Reach = Reach.NOBODY  # who can connect them to somebody outside


@dataclass(frozen=True, slots=True)
class CallerSpoke:
    """`input_audio_buffer.append`; `ms` of audio, in the call's input format."""

    frame: str
    ms: float


@dataclass(frozen=True, slots=True)
class CallerCommitted:
    """`input_audio_buffer.commit`."""

    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallerCleared:
    """`input_audio_buffer.clear`."""


@dataclass(frozen=True, slots=True)
class CallerTyped:
    """`conversation.item.create` with a message; `item` carries an `id` (ours when the caller gave none)."""

    item: Json
    previous_item_id: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallerAnswered:
    """`conversation.item.create` with a `function_call_output`: the answer of one of the caller's own tools."""

    item: Json
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallerAsked:
    """`response.create`; `options` is its `response` object."""

    options: Json = field(default_factory=dict)
    event_id: str | None = None
    patient: bool = False  # asked for by a telephone's keys: it waits for its turn, where the service would refuse


@dataclass(frozen=True, slots=True)
class CallerInterrupted:
    """`response.cancel`, or a transport that noticed the barge-in itself."""

    response_id: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallerPressed:
    """A key of the caller's telephone was pressed into what they hear; what it says is a `CallerTyped` of its own."""


@dataclass(frozen=True, slots=True)
class CallerTruncated:
    """`conversation.item.truncate`: the caller heard `ms` of the item."""

    item_id: str
    ms: int
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallerDeleted:
    """`conversation.item.delete`."""

    item_id: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallerRetrieved:
    """`conversation.item.retrieve`."""

    item_id: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallerConfigured:
    """`session.update`, accepted and merged by the gateway."""

    settings: CallerSettings


@dataclass(frozen=True, slots=True)
class CallerReferred:
    """The caller's application moves the caller to another agent (`POST /v1/realtime/calls/{call_id}/refer`)."""

    agent: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller's transport is gone, or is being closed from our side."""

    reason: str = "hang-up"
    ending: Ending = Ending.LEFT


# --- from an agent's session ---


@dataclass(frozen=True, slots=True)
class OfSession:
    """An event of an agent's session."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class OfItem(OfSession):
    """An event of a session that is about one item."""

    item_id: str
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionOpened(OfSession):
    """The session is open and configured (`session.updated`); the provider lets it live for `lasts` seconds."""

    lasts: float | None = None


@dataclass(frozen=True, slots=True)
class SessionLost(OfSession):
    """The session could not be opened, or ended without being asked to."""

    reason: str
    code: str = "closed"
    fatal: bool = False  # another try cannot help (key, model, quota, refused configuration)


@dataclass(frozen=True, slots=True)
class SpeechStarted(OfItem):
    """`input_audio_buffer.speech_started`."""


@dataclass(frozen=True, slots=True)
class SpeechStopped(OfItem):
    """`input_audio_buffer.speech_stopped`."""


@dataclass(frozen=True, slots=True)
class TurnCommitted(OfItem):
    """`input_audio_buffer.committed`: the caller's words are an item now."""


@dataclass(frozen=True, slots=True)
class TurnTranscribed(OfSession):
    """`conversation.item.input_audio_transcription.completed`, or `.failed` (then `text` is None)."""

    item_id: str
    text: str | None
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemReported(OfItem):
    """`conversation.item.added` or `.done`."""


@dataclass(frozen=True, slots=True)
class ResponseStarted(OfSession):
    """`response.created`."""

    response_id: str
    payload: Json = field(default_factory=dict)
    aside: bool = False  # out of band: `conversation: "none"`


@dataclass(frozen=True, slots=True)
class AudioProduced(OfSession):
    """`response.output_audio.delta`, `ms` long; the frame is not decoded."""

    response_id: str
    item_id: str
    ms: float
    frame: str


@dataclass(frozen=True, slots=True)
class TranscriptProduced(OfSession):
    """`response.output_audio_transcript.delta` or `response.output_text.delta`."""

    response_id: str
    item_id: str
    text: str
    payload: Json = field(default_factory=dict)
    content_index: int = 0
    frame: str = ""  # the whole event, where it can be forwarded verbatim; then there is no `payload`


@dataclass(frozen=True, slots=True)
class FunctionCalled(OfSession):
    """`response.output_item.done` with a completed `function_call` item."""

    response_id: str
    item_id: str
    call_id: str
    name: str
    arguments: str  # JSON text
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResponseProgressed(OfSession):
    """Any other event of a response (`response.*`, items that carry its output): only the caller cares."""

    response_id: str
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResponseFinished(OfSession):
    """`response.done`."""

    response_id: str  # "" when the service did not say: the one that runs
    status: str  # completed | cancelled | failed | incomplete
    error: str | None = None  # `status_details.error.code` of a failed response, or its `reason`
    usage: Json = field(default_factory=dict)
    cost: float = 0.0  # in US dollars
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestRefused(OfSession):
    """`error`: the session did not accept what was sent to it; the service's own words are in the payload only."""

    code: str
    message: str
    event_id: str | None = None
    param: str | None = None
    payload: Json = field(default_factory=dict)
    kind: str = "invalid_request_error"  # the error's `type`


@dataclass(frozen=True, slots=True)
class SessionReported(OfSession):
    """Any other server event (`rate_limits.updated` …): only the caller cares."""

    payload: Json = field(default_factory=dict)


# --- from tools and the clock ---


@dataclass(frozen=True, slots=True)
class Parting:
    """How a tool ends the call: with these words, else with the agent's own."""

    say: str = ""
    result: bool = False  # the tool returned something, which the agent has to tell first


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A tool finished; `variables` are those it set on the call.

    `transfer` moves the caller to another agent, `parting` ends the call.
    """

    call_id: str
    output: str
    variables: Json = field(default_factory=dict)
    transfer: CallerReferred | None = None
    parting: Parting | None = None


@dataclass(frozen=True, slots=True)
class ToolFailed:
    """A tool raised, timed out or could not take its arguments; `reason` is told to the model."""

    call_id: str
    reason: str
    ran: bool = True  # it was begun; not so when it could not take its arguments


@dataclass(frozen=True, slots=True)
class TimerExpired:
    """A timer that an effect started has run out."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class SeatsStirred:
    """Something has happened on another seat of the call that may matter here."""


# Held while no session listens, as audio is.
CallerAction = CallerTyped | CallerAnswered | CallerAsked | CallerCommitted | CallerCleared
CallerHeard = CallerInterrupted | CallerPressed | CallerTruncated | CallerDeleted | CallerRetrieved
CallerEvent = CallerJoined | CallerSpoke | CallerAction | CallerHeard | CallerConfigured | CallerReferred | CallerLeft
SessionSaid = (
    SpeechStarted
    | SpeechStopped
    | TurnCommitted
    | TurnTranscribed
    | ItemReported
    | ResponseStarted
    | AudioProduced
    | TranscriptProduced
    | FunctionCalled
    | ResponseProgressed
    | ResponseFinished
    | RequestRefused
    | SessionReported
    | HostedEvent
)
SessionEvent = SessionOpened | SessionLost | SessionSaid
Elsewhere = SeatsStirred | CallTakenOver | AwayEvent
Event = CallerEvent | PersonEvent | SessionEvent | ToolReturned | ToolFailed | ToolEvent | TimerExpired | Elsewhere
