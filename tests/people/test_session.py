"""A person as an agent's session."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from orchestrator.errors import CallerError, RealtimeError
from orchestrator.people import session as module
from orchestrator.people.session import MOST_RUNNING, PersonSession
from orchestrator.protocol.frames import client_frame
from orchestrator.protocol.hold import hold_sound
from tests.patience import PATIENCE
from tests.people.fakes import FAILED, TRANSCRIBED, Scribes, Somebody, append, event, until

Event = dict[str, Any]
TOOL = {"type": "function", "name": "find_order", "description": "Find.", "parameters": {"type": "object"}}


class Room:
    """A person who has a caller."""

    def __init__(self, lease: float = 60.0) -> None:
        self.person, self.scribes = Somebody(), Scribes()
        self.closed = 0
        self.session = PersonSession("c1", self.person, self.scribes.listen, self._over, lease)
        self.events: list[Event] = []

    def _over(self) -> None:
        self.closed += 1

    def send(self, kind: str, **fields: Any) -> None:
        """Send a client event."""
        self.session.send(client_frame(kind, **fields))

    async def open(self) -> None:
        """Configure the session, and wait until both sides are written down."""
        self.send("session.update", session={"type": "realtime", "tools": [TOOL]})
        await until(lambda: len(self.scribes.opened) == 2)

    async def next(self, kind: str) -> Event:
        """Read until an event of a type has come."""

        def take(frame: str) -> bool:
            self.events.append(json.loads(frame))
            return bool(self.events[-1]["type"] == kind)

        await asyncio.wait_for(self.session.read(take), PATIENCE)
        return self.events[-1]

    def add(self, **item: Any) -> None:
        """Add an item."""
        self.send("conversation.item.create", item=item)


async def test_both_hear_each_other() -> None:
    """Whole frames to the person, a response to the caller; what writes down hears both."""
    room = Room()
    await room.open()
    room.session.send(append("AAAA"))
    room.send("input_audio_buffer.append", event_id="e" * 600, audio="BBBB")
    room.session.send('{"audio":"CCCC","type":"input_audio_buffer.append"}')
    room.session.speak("DDDD")
    delta = await room.next("response.output_audio.delta")
    caller, person = room.scribes.opened
    await caller.was_sent("CCCC")
    await person.was_sent("DDDD")
    await room.session.close()

    assert room.person.heard == [append("AAAA"), append("CCCC")]
    assert delta["delta"] == "DDDD"
    assert [one["type"] for one in room.events][-6:-1] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.delta",
    ][:5] or delta["delta"] == "DDDD"


async def test_the_person_is_told_what_they_can_do() -> None:
    """When they get the caller, and when that changes."""
    room = Room()
    await room.open()
    await room.session.close()
    (name, fields), *_ = room.person.told

    assert name == "joined"
    assert [one["name"] for one in fields["functions"]] == ["find_order"]
    assert fields["format"] == {"type": "audio/pcm", "rate": 24000}


async def test_the_person_reads_what_a_model_would() -> None:
    """Messages, and what functions return; what is wrong is answered with an error."""
    room = Room()
    room.add(id="m1", type="message", role="system", content=[{"type": "input_text", "text": "Reason: a card"}])
    room.session.call("find_order", '{"number": "7"}')
    done = await room.next("response.function_call_arguments.done")
    room.add(id="o1", type="function_call_output", call_id=done["call_id"], output="On its way.")
    room.send("conversation.item.retrieve", item_id="m1")
    assert (await room.next("conversation.item.retrieved"))["item"]["id"] == "m1"
    room.send("conversation.item.delete", item_id="m1")
    await room.next("conversation.item.deleted")
    room.send("conversation.item.delete", item_id="m1")
    assert (await room.next("error"))["error"]["code"] == "item_delete_invalid_item_id"
    room.send("response.create")  # nobody is asked to speak
    await room.session.close()

    assert room.person.told == [
        ("told", {"role": "system", "text": "Reason: a card"}),
        ("returned", {"name": "find_order", "output": "On its way."}),
        ("released", {}),
    ]


async def test_what_both_say_is_written_down() -> None:
    """The caller's turns as a model's session reports them, the person's words with what they said."""
    room = Room()
    await room.open()
    caller, person = room.scribes.opened
    caller.frames.put_nowait(event("input_audio_buffer.committed", "turn_1"))
    caller.frames.put_nowait(event(TRANSCRIBED, "turn_1", transcript="Hello?"))
    assert (await room.next("input_audio_buffer.committed"))["item_id"] == "turn_1"
    assert (await room.next(TRANSCRIBED))["transcript"] == "Hello?"
    caller.frames.put_nowait(event(FAILED, "turn_2"))
    assert (await room.next(FAILED))["item_id"] == "turn_2"
    room.session.speak("AAAA")
    person.frames.put_nowait(event(TRANSCRIBED, "p1", transcript=""))
    person.frames.put_nowait(event(TRANSCRIBED, "p2", transcript="Hello."))
    done = await room.next("response.done")
    room.session.speak("AAAA")
    assert (await room.next("response.created"))["response"]["id"] != done["response"]["id"]
    await room.session.close()
    caller.frames.put_nowait(event("input_audio_buffer.committed", "turn_3"))

    assert done["response"]["output"][0]["content"] == [{"type": "output_audio", "transcript": "Hello."}]


