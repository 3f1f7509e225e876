"""The items of a response, their parts and deltas."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from orchestrator.local.items import Conversation
from orchestrator.local.output import Output
from orchestrator.providers.outlet import Outlet
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
def outlet() -> Outlet:
    """Return a queue of server events that nobody reads yet."""
    return Outlet()


async def events(outlet: Outlet) -> list[dict[str, Any]]:
    """Return the events so far."""
    frames: list[str] = []
    outlet.end()
    await outlet.read(into(frames))
    return [json.loads(frame) for frame in frames]


async def test_the_transcript_runs_a_little_ahead_of_the_audio(outlet: Outlet) -> None:
    """Words are sent with the audio, as far as 400 ms ahead of it; the rest when the sentence is over."""
    output = Output(outlet, "resp_1", None, "audio/pcm")
    output.open_message(spoken=True)
    output.begin_sentence("One two three four five six seven eight nine ten.")
    list(output.sound(np.zeros(24 * 200, np.int16)))
    early = output.entries[0].said[-1].end_ms
    output.end_sentence()
    kinds = [event["type"] for event in await events(outlet)]

    first, sound = kinds.index("response.output_audio_transcript.delta"), kinds.index("response.output_audio.delta")
    assert early == 200
    assert first < sound
    assert kinds[:sound].count("response.output_audio_transcript.delta") == 2
    assert kinds[sound:].count("response.output_audio_transcript.delta") == 8


async def test_a_message_that_is_cut_keeps_the_words_that_were_sent(outlet: Outlet) -> None:
    """The others are neither in the transcript nor in the conversation."""
    output = Output(outlet, "resp_1", None, "audio/pcm")
    output.open_message(spoken=True)
    output.begin_sentence("One two three four five six seven eight nine ten.")
    next(output.sound(np.zeros(24 * 1000, np.int16)))
    output.close("incomplete")

    entry = output.entries[0]
    assert entry.item["status"] == "incomplete"
    assert entry.item["content"] == [{"type": "output_audio", "transcript": "One two"}]
    assert [stretch.text for stretch in entry.said] == ["One two"]


@pytest.mark.parametrize(("format_type", "size"), [("audio/pcm", 9600), ("audio/pcmu", 1600), ("audio/pcma", 1600)])
async def test_audio_comes_in_deltas_of_200_ms(outlet: Outlet, format_type: str, size: int) -> None:
    """In each format; what is left over is a shorter one."""
    output = Output(outlet, "resp_1", None, format_type)
    output.open_message(spoken=True)
    output.begin_sentence("One.")
    list(output.sound(np.zeros(24 * 500, np.int16), last=True))
    deltas = [event["delta"] for event in await events(outlet) if event["type"] == "response.output_audio.delta"]
    sizes = [len(base64.b64decode(delta)) for delta in deltas]

    assert sizes[:2] == [size, size]
    assert 0 < sizes[2] < size
    assert output.audio_ms == pytest.approx(500, abs=2)


async def test_a_function_call_ends_the_message_before_it(outlet: Outlet) -> None:
    """Each is an item of its own, with its place in the response."""
    output = Output(outlet, "resp_1", None, "audio/pcm")
    output.open_message(spoken=False)
    output.begin_sentence("One moment.")
    output.end_sentence()
    output.call("find_order", "{}")
    done = [event for event in await events(outlet) if event["type"] == "response.output_item.done"]

    assert [event["item"]["type"] for event in done] == ["message", "function_call"]
    assert [event["output_index"] for event in done] == [0, 1]
    assert all(event["item"]["status"] == "completed" for event in done)


async def test_items_out_of_band_enter_no_conversation(outlet: Outlet) -> None:
    """With a conversation they do, and the client is told."""
    for conversation in (None, Conversation()):
        output = Output(outlet, "resp_1", conversation, "audio/pcm")
        output.call("find_order", "{}")
        if conversation is not None:
            assert list(conversation.entries()) == output.entries
    added = [event for event in await events(outlet) if event["type"] == "conversation.item.added"]
    assert len(added) == 1
