"""The caller as the running call sees it: what the call tells it becomes Realtime events and sound.

Implements the runner's `Caller`; nothing here blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.core.away.events import Reach
from orchestrator.core.effects import Dial, TellWords
from orchestrator.core.events import Ending
from orchestrator.errors import CallerError
from orchestrator.gateway import hold
from orchestrator.gateway.closing import BY_CODE, CODES
from orchestrator.gateway.desk.board import Entry
from orchestrator.gateway.hosted_tools import failed
from orchestrator.gateway.outbox import Close, Outbox
from orchestrator.gateway.projection import Projection
from orchestrator.gateway.session import SessionView
from orchestrator.protocol.frames import error_object
from orchestrator.records.audio import Recording

RESUME = "resume"  # the group of events of a caller who can come back
TRANSFER = "transfer"  # the group of a client that connects its caller to somebody outside by itself
FOR_DESK = frozenset({"person.brief", "person.message"})  # what is announced to persons, and to no caller
# What nobody is told: it is looked up, by who may.
FOR_RECORD = frozenset({"variables.set", "notice.started", "call.taken_over"})


class Transport:
    """How one caller is connected: where it hears the team. Every method returns at once."""

    reach = Reach.NOBODY  # who can connect the caller to somebody outside
    comes_back = False  # whether a caller comes back by themselves, without asking for events that tell how

    def play(self, item_id: str, frame: str) -> None:
        """Play the audio of a whole `response.output_audio.delta` frame."""

    def stop(self) -> None:
        """Drop the audio that was not heard yet, because the caller interrupts."""

    def playing(self) -> str | None:
        """Return the response that the caller's client may still be playing, where it plays by itself."""
        return None

    def event_sent(self, event: Mapping[str, Any]) -> None:
        """React to an event that is being sent to everyone who listens."""

    def dial(self, effect: Dial) -> None:
        """Connect the caller to somebody outside, after what they have still to hear; for `Reach.TELEPHONE` only."""

    def end(self, code: int, reason: str) -> None:
        """Hang up after what is queued, with a code of the close table; not for a transport that its outbox closes."""


