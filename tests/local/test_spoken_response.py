"""Sound and words of a response, in step with each other."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from orchestrator.local.items import Conversation
from orchestrator.local.spoken_response import SpokenResponse
from orchestrator.providers.event_queue import EventQueue
from tests.local.scene import talk
from tests.reading import into


async def test_deltas_add_up() -> None:
    """Transcript deltas make the transcript; each names its response and item."""
    async with talk() as client:
        client.say("One thing. Another thing!")
        client.send("response.create")
        events = await client.until("response.done")
        words = [event["delta"] for event in events if event["type"] == "response.output_audio_transcript.delta"]
        assert "".join(words) == "One thing. Another thing!"
        deltas = [event for event in events if event["type"].endswith("audio.delta")]
        assert {(event["output_index"], event["content_index"]) for event in deltas} == {(0, 0)}
        assert {event["item_id"] for event in deltas} == {events[-1]["response"]["output"][0]["id"]}


@pytest.fixture
def events() -> EventQueue:
    """Return a queue of server events that nobody reads yet."""
    return EventQueue()


def spoken(events: EventQueue, format_type: str = "audio/pcm") -> SpokenResponse:
    """Return a response that has nothing in it."""
    return SpokenResponse(Conversation(events.emit), {}, format_type, aside=True)


async def written(events: EventQueue) -> list[dict[str, Any]]:
    """Return the events so far."""
    frames: list[str] = []
    events.end()
    await events.read(into(frames))
    return [json.loads(frame) for frame in frames]


async def test_the_transcript_runs_a_little_ahead_of_the_audio(events: EventQueue) -> None:
    """Words are sent with the audio, as far as 400 ms ahead of it; the rest when the sentence is over."""
    response = spoken(events)
    response.open_message(spoken=True)
    response.begin_sentence("One two three four five six seven eight nine ten.")
    list(response.sound(np.zeros(24 * 200, np.int16)))
    early = response.entries[0].said[-1].end_ms
    response.end_sentence()
    kinds = [event["type"] for event in await written(events)]

    first, sound = kinds.index("response.output_audio_transcript.delta"), kinds.index("response.output_audio.delta")
    assert early == 200
    assert first < sound
    assert kinds[:sound].count("response.output_audio_transcript.delta") == 2
    assert kinds[sound:].count("response.output_audio_transcript.delta") == 8


async def test_a_message_that_is_cut_keeps_the_words_that_were_sent(events: EventQueue) -> None:
    """The others are neither in the transcript nor in the conversation."""
    response = spoken(events)
    response.open_message(spoken=True)
    response.begin_sentence("One two three four five six seven eight nine ten.")
    next(response.sound(np.zeros(24 * 1000, np.int16)))
    response.close_message("incomplete")

    entry = response.entries[0]
    assert entry.item["status"] == "incomplete"
    assert entry.item["content"] == [{"type": "output_audio", "transcript": "One two"}]
    assert [stretch.text for stretch in entry.said] == ["One two"]


@pytest.mark.parametrize(("format_type", "size"), [("audio/pcm", 9600), ("audio/pcmu", 1600), ("audio/pcma", 1600)])
async def test_audio_comes_in_deltas_of_200_ms(events: EventQueue, format_type: str, size: int) -> None:
    """In each format; what is left over is a shorter one."""
    response = spoken(events, format_type)
    response.open_message(spoken=True)
    response.begin_sentence("One.")
    list(response.sound(np.zeros(24 * 500, np.int16), last=True))
    deltas = [event["delta"] for event in await written(events) if event["type"] == "response.output_audio.delta"]
    sizes = [len(base64.b64decode(delta)) for delta in deltas]

    assert sizes[:2] == [size, size]
    assert 0 < sizes[2] < size
    assert response.audio_ms == pytest.approx(500, abs=2)


async def test_a_function_call_ends_the_message_before_it(events: EventQueue) -> None:
    """Each is an item of its own, with its place in the response."""
    response = spoken(events)
    response.open_message(spoken=False)
    response.begin_sentence("One moment.")
    response.end_sentence()
    response.call("find_order", "{}")
    done = [event for event in await written(events) if event["type"] == "response.output_item.done"]

    assert [event["item"]["type"] for event in done] == ["message", "function_call"]
    assert [event["output_index"] for event in done] == [0, 1]
    assert all(event["item"]["status"] == "completed" for event in done)
