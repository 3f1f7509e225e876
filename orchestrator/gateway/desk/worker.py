"""One worker at the desk: what they are told of the calls, and what becomes of what they send.

A worker has one call at a time. What a role may not see is masked: secrets, in whatever was said, as far as the call
knows them. So words are shown when they are complete, never in pieces.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from time import thread_time
from typing import Any

import structlog

from orchestrator.core.events import Ending
from orchestrator.core.people.events import PersonDecided, PersonNoted, PersonTook, Purpose, When
from orchestrator.errors import CallerError
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.desk import events
from orchestrator.gateway.desk.admission import Right
from orchestrator.gateway.desk.board import HEARD, SAID, Entry, Watcher
from orchestrator.gateway.desk.line import Line, Sides
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.webrtc.loading import installed
from orchestrator.people.desk import queue
from orchestrator.people.session import PersonSession
from orchestrator.protocol.bounds import read_event
from orchestrator.protocol.frames import error_frame, server_frame

MOST_WATCHED = 16  # calls at a time
SHOWN = frozenset({HEARD, *SAID, "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"})
NAMES = frozenset({"type", "event_id", "call", "id", "item_id", "response_id", "agent"})  # fields without words
BACK, TRANSFER = "hand_back", "transfer_to_"
log = structlog.get_logger("orchestrator")
Json = Mapping[str, Any]


class Worker:
    """Somebody with a role, on one socket; also the `Person` and the `Watcher` of others."""

    def __init__(
        self,
        calls: Calls,
        right: Right,
        outbox: Outbox,
        line: Line,
        call: str | None = None,
        title: str = "",
    ) -> None:
        # The calls of this server.
        self._calls = calls
        # Their team and their role in it, and what the others call them.
        self._team, self._name, self._role, self._title = right.team, right.name, right.role, title or right.name
        # What they are allowed to do.
        self._may: frozenset[str] = frozenset(right.role.may)
        # Frames on their way to them.
        self._outbox = outbox
        # Their audio by WebRTC.
        self._line = line
        # The call that their events are about when they name none, and have none.
        self._call = call
        # The call that they have, or are about to.
        self._has: str | None = None

    def come(self) -> None:
        """Begin to work: see who waits, and what goes on."""
        self._calls.desk.come(self, queue(self._team, self._name))
        self._calls.board.come(self)
        entries = [entry for entry in self._calls.board.entries() if entry.team == self._team]
        seen = [self._masked(entry, entry.told()) for entry in entries if self._sees(entry)]
        asked = [
            {**self._masked(entry, one), "call": entry.call}
            for entry in entries
            for one in entry.approvals.values()
            if one["desk"] == self._name
        ]
        written = [
            self._masked(entry, one)
            for entry, one in self._calls.board.messages()
            if entry.team == self._team and one["desk"] == self._name
        ]
        what = {"may": sorted(self._may), "calls": seen, "approvals": asked, "messages": written, "now": time.time()}
        what |= {"webrtc": "take" in self._may and installed(), "lease": self._calls.settings.desk_lease}
        self._tell("desk.opened", role=self._name, **what)
        if self._call is not None and "listen" in self._may:
            self._watch({"on": True}, *self._named({}))

    def go(self) -> None:
        """Stop working; a caller whom they have waits a moment for them."""
        self._line.end()
        self._calls.desk.go(self)
        self._calls.board.go(self)
        session, entry = self._calls.desk.session(self._has or ""), self._calls.board.find(self._has or "")
        if session is not None and entry is not None and session.held_by(self):
            session.detach()
            entry.tell("person.away", {"agent": entry.agent, "by": self._title})

    # --- what they are told ---

    def _tell(self, name: str, /, **fields: Any) -> None:
        self._outbox.put(server_frame(f"team.{name}", **fields))

    def _sees(self, entry: Entry) -> bool:
        """Return whether a call is on their list: if they may listen, or it waits for them, or they have it."""
        return "listen" in self._may or entry.waiting.get("desk") == self._name or entry.call == self._has

    def _masked(self, entry: Entry, fields: Json) -> dict[str, Any]:
        """Return fields without the call's secrets, unless the role may see them."""
        call = self._calls.find(entry.call)
        if call is None or self._role.secrets == "shown":
            return dict(fields)
        mask = call.running.masked
        return {key: value if key in NAMES else masked(value, mask) for key, value in fields.items()}

    def notice(self, entry: Entry, name: str, fields: Json) -> None:
        """Tell what happened in a call of the list, or what this role is asked."""
        if entry.team != self._team or not (self._sees(entry) or fields.get("desk") == self._name):
            return
        shown = self._masked(entry, fields)
        self._tell(name, call=entry.call, **shown)
        if name == "approval.requested" and fields["desk"] == self._name and "approve" in self._may:
            item = {"id": shown["id"], "type": "mcp_approval_request", "server_label": shown["agent"]}
            item |= {"name": shown["name"], "arguments": shown["arguments"]}
            self._outbox.put(server_frame("conversation.item.added", previous_item_id=None, item=item))

    def show(self, entry: Entry, event: Json) -> None:
        """Show an event of a call that they watch."""
        if event["type"] in SHOWN:
            self._outbox.put(json.dumps(self._masked(entry, {**event, "call": entry.call}), separators=(",", ":")))

    def overhear(self, entry: Entry, leg: str, frame: str) -> None:
        """Let them hear one side of a call that they listen to."""
        if leg != "caller" or entry.call != self._has or not self._line.hears:
            self._audio(entry.call, leg, frame)

    def hear(self, call: str, frame: str) -> None:
        """Let them hear the caller they have, whom they may be listening to already."""
        entry = self._calls.board.find(call)
        if self._line.hears:
            self._line.hear(audio_of(frame, "audio"))
        elif entry is None or self not in entry.listeners:
            self._audio(call, "caller", frame)

    def _audio(self, call: str, leg: str, frame: str) -> None:
        audio = audio_of(frame, "audio" if leg == "caller" else "delta")
        self._outbox.put(f'{{"type":"team.audio.delta","call":"{call}","leg":"{leg}","delta":"{audio}"}}')

    def tell(self, call: str, name: str, /, **fields: Any) -> None:
        """Tell them what is for them alone, as the one who has the caller."""
        if name == "joined":
            self._has = call
            if (joined := self._calls.find(call)) is not None:
                fields["caller_format"] = joined.view.input_format
        elif name == "released" and self._has == call:
            self._has = None
            self._line.end()
        entry = self._calls.board.find(call)
        self._tell(f"person.{name}", call=call, **(fields if entry is None else self._masked(entry, fields)))

    # --- what they send ---

    def received(self, frame: str | None) -> float:
        """Handle one frame; returns the seconds that it took. Never raises, whatever is in it."""
        event: Json = {}
        began = thread_time()
        try:
            if frame is None:
                raise CallerError("Send one JSON event per text frame.", code="invalid_event")
            event = read_event(frame)
            events.check(event, self._rights(event))
            HANDLERS[event["type"]](self, event, *self._named(event))
        except CallerError as error:
            self._outbox.put(error_frame(error, event.get("event_id")))
        except Exception:  # a bug of ours: this event is lost, and the socket stays
            log.exception("desk event failed", type=event.get("type"))
            failure = CallerError("The server failed to handle the event.", code="server_error")
            self._outbox.put(error_frame(failure, event.get("event_id")))
        return 0.0 if event.get("type") == events.APPEND else thread_time() - began

    def _rights(self, event: Json) -> frozenset[str]:
        """Return what they may do in the call that an event is about: whoever has a caller may see all of the call."""
        mine = self._has is not None and event.get("call") in (None, self._has)
        return self._may | {"listen"} if mine else self._may

    def _named(self, event: Json) -> tuple[OpenCall, Entry]:
        """Return the call that an event is about; raises `CallerError`."""
        call_id = event.get("call") or self._has or self._call
        call, entry = self._calls.find(str(call_id)), self._calls.board.find(str(call_id))
        if call is None or entry is None or entry.team != self._team:
            raise CallerError("There is no open call with this id.", code="call_not_found", param="call")
        return call, entry

    def _watch(self, event: Json, call: OpenCall, entry: Entry) -> None:
        if not event.get("on", True):
            entry.watchers.discard(self)
            return
        self._check_room("watched", (other.watchers for other in self._calls.board.entries() if other is not entry))
        entry.watchers.add(self)
        seen = call.running.seen(secrets=self._role.secrets == "shown")
        self._tell("person.watching", **self._masked(entry, {**entry.told(), **seen}))

    def _check_room(self, what: str, others: Iterable[set[Watcher]]) -> None:
        if sum(self in watchers for watchers in others) >= MOST_WATCHED:
            raise CallerError(f"At most {MOST_WATCHED} calls can be {what} at a time.", code="rate_limit_exceeded")

    def _listen(self, event: Json, call: OpenCall, entry: Entry) -> None:
        if event.get("on", True):
            self._check_room("heard", (other.listeners for other in self._calls.board.entries() if other is not entry))
            entry.listeners.add(self)
        else:
            entry.listeners.discard(self)
        formats = {"format": call.view.output_format, "caller_format": call.view.input_format}
        self._tell("person.listening", call=entry.call, on=self in entry.listeners, **formats)

    def _note(self, event: Json, call: OpenCall, entry: Entry) -> None:
        purpose = Purpose(event["type"].removeprefix(events.PREFIX))
        usual = When.WHEN_IDLE if purpose is Purpose.SAY else When.SILENT
        call.feed(PersonNoted(event["text"], purpose, When(event.get("when", usual))))

    def _accept(self, event: Json, call: OpenCall, entry: Entry) -> None:
        self._check_free(entry)
        if not self._accepted(entry):
            raise self._taken(entry)

    def _accepted(self, entry: Entry) -> bool:
        """Take a caller who waits for somebody of this role; False when there is none any more."""
        if not self._calls.desk.accept(entry.call, self):
            return False
        self._has = entry.call
        self._tell_taken(entry, entry.waiting.get("agent", entry.agent))
        return True

    def _tell_taken(self, entry: Entry, agent: str) -> None:
        log.info("call taken", call=entry.call, agent=agent, role=self._name, by=self._title)
        entry.tell("person.accepted", {"agent": agent, "by": self._title})

    def _taken(self, entry: Entry) -> CallerError:
        who = entry.person.get("by")
        message = f"{who} has this caller." if who else "Nobody waits for you in this call."
        return CallerError(message, code="taken", param="call")

    def _decline(self, event: Json, call: OpenCall, entry: Entry) -> None:
        self._calls.desk.decline(entry.call, self)

    def _take(self, event: Json, call: OpenCall, entry: Entry) -> None:
        self._check_free(entry)
        team = call.version.team
        own = [name for name in team.persons if team.agents[name].desk == self._name]
        agent = event.get("agent", own[0] if own else "")
        if agent not in own:
            message = f"This role can take calls as {', '.join(own) or 'no person of the team'} only."
            raise CallerError(message, code="invalid_value", param="agent")
        if self._accepted(entry):
            return  # the caller was waiting
        if refused := call.running.refusal(agent):
            raise CallerError(refused, code="invalid_value", param="call")
        if not self._calls.desk.claim(entry.call, self):
            raise self._taken(entry)
        self._has = entry.call
        call.feed(PersonTook(agent, event.get("reason", "")))
        self._tell_taken(entry, agent)

    def _check_free(self, entry: Entry) -> None:
        if self._has is not None:
            raise CallerError("Give your present caller back first.", code="invalid_value", param="call")

    def _give_back(self, event: Json, call: OpenCall, entry: Entry) -> None:
        to = event.get("to")
        arguments = json.dumps({"reason": event["note"]} if event.get("note") else {}, ensure_ascii=False)
        self._session(entry).hand_on(f"{TRANSFER}{to}" if to else BACK, arguments)

    def _run(self, event: Json, call: OpenCall, entry: Entry) -> None:
        session, name = self._session(entry), event["name"]
        do = session.hand_on if name == BACK or name.startswith(TRANSFER) else session.call
        do(name, json.dumps(event.get("arguments", {}), ensure_ascii=False))

    def _answer(self, event: Json, call: OpenCall, entry: Entry) -> None:
        """Decide on what waits for an approval, if this role was asked; the first answer counts."""
        given = event.get("item") or event
        asked = given.get("approval_request_id", given.get("id"))
        if entry.approvals.get(asked, {}).get("desk") != self._name:
            message = "Nothing waits for your approval under this id, or somebody was faster."
            raise CallerError(message, code="taken", param="id")
        call.feed(PersonDecided(asked, given["approve"], given.get("reason") or ""))

    def _hang_up(self, event: Json, call: OpenCall, entry: Entry) -> None:
        self._session(entry)
        call.hang_up(Ending.FINISHED, "hung up at the desk")

    def _speak(self, event: Json, call: OpenCall, entry: Entry) -> None:
        session = self._session(entry)
        if not self._line.speaks:
            session.speak(event["audio"])

    def _offer(self, event: Json, call: OpenCall, entry: Entry) -> None:
        self._session(entry)
        heard, spoken = str(call.view.input_format["type"]), str(call.view.output_format["type"])
        self._line.offer(event, Sides(entry.call, heard, spoken, lambda audio: self._spoken(entry, audio)))

    def _spoken(self, entry: Entry, audio: str) -> None:
        """Let the caller hear what they say by WebRTC, as long as they have them."""
        session = self._calls.desk.session(entry.call)
        if session is not None and session.held_by(self):
            session.speak(audio)

    def _end_line(self, event: Json, call: OpenCall, entry: Entry) -> None:
        self._session(entry)
        self._line.end()

    def _session(self, entry: Entry) -> PersonSession:
        """Return their session in a call; raises `CallerError` when it is not theirs."""
        session = self._calls.desk.session(entry.call)
        if session is None or not session.held_by(self):
            raise CallerError("You do not have this caller.", code="not_yours", param="call")
        return session