class RealtimeCaller:
    """The caller's side of one call: the transport it hears, and the outboxes its events go to."""

    def __init__(
        self,
        *,
        view: SessionView,
        agents: Mapping[str, Mapping[str, Any]],
        entry: Entry,
        recording: Recording | None = None,
        conversation_id: str = "",
    ) -> None:
        # How the caller is connected; None before the call begins.
        self.transport: Transport | None = None
        # The groups that the caller asked for, whose outbox may be there only later.
        self.promised: frozenset[str] = frozenset()
        # What is kept of the sound; None: nothing.
        self.recording = recording
        # Outbox of each reader of the call's events → the groups of additional events that it asked for.
        self._outboxes: dict[Outbox, frozenset[str]] = {}
        # The caller's session object.
        self.view = view
        # The call on the board of those who work at the desk.
        self.entry = entry
        # The caller's one conversation.
        self.projection = Projection(conversation_id)
        # Agent → its session keys, to show the ones in force.
        self._agents = agents
        # How much of the hold sound was played, in milliseconds.
        self._hold_ms = 0
        # What the caller was told last of coming back, by the name of the event.
        self._of_resuming: dict[str, Mapping[str, Any]] = {}
        # How the call ended; None while it goes on.
        self._end: Close | None = None

    @property
    def comes_back(self) -> bool:
        """Whether the caller can come back when the connection is lost."""
        asked = any(RESUME in groups for groups in self._outboxes.values())
        return asked or (self.transport is not None and self.transport.comes_back)

    @property
    def reach(self) -> Reach:
        """Who can connect the caller to somebody outside."""
        if self.transport is not None and self.transport.reach is not Reach.NOBODY:
            return self.transport.reach
        asked = any(TRANSFER in groups for groups in (self.promised, *self._outboxes.values()))
        return Reach.CLIENT if asked else Reach.NOBODY

    def dial(self, effect: Dial) -> None:
        """Connect the caller to somebody outside: by their telephone, or by a client that has said that it can."""
        if self.transport is not None and self.transport.reach is Reach.TELEPHONE:
            self.transport.dial(effect)
            return
        fields = {"agent": effect.agent, "target": effect.address, "seconds": effect.seconds, "brief": effect.brief}
        frame = _write(self.projection.stamp({"type": "team.call.transfer", **fields}))
        for outbox, groups in self._outboxes.items():
            if TRANSFER in groups:
                outbox.put(frame)

    def kept(self) -> dict[str, Any] | None:
        """Return, as JSON could hold it, what another process has to know of the caller's side; None in a response."""
        projection = self.projection.kept()
        if projection is None:
            return None
        return {"projection": projection, "view": self.view.kept(), "entry": self.entry.kept()}

    def restore(self, kept: Mapping[str, Any], agent: str) -> None:
        """Know what another process has `kept`, when an agent had the caller."""
        self.projection.restore(kept["projection"])
        self.view.restore(kept["view"])
        self.entry.restore(kept["entry"])
        self.has_caller(agent)
        if self.recording is not None:
            self.recording.announced("handoff.completed", {"to": agent})

    def connected(self, transport: Transport) -> None:
        """Note how the caller is connected."""
        self.transport = transport

    def listen(self, outbox: Outbox, groups: frozenset[str]) -> None:
        """Send the call's events to an outbox from here on, beginning with `session.created`."""
        for event in (self._session("created"), *failed(self.view.mcp_servers.values())):
            outbox.put(_write(self.projection.stamp(event)))
        self._outboxes[outbox] = groups
        for name, fields in (
            self._of_resuming.items() if RESUME in groups else ()
        ):  # before there was anybody to read it
            outbox.put(self._written(name, fields))
        if self._end is not None:
            outbox.end(self._end.code, self._end.reason)

    @property
    def readers(self) -> int:
        """How many read the call's events, the caller among them."""
        return len(self._outboxes)

    def ignore(self, outbox: Outbox) -> None:
        """Send no more events to an outbox."""
        self._outboxes.pop(outbox, None)

    def session_updated(self, new_items: Iterable[str] = ()) -> None:
        """Send `session.updated` with the whole session object; then that the MCP servers of new items failed."""
        for event in (self._session("updated"), *failed(new_items)):
            self.send(event)

    def _session(self, name: str) -> Mapping[str, Any]:
        return {"type": f"session.{name}", "session": self.view.echo()}

    def play(self, item_id: str, frame: str) -> None:
        """Play an audio frame, unless its response is closed."""
        if self.transport is not None and self.projection.plays(item_id):
            if self.recording is not None:
                self.recording.sent(item_id, frame, self.view.output_format["type"])
            self.transport.play(item_id, frame)
            if self.entry.listeners:
                self.entry.overhear("team", frame)

    def start_hold(self, response_id: str, item_id: str) -> None:
        """Begin the hold sound, as a response with one item."""
        self._hold_ms = 0
        for event in hold.opening(response_id, item_id):
            self.tell(event)

    def play_hold(self, response_id: str, item_id: str, ms: int) -> None:
        """Play so many milliseconds more of it."""
        kind = str(self.view.output_format["type"])
        self.play(item_id, hold.frame(response_id, item_id, kind, self._hold_ms, ms))
        self._hold_ms += ms

    def press_keys(self, response_id: str, item_id: str, keys: str) -> None:
        """Play the tones of some keys, as a response with one item."""
        for event in hold.opening(response_id, item_id):
            self.tell(event)
        for frame in hold.tones(response_id, item_id, str(self.view.output_format["type"]), keys):
            self.play(item_id, frame)

    def stop_playback(self, *, told: bool = False) -> None:
        """Drop the audio that the caller has not heard yet; a client that plays by itself has to be `told`."""
        if self.transport is None:
            return
        if self.recording is not None:
            self.recording.stopped()
        self.transport.stop()
        if told and (response_id := self.transport.playing()):
            self.send({"type": "output_audio_buffer.cleared", "response_id": response_id})

    def tell_words(self, words: TellWords) -> None:
        """Forward a frame of a transcript as it came, unless something has to go before it."""
        if not self.projection.adds_words(words.response_id, words.item_id, words.content_index, words.text):
            self.tell(json.loads(words.frame))
            return
        for outbox in self._outboxes:
            outbox.put(words.frame)

    def tell(self, payload: Mapping[str, Any]) -> None:
        """Send a server event of an agent's session as it belongs into the caller's conversation."""
        self._send(self.projection.project(payload))

    def end_response(self, response_id: str, status: str) -> None:
        """Close an open response with all its closing events."""
        self._send(self.projection.end_response(response_id, status))

    def refuse(
        self, code: str, message: str, param: str | None, event_id: str | None, kind: str = "invalid_request_error"
    ) -> None:
        """Send an `error` event; the call goes on."""
        self._error(kind, code, message, param, event_id)

    def refuse_event(self, error: CallerError, event: Mapping[str, Any]) -> None:
        """Answer an invalid event of the caller, echoing its `event_id`."""
        self.refuse(error.code, str(error), error.param, _event_id(event))

    def fail_event(self, event: Mapping[str, Any]) -> None:
        """Answer an event of the caller that a bug of ours kept from being handled; the call goes on."""
        self._error("server_error", "server_error", "The server failed to handle the event.", None, _event_id(event))

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        """Send a `team.*` event to the readers that asked for them; note which agent has the caller."""
        if name in FOR_RECORD:
            return
        if self.recording is not None:
            self.recording.announced(name, fields)
        if name == "handoff.completed":
            self.has_caller(str(fields.get("to")))
        elif name == "call.started":
            fields = {**fields, **self.entry.seat}
        self.entry.tell(name, fields)
        asked = [outbox for outbox, groups in self._outboxes.items() if "team" in groups]
        if asked and name not in FOR_DESK:
            call = {"call": self.view.session_id} if name == "call.started" else {}
            frame = _write(self.projection.stamp({"type": f"team.{name}", **call, **fields}))
            for outbox in asked:
                outbox.put(frame)

    def tell_of_resuming(self, name: str, fields: Mapping[str, Any]) -> None:
        """Send a `team.call.*` event to the caller, if they said that they can come back."""
        self._of_resuming[name] = fields
        for outbox, groups in self._outboxes.items():
            if RESUME in groups:
                outbox.put(self._written(name, fields))

    def _written(self, name: str, fields: Mapping[str, Any]) -> str:
        return _write(self.projection.stamp({"type": f"team.call.{name}", **fields}))

    def has_caller(self, agent: str) -> None:
        """Note the agent that has the caller: its voice and turn detection are in force."""
        self.view.has_caller(self._agents.get(agent, {}))

    def end(self, ending: Ending, reason: str) -> None:
        """Hang up after what is queued; an `error` event names a failure first. Only the first end counts."""
        if self._end is not None:
            return
        code = CODES[ending]
        row = BY_CODE[code]
        if row.error is not None:
            kind = "server_error" if row.error == "server_error" else "invalid_request_error"
            self._error(kind, row.error, f"{row.meaning} ({reason})", None, None)
        self.close(code, reason)

    def close(self, code: int, reason: str) -> None:
        """Close all connections after what is queued, with a code of the table; only the first end counts."""
        if self._end is not None:
            return
        self._end = Close(code, reason)
        for outbox in self._outboxes:
            outbox.end(code, reason)
        if self.transport is not None:
            self.transport.end(code, reason)

    def send(self, event: Mapping[str, Any]) -> None:
        """Send an event that the transport makes itself."""
        self._send([self.projection.stamp(event)])

    def _error(self, kind: str, code: str, message: str, param: str | None, event_id: str | None) -> None:
        error = error_object(kind, code, message, param=param, event_id=event_id)
        self.send({"type": "error", "error": error})

    def _send(self, events: Iterable[Mapping[str, Any]]) -> None:
        for event in events:
            frame = _write(event) if self._outboxes else ""  # nobody reads what happens again after a take-over
            for outbox in self._outboxes:
                outbox.put(frame)
            if self.transport is not None:
                self.transport.event_sent(event)
            self.entry.show(event)


def _event_id(event: Mapping[str, Any]) -> str | None:
    """Return the `event_id` of a caller's event if it can be echoed."""
    given = event.get("event_id")
    return given if isinstance(given, str) and len(given) <= 512 else None


def _write(event: Mapping[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"), default=str)
