"""A person as an agent's session: `providers.port.Session`, with a human being where others have a model.

What the caller says goes to the person's ear, what the person says goes to the caller's, at any time: neither waits
for the other. What the agents say about the call, and what functions return, the person reads. The person hands the
caller on, runs tools and ends the call by the same function calls as a model. Both sides are written down.

    WORKING     the person has the caller
    LEAVING     the caller is about to be handed on: what the person says meanwhile goes nowhere
    (away)      their connection is gone; the caller hears the hold sound until they are back, see `lease.py`

Limits: `WORDS_SECONDS`, `MOST_RUNNING`; a message of the conversation is kept for nobody, the person has it on the
screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orchestrator.errors import CallerError, RealtimeError
from orchestrator.people.ears import Ear, Ears
from orchestrator.people.lease import LEASE_SECONDS, Lease
from orchestrator.protocol.audio import PCM
from orchestrator.protocol.audio_frames import append_ms
from orchestrator.protocol.client_events import check
from orchestrator.protocol.conversation import Conversation, Entry
from orchestrator.protocol.frames import client_frame, error_frame, parse_client_event
from orchestrator.protocol.hold import hold_sound
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.response import Response
from orchestrator.protocol.session import merge, new_session
from orchestrator.providers.event_queue import EventQueue
from orchestrator.providers.port import Listen, Take

WORDS_SECONDS = 1.0  # for the words that were being said when the caller is handed on; then they are lost
MOST_RUNNING = 16  # functions at a time
Json = Mapping[str, Any]


class Person(Protocol):
    """The connection of somebody at the desk. Every method returns at once."""

    def hear(self, call: str, frame: str) -> None:
        """Take the caller's audio: a whole `input_audio_buffer.append` frame."""

    def tell(self, call: str, name: str, /, **fields: Any) -> None:
        """Take an event that is for this person alone: `team.person.NAME`."""


@dataclass(slots=True)
class Leaving:
    """The function call by which the person hands the caller on."""

    name: str
    arguments: str
    patience: asyncio.TimerHandle | None = None  # with which it waits for the last words; then it is made
    call_id: str = ""  # once it was made


