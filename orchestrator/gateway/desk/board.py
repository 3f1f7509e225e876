"""What goes on in the calls of one server, as those who work at the desk see it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import structlog

OVER = ("person.missed", "person.left")
LONGEST_LINE = 200  # characters of the last line
HEARD = "conversation.item.input_audio_transcription.completed"
SAID = ("response.output_audio_transcript.done", "response.output_text.done")
log = structlog.get_logger("orchestrator")
Json = Mapping[str, Any]


class Watcher(Protocol):
    """Who is told what happens."""

    def notice(self, entry: Entry, name: str, fields: Json) -> None:
        """Take something that happened in a call: `team.NAME`."""

    def show(self, entry: Entry, event: Json) -> None:
        """Take an event of a call that this watcher watches."""

    def overhear(self, entry: Entry, leg: str, frame: str) -> None:
        """Take audio of one side of a call that this watcher listens to."""


def harmless(do: Callable[..., None], *args: Any) -> None:
    """Tell somebody something; that they cannot be told must not touch the call."""
    try:
        do(*args)
    except Exception:
        log.exception("desk could not be told")


@dataclass(eq=False)
class Entry:
    """One call on the board."""

    board: Board
    call: str
    agent: str  # that has the caller
    seat: Mapping[str, str] = field(default_factory=dict)  # of a caller who has joined others: which one, in which call
    team: str = ""  # whose call it is
    since: float = field(default_factory=time.time)  # unix seconds
    line: str = ""  # what was said last
    waiting: dict[str, Any] = field(default_factory=dict)  # for whom the caller waits, since when, why
    person: dict[str, Any] = field(default_factory=dict)  # who at the desk has the caller: as which agent, and who
    approvals: dict[str, dict[str, Any]] = field(default_factory=dict)  # what waits for one: id → who asks, for what
    watchers: set[Watcher] = field(default_factory=set)
    listeners: set[Watcher] = field(default_factory=set)

    @property
    def party(self) -> str:
        """The id of the call that all share who are in it."""
        return self.seat.get("joined", self.call)

    def told(self) -> dict[str, Any]:
        """Return what the list of calls shows of it."""
        known: dict[str, Any] = {"call": self.call, "agent": self.agent, "since": self.since, "line": self.line}
        known |= self.seat
        known |= {"waiting": self.waiting} if self.waiting else {}
        return known | ({"person": self.person} if self.person else {})

    def kept(self) -> dict[str, Any]:
        """Return, as JSON could hold it, what the board of another server has to know of the call."""
        known = {name: dict(getattr(self, name)) for name in ("waiting", "person", "approvals")}
        return {"agent": self.agent, "line": self.line, **known, "messages": self.board.unread(self)}

    def restore(self, kept: Json) -> None:
        """Know what another board has `kept` of the call; nobody is told of it who is not told of the call itself."""
        self.agent, self.line = kept["agent"], kept["line"]
        self.waiting, self.person, self.approvals = (dict(kept[name]) for name in ("waiting", "person", "approvals"))
        self.board.take(self, kept["messages"])

    def tell(self, name: str, fields: Json) -> None:
        """Note what happened in the call, and tell everyone who looks."""
        self.board.tell(self, name, fields)

    def show(self, event: Json) -> None:
        """Note what was said in the call, and show an event to those who watch it."""
        line = str(event.get("transcript") or event.get("text") or "")[:LONGEST_LINE]
        if line and (event["type"] == HEARD or event["type"] in SAID):
            self.line = line
            self.tell("call.said", {"line": line})
        for watcher in list(self.watchers):
            harmless(watcher.show, self, event)

    def overhear(self, leg: str, frame: str) -> None:
        """Let those who listen to the call hear a frame of one side."""
        for listener in list(self.listeners):
            harmless(listener.overhear, self, leg, frame)


class Board:
    """All open calls, and all who look."""

    def __init__(self) -> None:
        # Call → what is known of it.
        self._entries: dict[str, Entry] = {}
        # Those who are told of every call.
        self._everyone: set[Watcher] = set()
        # Party → what agents have written to persons who have not read it: id → the message, and the call it came from.
        self._messages: dict[str, dict[str, dict[str, Any]]] = {}

    def add(self, call: str, agent: str, seat: Mapping[str, str] = MappingProxyType({}), team: str = "") -> Entry:
        """Put a call on the board; `seat` is that of a caller who has joined others."""
        entry = self._entries[call] = Entry(self, call, agent, seat, team)
        return entry

    def remove(self, entry: Entry) -> None:
        """Take a call off the board."""
        self._entries.pop(entry.call, None)
        self.tell(entry, "call.ended", {})
        if all(other.party != entry.party for other in self._entries.values()):
            for unread in self._messages.pop(entry.party, {}).values():  # the call could not say so itself
                names = {name: unread[name] for name in ("id", "from", "to", "desk")}
                self.tell(entry, "message.undelivered", names)

    def find(self, call: str) -> Entry | None:
        """Return what is known of a call."""
        return self._entries.get(call)

    def entries(self) -> list[Entry]:
        """Return all calls, the oldest first."""
        return list(self._entries.values())

    def messages(self) -> list[tuple[Entry, dict[str, Any]]]:
        """Return what agents have written to persons who have not read it, each with a call of those that share it."""
        parties = {entry.party: entry for entry in self._entries.values()}
        return [(parties[party], one) for party, them in self._messages.items() for one in them.values()]

    def unread(self, entry: Entry) -> dict[str, dict[str, Any]]:
        """Return the messages from a call, and those with whom it is shared, that nobody has read."""
        return dict(self._messages.get(entry.party, {}))

    def take(self, entry: Entry, unread: Mapping[str, dict[str, Any]]) -> None:
        """Take messages that another board had, and nobody has read."""
        if unread:
            self._messages.setdefault(entry.party, {}).update(unread)

    def come(self, watcher: Watcher) -> None:
        """Tell somebody of every call from here on."""
        self._everyone.add(watcher)

    def go(self, watcher: Watcher) -> None:
        """Tell somebody of no call any more."""
        self._everyone.discard(watcher)
        for entry in self._entries.values():
            entry.watchers.discard(watcher)
            entry.listeners.discard(watcher)

    def tell(self, entry: Entry, name: str, fields: Json) -> None:
        """Note what happened in a call, and tell everyone who looks."""
        match name:
            case "handoff.completed":
                entry.agent = str(fields["to"])
            case "person.waiting":
                entry.waiting = {**fields, "since": time.time()}
            case "person.brief":
                entry.waiting["brief"] = fields["brief"]
            case "person.accepted":
                entry.person = {**fields, "away": False}
            case "person.away":
                entry.person["away"] = True
            case "approval.requested":
                entry.approvals[str(fields["id"])] = {**fields, "since": time.time()}
            case "approval.answered":  # those who were asked are told
                asked = entry.approvals.pop(str(fields["id"]), {})
                fields = {**fields, "desk": asked.get("desk")}
            case "person.message":
                waiting = self._messages.setdefault(entry.party, {})
                waiting[str(fields["id"])] = {**fields, "call": entry.call, "since": time.time()}
            case "message.delivered" | "message.undelivered":  # those who have seen it waiting are told
                read = self._messages.get(entry.party, {}).pop(str(fields["id"]), {})
                fields = {**fields, **({"desk": read["desk"]} if read else {})}
        for watcher in list(self._everyone):
            harmless(watcher.notice, entry, name, fields)
        _settle(entry, name, fields)


def _settle(entry: Entry, name: str, fields: Json) -> None:
    """Forget who waited, or had the caller, after those who look were told: it may decide whether they see it."""
    over = fields.get("agent") if name in OVER else None
    came, left = (fields["to"], fields["from"]) if name == "handoff.completed" else (over, over)
    if came is not None and entry.waiting.get("agent") == came:
        entry.waiting = {}
    if left is not None and entry.person.get("agent") == left:
        entry.person = {}