def audio_of(frame: str, field: str) -> str:
    """Return the audio of a frame, which is the last field of every frame of ours that has any."""
    key = f'"{field}":'
    return frame[frame.index(key) + len(key) :].split('"', 2)[1]


def masked(value: Any, mask: Callable[[str], str]) -> Any:
    """Return a value in which every text is masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: masked(one, mask) for key, one in value.items()}
    return [masked(one, mask) for one in value] if isinstance(value, list | tuple) else value


Handler = Callable[[Worker, Json, OpenCall, Entry], None]
HANDLERS: dict[str, Handler] = {
    f"{events.PREFIX}watch": Worker._watch,
    f"{events.PREFIX}listen": Worker._listen,
    f"{events.PREFIX}note": Worker._note,
    f"{events.PREFIX}say": Worker._note,
    f"{events.PREFIX}instruct": Worker._note,
    f"{events.PREFIX}accept": Worker._accept,
    f"{events.PREFIX}decline": Worker._decline,
    f"{events.PREFIX}take": Worker._take,
    f"{events.PREFIX}give_back": Worker._give_back,
    f"{events.PREFIX}run": Worker._run,
    f"{events.PREFIX}hang_up": Worker._hang_up,
    events.APPROVE: Worker._answer,
    events.CREATE: Worker._answer,
    events.APPEND: Worker._speak,
    events.OFFER: Worker._offer,
    events.END: Worker._end_line,
}
