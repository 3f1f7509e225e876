"""Models that write are heard as if they spoke."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from orchestrator.protocol.audio_frames import delta_audio
from orchestrator.protocol.transcript_frames import transcript_words
from orchestrator.team.trials import Step
from orchestrator.testing import ScriptedRealtime, say
from orchestrator.trials.scripted import ScriptedModels
from orchestrator.trials.simulated_time import SimulatedLoop
from orchestrator.trials.spoken_text import MS_PER_LETTER, SpokenSession, SpokenText, refuses, spoken_ms

WORDS = "One two three four five six."
SPOKEN = {"type": "realtime", "output_modalities": ["audio"], "audio": {"output": {"format": {"type": "audio/pcmu"}}}}
Event = dict[str, Any]


class Talk:
    """A spoken session, and what it says."""

    def __init__(self, session: Any) -> None:
        # The session, and its events.
        self.session = session
        self.frames: list[str] = []

    def send(self, kind: str, **fields: Any) -> None:
        """Send a client event."""
        self.session.send(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str) -> Event:
        """Read up to an event of a type."""

        def take(frame: str) -> bool:
            self.frames.append(frame)
            return str(json.loads(frame)["type"]) == kind

        await self.session.read(take)
        found: Event = json.loads(self.frames[-1])
        return found

    @property
    def kinds(self) -> list[str]:
        """The types of the events so far."""
        return [json.loads(frame)["type"] for frame in self.frames]


async def talk(session: Event = SPOKEN) -> Talk:
    """Open a session whose model has one thing to say."""
    models = ScriptedModels()
    models.load([Step(agent="a", says=WORDS), Step(agent="a", says="More.")])
    opened = Talk(await SpokenText(models).open("a"))
    opened.send("session.update", session=session)
    return opened


async def test_words_come_with_the_time_that_they_take() -> None:
    """A transcript, and silence of that length, in frames that the codec reads."""
    made = await talk()
    assert (await made.until("session.updated"))["session"]["output_modalities"] == ["text"]
    made.send("response.create", response={"output_modalities": ["audio"]})
    await made.until("response.done")
    words = [found[3] for found in map(transcript_words, made.frames) if found]
    sounds = [found[2] / 8 for found in map(delta_audio, made.frames) if found]

    assert "".join(words) == WORDS
    assert sum(sounds) == pytest.approx(len(WORDS) * MS_PER_LETTER, abs=len(sounds))
    assert "response.output_text.delta" not in made.kinds


async def test_a_response_beside_the_conversation_is_not_heard() -> None:
    """Nor is any of a session that is asked in text."""
    made, consulted = await talk(), await talk({"type": "realtime", "output_modalities": ["text"]})
    made.send("response.create", response={"conversation": "none", "output_modalities": ["text"]})
    consulted.send("response.create")
    for one in (made, consulted):
        await one.until("response.done")
        assert "response.output_text.delta" in one.kinds
        assert "response.output_audio.delta" not in one.kinds


@pytest.mark.parametrize(("seconds", "heard"), [(0.9, "One two three …"), (99.0, f"{WORDS} …")])
async def test_an_answer_that_is_cut_is_what_was_heard(seconds: float, heard: str) -> None:
    """In the model's conversation too, where it was."""
    made = await talk()
    made.send("response.create")
    item = (await made.until("response.done"))["response"]["output"][0]["id"]
    made.send("conversation.item.create", item={"type": "message", "role": "user", "content": []})
    await made.until("conversation.item.done")
    made.send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=int(seconds * 1000))
    again = await made.until("conversation.item.done")
    made.send("conversation.item.truncate", item_id="other", content_index=0, audio_end_ms=1)

    assert again["item"]["id"] == item
    assert again["item"]["content"][0]["text"] == heard
    assert (await made.until("error"))["error"]["code"] == "item_truncate_invalid_item_id"


async def test_it_stops_reading_when_there_is_enough() -> None:
    """What was read already is for the next one who reads."""
    made, taken = await talk(), list[str]()
    await made.until("session.updated")
    made.send("response.create")

    def first(frame: str) -> bool:
        taken.append(json.loads(frame)["type"])
        return taken[-1] == "response.output_audio_transcript.delta"

    await made.session.read(first)
    await made.session.read(lambda frame: not taken.append(json.loads(frame)["type"]))  # type: ignore[func-returns-value]
    await made.session.close()

    assert taken[-1] == "response.output_audio.delta"
    assert made.session.max_age is None


def test_the_clock_waits_for_what_is_outside() -> None:
    """While a session is opened, configured, or answers; not any more when it is closed."""

    async def work() -> list[int]:
        loop, seen = asyncio.get_running_loop(), list[int]()
        assert isinstance(loop, SimulatedLoop)
        models = ScriptedModels()
        made = Talk(await SpokenText(models, loop).open("a"))

        def look() -> None:
            seen.extend([loop._selecting.outside, loop._selecting.connections])

        look()
        made.send("session.update", session=SPOKEN)
        made.send("response.create")
        look()
        await made.until("session.updated")
        look()
        made.send("conversation.item.delete", item_id="none")
        await made.until("error")
        look()
        await made.session.close()
        look()
        return seen

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        assert runner.run(work()) == [0, 1, 2, 1, 1, 1, 0, 1, 0, 0]


async def test_a_service_is_asked_for_text_over_its_socket() -> None:
    """Also where it is only asked in text."""
    async with ScriptedRealtime() as server:
        server.reply("a-realtime", say("Hello."))
        made = Talk(await SpokenText(server).open_text("a-realtime"))
        made.send("session.update", session=SPOKEN)
        made.send("response.create")
        await made.until("response.done")
        await made.session.close()
        assert isinstance(made.session, SpokenSession)
        assert server.sessions[0].of("session.update")[0]["session"]["output_modalities"] == ["text"]


def test_the_pace_of_speech() -> None:
    """In proportion to the letters, and bounded."""
    assert spoken_ms("") == 0
    assert spoken_ms("a" * 10) == 10 * MS_PER_LETTER
    assert spoken_ms("a" * 10_000_000) == 120_000


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        ({"code": "conversation_already_has_active_response"}, True),
        ({"param": "response.tools"}, True),
        ({"param": "session.voice"}, True),
        ({"code": "item_delete_invalid_item_id", "param": "item_id"}, False),
        ({}, False),
    ],
)
def test_errors_that_answer_what_is_awaited(error: Event, refused: bool) -> None:
    """Others are about something else."""
    assert refuses(error) is refused
