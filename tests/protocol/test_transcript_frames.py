"""Transcript deltas that are recognised without parsing, and those that are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.protocol.transcript_frames import transcript_words

EVENT: dict[str, Any] = {
    "type": "response.output_audio_transcript.delta",
    "event_id": "event_1",
    "response_id": "resp_1",
    "item_id": "item_1",
    "output_index": 0,
    "content_index": 2,
    "delta": "Hello",
}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["compact", "spaced"])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("words", ["Hello", "", 'He said "no"', "Grüße, 你好", "a\\b\n\t", "\U0001f600", "it's }"])
def test_what_a_service_writes_is_recognised(words: str, ascii_only: bool, separators: tuple[str, str]) -> None:
    """However it writes JSON; the words are those that parsing would find."""
    frame = json.dumps({**EVENT, "delta": words}, ensure_ascii=ascii_only, separators=separators)

    assert transcript_words(frame) == ("resp_1", "item_1", 2, words)


def test_padding_that_hides_the_length_is_no_obstacle() -> None:
    """Services may add `obfuscation` to a delta."""
    assert transcript_words(json.dumps({**EVENT, "obfuscation": "xK3"})) == ("resp_1", "item_1", 2, "Hello")


@pytest.mark.parametrize(
    "frame",
    [
        json.dumps({**EVENT, "type": "response.output_text.delta"}),
        json.dumps({**EVENT, "type": "response.output_audio.delta"}),
        json.dumps({key: value for key, value in EVENT.items() if key != "event_id"}),
        json.dumps({**EVENT, "content_index": -1}),
        json.dumps({**EVENT, "content_index": 10**400}),
        json.dumps({**EVENT, "content_index": "2"}),
        json.dumps({**EVENT, "delta": None}),
        json.dumps({**EVENT, "item_id": 'quo"ted'}),
        json.dumps({**EVENT, "extra": 1}),
        json.dumps(EVENT)[:-1] + ', "type": "session.update"}',
        json.dumps(EVENT)[:-1],
        json.dumps(EVENT) + "}",
        json.dumps(EVENT).replace("Hello", r"\q"),
        json.dumps({**EVENT, "delta": "half \ud83d"}),
        json.dumps({**EVENT, "delta": "half \ud83d"}, ensure_ascii=False),
        json.dumps(EVENT).replace("resp_1", "resp\n1"),
        json.dumps(EVENT).replace("Hello", "line\nbreak"),
        json.dumps(EVENT).replace('"content_index": 2', '"content_index": 02'),
    ],
)
def test_anything_else_takes_the_full_path(frame: str) -> None:
    """It is left to the JSON parser: other events, other keys, keys said twice, what is not JSON."""
    assert transcript_words(frame) is None