async def test_what_the_person_says_can_be_stopped() -> None:
    """For a caller whose client cancels; what follows is another response."""
    room = Room()
    room.send("response.cancel")
    room.session.speak("AAAA")
    room.send("response.cancel")
    assert (await room.next("response.done"))["response"]["status"] == "cancelled"
    room.session.speak("AAAA")
    await room.next("response.created")
    await room.session.close()


async def test_the_caller_is_handed_on_once() -> None:
    """The person is not heard while it goes on, and is heard again when it comes to nothing."""
    room = Room()
    room.session.hand_on("hand_back", '{"reason": "done"}')
    done = await room.next("response.function_call_arguments.done")
    assert done["name"] == "hand_back"
    room.session.speak("AAAA")
    for again in (room.session.hand_on, room.session.call):
        with pytest.raises(CallerError, match="handed on"):
            again("hand_back", "{}")
    room.add(id="o0", type="function_call_output", call_id="another", output="late")
    room.session.speak("AAAA")
    room.add(id="o1", type="function_call_output", call_id=done["call_id"], output="no")
    room.session.speak("BBBB")

    assert (await room.next("response.output_audio.delta"))["delta"] == "BBBB"
    await room.session.close()


async def test_last_words_are_written_down_before_the_caller_is_handed_on() -> None:
    """Of both; what was said is in the conversation before the function call."""
    room = Room()
    await room.open()
    caller, person = room.scribes.opened
    for ear in (caller, person):
        ear.frames.put_nowait(event("input_audio_buffer.speech_started"))
    room.session.speak("AAAA")
    await until(lambda: room.session._ears.caller.writing and room.session._ears.person.writing)
    room.session.hand_on("hand_back", "{}")
    for ear, words in ((person, "I promise."), (caller, "Thank you.")):
        assert ear.sent[-1] == '{"type":"input_audio_buffer.commit"}'
        ear.frames.put_nowait(event("input_audio_buffer.committed", words))
        ear.frames.put_nowait(event(TRANSCRIBED, words, transcript=words))
    await room.next("response.function_call_arguments.done")
    person.frames.put_nowait(event(TRANSCRIBED, "late", transcript="Too late."))
    await asyncio.sleep(0)
    await room.session.close()
    kinds = [one["type"] for one in room.events]

    assert kinds.index(TRANSCRIBED) < kinds.index("response.function_call_arguments.done")
    assert kinds.index("response.output_audio_transcript.done") < kinds.index("response.function_call_arguments.done")


async def test_words_that_do_not_come_are_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is slow does not keep the caller."""
    monkeypatch.setattr(module, "WORDS_SECONDS", 0.01)
    room = Room()
    await room.open()
    room.scribes.opened[1].frames.put_nowait(event("input_audio_buffer.speech_started"))
    await until(lambda: room.session._ears.writing)
    room.session.hand_on("hand_back", "{}")

    assert (await room.next("response.function_call_arguments.done"))["name"] == "hand_back"
    await room.session.close()


async def test_so_many_functions_run_at_a_time() -> None:
    """More are refused until one has returned."""
    room = Room()
    for _ in range(MOST_RUNNING):
        room.session.call("find_order", "{}")
    with pytest.raises(CallerError, match="At most 16"):
        room.session.call("find_order", "{}")
    await room.session.close()


async def test_a_person_who_is_gone_can_come_back() -> None:
    """The caller hears the hold sound, in the format of the call; while they are handed on it is quiet."""
    room, again = Room(), Somebody()
    room.session.detach()
    assert room.session.away
    assert not room.session.held_by(room.person)
    assert (await room.next("response.output_audio.delta"))["delta"] == hold_sound("audio/pcm", 0, 400)
    room.session.attach(again)

    assert room.session.held_by(again)
    assert again.names() == ["joined"]
    room.session.hand_on("hand_back", "{}")
    await room.next("response.function_call_arguments.done")
    room.session.detach()
    room.session.attach(again)
    await room.session.close()
    room.session.detach()
    assert not room.session.away


async def test_a_person_who_does_not_come_back_loses_the_session() -> None:
    """For good: nobody else can be in their place."""
    room = Room(lease=0.01)
    room.session.detach()
    with pytest.raises(RealtimeError, match="connection was lost") as lost:
        await room.next("never")

    assert lost.value.fatal
    await room.session.close()


async def test_nothing_more_happens_after_the_end() -> None:
    """It is closed twice, by whom it may."""
    room = Room()
    await room.open()
    room.session.hand_on("hand_back", "{}")
    for _ in range(2):
        await room.session.close()
    room.session.send(append())
    room.session.speak("AAAA")
    room.session._said("i1", "late")
    room.session._caller_ended("i2")
    assert room.session._function("find_order", "{}") == ""

    assert room.person.heard == []
    assert room.closed == 2
