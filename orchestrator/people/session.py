"""A person as an agent's session: `providers.port.Session`, with a human being where others have a model.

What the caller says goes to the person's ear, what the person says goes to the caller's, at any time: neither waits
for the other. What the agents say about the call, and what functions return, the person reads. The person hands the
caller on, runs tools and ends the call by the same function calls as a model. Both sides are written down.

    WORKING     the person is there
    ALONE       their connection is gone; the caller hears the hold sound until they are back, for `LEASE_SECONDS`
    LEAVING     the caller is about to be handed on: what the person says meanwhile goes nowhere

Limits: `LEASE_SECONDS`; a message of the conversation is kept for nobody, the person has it on the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol

from orchestrator.errors import CallerError, RealtimeError
from orchestrator.people.ears import Ear, Ears
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

LEASE_SECONDS = 20.0
PIECE_MS = 200  # of the hold sound at a time
Json = Mapping[str, Any]


class Person(Protocol):
    """The connection of somebody at the desk. Every method returns at once."""

    def hear(self, call: str, frame: str) -> None:
        """Take the caller's audio: a whole `input_audio_buffer.append` frame."""

    def tell(self, call: str, name: str, /, **fields: Any) -> None:
        """Take an event that is for this person alone: `team.person.NAME`."""


class State(Enum):
    WORKING = "working"
    ALONE = "alone"
    LEAVING = "leaving"


class PersonSession:
    """The session of a person who has a caller."""

    max_age: float | None = None

    def __init__(self, call: str, person: Person, listen: Listen, closed: Callable[[], None]) -> None:
        # Which call it is about, and who has it.
        self._call, self._person = call, person
        # Opens what writes the conversation down.
        self._listen = listen
        # Called when the session is over.
        self._closed = closed
        # Whether the person is there.
        self._state = State.WORKING
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
        self._ears = Ears(caller, Ear("person", understood=self._said))
        # Ends the session, or plays the next piece of the hold sound, while the person is gone.
        self._lease: asyncio.TimerHandle | None = None
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
        if self._lease is not None:
            self._lease.cancel()
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
        self._ears.open(self._listen, self._format("input"))
        self._welcome()

    def _format(self, side: str) -> Json:
        found: Json = self._fields["audio"][side].get("format") or PCM
        return found

    def _change_items(self, event: Json) -> None:
        """Add an item, and show the person what it says."""
        self._conversation.handle(event)
        item = event.get("item") or {}
        if item.get("type") == "function_call_output":
            self._returned(item)
        elif item.get("type") == "message":
            words = " ".join(str(part.get("text") or "") for part in item.get("content", ())).strip()
            self._person.tell(self._call, "told", role=item["role"], text=words)

    def _returned(self, item: Json) -> None:
        name = self._functions.pop(str(item["call_id"]), "")
        if self._state is State.LEAVING:
            self._state = State.WORKING  # where the caller did go, the session ends
        self._person.tell(self._call, "returned", name=name, output=item["output"])

    def _pass_on(self, event: Json) -> None:
        self._ears.caller.hear(client_frame(event["type"]))

    def _cancel(self, event: Json) -> None:
        if self._response is not None:
            self._response.cancel("client_cancelled")
            self._response = None

    # --- the person's side ---

    def speak(self, audio: str) -> None:
        """Let the caller hear a piece of audio, in base64 and the call's format."""
        if self._state is State.WORKING and not self._events.ended:
            self._play(audio)
            self._ears.person.hear(client_frame("input_audio_buffer.append", audio=audio))

    def call(self, name: str, arguments: str) -> None:
        """Call one of the functions that an agent in this place has; `arguments` is JSON text."""
        if self._state is not State.WORKING or self._events.ended:
            return
        response = self._speaking()
        response.call(name, arguments)
        self._functions[str(response.entries[-1].item["call_id"])] = name
        self._response = None
        response.end("completed")

    def hand_on(self, name: str, arguments: str) -> None:
        """Call the function that gives the caller to an agent; the person is not heard until it is answered."""
        self.call(name, arguments)
        if self._state is State.WORKING:
            self._state = State.LEAVING

    def detach(self) -> None:
        """Note that the person's connection is gone; they have `LEASE_SECONDS` to come back."""
        if self._state is State.WORKING and not self._events.ended:
            self._state = State.ALONE
            self._bridge(0)

    def attach(self, person: Person) -> None:
        """Go on with a person who is back."""
        self._person = person
        if self._state is State.ALONE:
            self._state = State.WORKING
        if self._lease is not None:
            self._lease.cancel()
        self._welcome()

    @property
    def alone(self) -> bool:
        """Whether the person's connection is gone."""
        return self._state is State.ALONE

    def held_by(self, person: Person) -> bool:
        """Return whether it is this person who has the caller."""
        return self._person is person and not self.alone

    def _welcome(self) -> None:
        """Tell the person that they have the caller, which functions they can call, and the format of the audio."""
        shown = ("name", "description", "parameters")
        functions = [{key: tool.get(key) for key in shown} for tool in self._fields["tools"]]
        self._person.tell(self._call, "joined", functions=functions, format=self._format("output"))

    def _bridge(self, ms: int) -> None:
        """Play a piece of the hold sound, until the lease is over."""
        if ms >= LEASE_SECONDS * 1000:
            self._events.end(RealtimeError("their connection was lost", code="person_gone", fatal=True))
            return
        self._play(hold_sound(str(self._format("output")["type"]), ms, PIECE_MS))
        self._lease = asyncio.get_running_loop().call_later(PIECE_MS / 1000, self._bridge, ms + PIECE_MS)

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
        if not text or self._events.ended or self._state is State.LEAVING:
            return
        response = self._speaking()
        response.open_message(spoken=True)
        response.write(text)
        self._response = None
        response.end("completed")

    def _caller_ended(self, item_id: str) -> None:
        if not self._events.ended:
            self._conversation.commit(item_id, None)

    def _caller_said(self, item_id: str, text: str | None) -> None:
        place = {"item_id": item_id, "content_index": 0}
        if text is None:
            error = {
                "type": "server_error",
                "code": "transcription_failed",
                "message": "Not understood.",
                "param": None,
            }
            self._events.emit("conversation.item.input_audio_transcription.failed", **place, error=error)
        else:
            usage = {"type": "duration", "seconds": 0}
            kind = "conversation.item.input_audio_transcription.completed"
            self._events.emit(kind, **place, transcript=text, usage=usage)


HANDLERS: dict[str, Callable[[PersonSession, Json], None]] = {
    "session.update": PersonSession._update,
    "conversation.item.create": PersonSession._change_items,
    "conversation.item.delete": PersonSession._change_items,
    "input_audio_buffer.append": PersonSession._append,
    "input_audio_buffer.commit": PersonSession._pass_on,
    "input_audio_buffer.clear": PersonSession._pass_on,
    "response.cancel": PersonSession._cancel,
}
