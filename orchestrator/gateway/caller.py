"""A caller on the Realtime protocol: what the running call tells it, and how that becomes frames and sound.

Implements the runner's `Caller`; nothing here blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.core.events import Ending
from orchestrator.errors import CallerError
from orchestrator.gateway.closing import BY_CODE, CODES
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.projection import Projection
from orchestrator.gateway.session import SessionView


class Player:
    """Where the caller hears the team. Every method returns at once."""

    def play(self, item_id: str, frame: str) -> None:
        """Play a whole `response.output_audio.delta` frame."""

    def stop(self) -> None:
        """Drop what was not heard yet: the caller speaks."""

    def told(self, event: Mapping[str, Any]) -> None:
        """Notice an event that those who listen are told."""

    def end(self, code: int, reason: str) -> None:
        """Hang up with a code of the close table, after what is queued, where that does not close an outbox alone."""


class RealtimeCaller:
    """The caller's side of one call: where it is heard, and who is told of its events."""

    def __init__(
        self,
        *,
        view: SessionView,
        agents: Mapping[str, Mapping[str, Any]],
    ) -> None:
        # Where the caller hears the team; None before the call begins.
        self._player: Player | None = None
        # Frames to those who are told of the call, and the groups of additive events that each asked for.
        self._outboxes: dict[Outbox, frozenset[str]] = {}
        # The caller's session object.
        self.view = view
        # The caller's one history.
        self.projection = Projection()
        # Agent → its session keys, for the echo of what is in force.
        self._agents = agents
        # The end of the call was said.
        self._ended = False

    def connected(self, player: Player) -> None:
        """Note where the caller hears the team."""
        self._player = player

    def listen(self, outbox: Outbox, groups: frozenset[str]) -> None:
        """Tell somebody of the call from here on, beginning with `session.created`."""
        outbox.put(_write(self._session("created")))
        self._outboxes[outbox] = groups

    def ignore(self, outbox: Outbox) -> None:
        """Tell somebody no more."""
        self._outboxes.pop(outbox, None)

    def session_event(self, name: str) -> None:
        """Send `session.created` or `session.updated` with the whole session object."""
        self._send([self._session(name)])

    def _session(self, name: str) -> Mapping[str, Any]:
        return self.projection.stamp({"type": f"session.{name}", "session": self.view.echo()})

    def play(self, item_id: str, frame: str) -> None:
        """Let an audio frame be heard, unless its response is closed."""
        if self._player is not None and self.projection.plays(item_id):
            self._player.play(item_id, frame)

    def stop_playback(self) -> None:
        """Drop what is on its way to the caller's ear."""
        if self._player is not None:
            self._player.stop()

    def tell(self, payload: Mapping[str, Any]) -> None:
        """Send a server event of an agent's session as the caller's history has it."""
        self._send(self.projection.project(payload))

    def end_response(self, response_id: str, status: str) -> None:
        """Close an open response with its whole tail."""
        self._send(self.projection.end_response(response_id, status))

    def refuse(self, code: str, message: str, param: str | None, event_id: str | None) -> None:
        """Send an `error` event (`invalid_request_error`); the call goes on."""
        self._error("invalid_request_error", code, message, param, event_id)

    def refuse_event(self, error: CallerError, event: Mapping[str, Any]) -> None:
        """Answer an event of the caller's that was wrong, echoing its `event_id`."""
        self.refuse(error.code, str(error), error.param, _event_id(event))

    def fail_event(self, event: Mapping[str, Any]) -> None:
        """Answer an event of the caller's that met a mistake of ours; the call goes on."""
        self._error("server_error", "server_error", "The event could not be handled.", None, _event_id(event))

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        """Send a `team.*` event to those who asked for them; note who has the caller."""
        if name == "handoff.completed":
            self.has_caller(str(fields.get("to")))
        asked = [outbox for outbox, groups in self._outboxes.items() if "team" in groups]
        if asked:
            call = {"call": self.view.session_id} if name == "call.started" else {}
            frame = _write(self.projection.stamp({"type": f"team.{name}", **call, **fields}))
            for outbox in asked:
                outbox.put(frame)

    def has_caller(self, agent: str) -> None:
        """Note the agent that has the caller: its voice and turn detection are in force."""
        self.view.has_caller(self._agents.get(agent, {}))

    def end(self, ending: Ending, reason: str) -> None:
        """Hang up after what is queued; a failure is named by an `error` event first. The first end counts."""
        if self._ended:
            return
        self._ended = True
        code = CODES[ending]
        row = BY_CODE[code]
        if row.error is not None:
            kind = "server_error" if row.error == "server_error" else "invalid_request_error"
            self._error(kind, row.error, f"{row.meaning} ({reason})", None, None)
        for outbox in self._outboxes:
            outbox.end(code, reason)
        if self._player is not None:
            self._player.end(code, reason)

    def send(self, event: Mapping[str, Any]) -> None:
        """Tell of an event that the transport makes itself."""
        self._send([self.projection.stamp(event)])

    def _error(self, kind: str, code: str, message: str, param: str | None, event_id: str | None) -> None:
        error = {"type": kind, "code": code, "message": message, "param": param, "event_id": event_id}
        self.send({"type": "error", "error": error})

    def _send(self, events: Iterable[Mapping[str, Any]]) -> None:
        for event in events:
            frame = _write(event)
            for outbox in self._outboxes:
                outbox.put(frame)
            if self._player is not None:
                self._player.told(event)


def _event_id(event: Mapping[str, Any]) -> str | None:
    """Return the `event_id` of a caller's event, if it can be echoed."""
    given = event.get("event_id")
    return given if isinstance(given, str) and len(given) <= 512 else None


def _write(event: Mapping[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"), default=str)