class PersonSession:
    """The session of a person who has a caller."""

    max_age: float | None = None

    def __init__(
        self, call: str, person: Person, listen: Listen, closed: Callable[[], None], lease: float = LEASE_SECONDS
    ) -> None:
        # Which call it is about, and who has it.
        self._call, self._person = call, person
        # Called when the session is over.
        self._closed = closed
        # How the caller is being handed on; None: not at all.
        self._leaving: Leaving | None = None
        # Server events that wait.
        self._events = EventQueue()
        # The items, of which the caller's and the person's words are some.
        self._conversation = Conversation[Entry](self._events.emit, Entry)
        # What the person is saying, between two turns of theirs that were written down.
        self._response: Response[Entry] | None = None
        # The functions that the person has called: id → name.
        self._functions: dict[str, str] = {}
        # The session object.
        self._fields = new_session(make_id("sess_"), "person")
        # What writes both sides down.
        caller = Ear("caller", heard=self._caller_ended, understood=self._caller_said)
        self._ears = Ears(caller, Ear("person", understood=self._said), listen)
        # Runs while the person is gone.
        self._lease = Lease(lease, self._hold, self._lost)
        self._events.emit("session.created", session=self._fields)

    # --- the call's side ---

    def send(self, text: str) -> None:
        """Take one client event; what is wrong with it is answered with an `error` event."""
        if self._events.ended:
            return
        if append_ms(text, 1) is not None:
            self._hear(text)
            return
        event: Json = {}
        try:
            event = parse_client_event(text)
            check(event)
            if (handle := HANDLERS.get(event["type"])) is not None:
                handle(self, event)
        except CallerError as error:
            self._events.put(error_frame(error, event.get("event_id")))

    async def read(self, take: Take) -> None:
        """Hand server events to `take` until it has enough."""
        await self._events.read(take)

    async def close(self) -> None:
        """End the session; safe to call twice."""
        self._events.end()
        self._lease.stop()
        if self._leaving is not None and self._leaving.patience is not None:
            self._leaving.patience.cancel()
        self._person.tell(self._call, "released")
        self._closed()
        await self._ears.close()

    def _hear(self, frame: str) -> None:
        self._person.hear(self._call, frame)
        self._ears.caller.hear(frame)

    def _append(self, event: Json) -> None:
        self._hear(client_frame(event["type"], audio=event["audio"]))

    def _update(self, event: Json) -> None:
        self._fields = merge(self._fields, event["session"])
        self._events.emit("session.updated", session=self._fields)
        self._ears.open(self._format("input"))
        self._welcome()

    def _format(self, side: str) -> Json:
        found: Json = self._fields["audio"][side].get("format") or PCM
        return found

    def _change_items(self, event: Json) -> None:
        """Add, delete or return an item, and show the person what a new one says."""
        self._conversation.handle(event)
        item = event.get("item") or {}
        if item.get("type") == "function_call_output":
            self._returned(item)
        elif item.get("type") == "message":
            words = " ".join(str(part.get("text") or "") for part in item.get("content", ())).strip()
            self._person.tell(self._call, "told", role=item["role"], text=words)

    def _returned(self, item: Json) -> None:
        call_id = str(item["call_id"])
        if self._leaving is not None and self._leaving.call_id == call_id:
            self._leaving = None  # where the caller did go, the session ends
        self._person.tell(self._call, "returned", name=self._functions.pop(call_id, ""), output=item["output"])

    def _pass_on(self, event: Json) -> None:
        self._ears.caller.hear(client_frame(event["type"]))

    def _cancel(self, event: Json) -> None:
        if self._response is not None:
            self._response.cancel("client_cancelled")
            self._response = None

    # --- the person's side ---

    def speak(self, audio: str) -> None:
        """Let the caller hear a piece of audio, in base64 and the call's format."""
        if self._leaving is None and not self._events.ended:
            self._play(audio)
            self._ears.person.hear(client_frame("input_audio_buffer.append", audio=audio))

    def call(self, name: str, arguments: str) -> None:
        """Call one of the functions that an agent in this place has; `arguments` is JSON text.

        Raises `CallerError` when the person cannot now.
        """
        self._check_free()
        self._function(name, arguments)

    def hand_on(self, name: str, arguments: str) -> None:
        """Call the function that gives the caller to an agent; the person is not heard until it is answered.

        What is being said at this moment is written down first, for `WORDS_SECONDS` at the most. Raises `CallerError`
        when the person cannot now.
        """
        self._check_free()
        self._leaving = Leaving(name, arguments)
        self._ears.finish()
        self._leaving.patience = asyncio.get_running_loop().call_later(WORDS_SECONDS, self._leave)
        self._leave_if_silent()

    def _check_free(self) -> None:
        if self._leaving is not None:
            raise CallerError("The caller is being handed on.", code="invalid_value", param="call")
        if len(self._functions) >= MOST_RUNNING:
            message = f"At most {MOST_RUNNING} functions can run at a time."
            raise CallerError(message, code="rate_limit_exceeded")

    def _leave_if_silent(self) -> None:
        """Hand the caller on once all that was said is written down."""
        if self._leaving is not None and not self._leaving.call_id and not self._ears.writing:
            self._leave()

    def _leave(self) -> None:
        leaving = self._leaving
        assert leaving is not None
        assert leaving.patience is not None
        leaving.patience.cancel()
        leaving.call_id = self._function(leaving.name, leaving.arguments)

    def _function(self, name: str, arguments: str) -> str:
        """Call a function; returns the id of the call."""
        if self._events.ended:
            return ""
        response, self._response = self._speaking(), None
        response.call(name, arguments)
        call_id = str(response.entries[-1].item["call_id"])
        self._functions[call_id] = name
        response.end("completed")
        return call_id

    def detach(self) -> None:
        """Note that the person's connection is gone; they have a moment to come back."""
        if not self._events.ended:
            self._lease.start()

    def attach(self, person: Person) -> None:
        """Go on with a person who is back."""
        self._person = person
        self._lease.stop()
        self._welcome()

    @property
    def away(self) -> bool:
        """Whether the person's connection is gone."""
        return self._lease.running

    def held_by(self, person: Person) -> bool:
        """Return whether it is this person who has the caller."""
        return self._person is person and not self.away

    def _welcome(self) -> None:
        """Tell the person that they have the caller, which functions they can call, and the format of the audio."""
        shown = ("name", "description", "parameters")
        functions = [{key: tool.get(key) for key in shown} for tool in self._fields["tools"]]
        self._person.tell(self._call, "joined", functions=functions, format=self._format("output"))

    def _hold(self, start_ms: int, ms: int) -> None:
        """Play a piece of the hold sound, unless the caller is about to hear somebody else."""
        if self._leaving is None:
            self._play(hold_sound(str(self._format("output")["type"]), start_ms, ms))

    def _lost(self) -> None:
        self._lease.stop()
        self._events.end(RealtimeError("their connection was lost", code="person_gone", fatal=True))

    def _play(self, audio: str) -> None:
        response = self._speaking()
        response.open_message(spoken=True)
        response.play(audio)

    def _speaking(self) -> Response[Entry]:
        """Return what the person is saying; it begins now if they were not."""
        if self._response is None:
            self._response = Response(self._conversation, {"output_modalities": ["audio"]}, aside=False)
            self._response.begin()
        return self._response

    # --- what is written down ---

    def _said(self, item_id: str, text: str | None) -> None:
        """Put the person's words to what they have said so far; what follows is another response."""
        gone = self._leaving is not None and self._leaving.call_id
        if text and not gone and not self._events.ended:
            response, self._response = self._speaking(), None
            response.open_message(spoken=True)
            response.write(text)
            response.end("completed")
        self._leave_if_silent()

    def _caller_ended(self, item_id: str) -> None:
        if not self._events.ended:
            self._conversation.commit(item_id, None)

    def _caller_said(self, item_id: str, text: str | None) -> None:
        place = {"item_id": item_id, "content_index": 0}
        said = "conversation.item.input_audio_transcription"
        if text is None:
            known = {"type": "server_error", "code": "transcription_failed", "param": None}
            self._events.emit(f"{said}.failed", **place, error={**known, "message": "Not understood."})
        else:
            usage = {"type": "duration", "seconds": 0}
            self._events.emit(f"{said}.completed", **place, transcript=text, usage=usage)
        self._leave_if_silent()


HANDLERS: dict[str, Callable[[PersonSession, Json], None]] = {
    "session.update": PersonSession._update,
    "conversation.item.create": PersonSession._change_items,
    "conversation.item.delete": PersonSession._change_items,
    "conversation.item.retrieve": PersonSession._change_items,
    "input_audio_buffer.append": PersonSession._append,
    "input_audio_buffer.commit": PersonSession._pass_on,
    "input_audio_buffer.clear": PersonSession._pass_on,
    "response.cancel": PersonSession._cancel,
}
