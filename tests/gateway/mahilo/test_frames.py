"""The frames of mahilo's clients."""

from __future__ import annotations

import base64
import json

import pytest

from orchestrator.gateway.mahilo.frames import CLEAR, LONGEST, media, ms_of, read_line, read_media

BLOCK = base64.b64encode(bytes(2048)).decode()  # what the client's microphone sends at a time


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        ('"hello"', "hello"),
        ('"say \\"yes\\"\\u00e9"', 'say "yes"é'),
        ("hello", "hello"),
        ('"hello', '"hello'),
        ("42", "42"),
        ('{"text": "hello"}', '{"text": "hello"}'),
        ("[" * 100_000, "[" * 100_000),
        ("", ""),
    ],
)
def test_a_line_is_a_json_string_or_itself(frame: str, line: str) -> None:
    """The client sends JSON strings; what is not one was typed by another program, and is taken as it is."""
    assert read_line(frame) == line


def test_a_block_of_the_clients_microphone_is_read_as_it_is_written() -> None:
    """1,024 samples are 42.7 ms."""
    frame = json.dumps({"event": "media", "media": {"payload": BLOCK}})

    assert read_media(frame) == BLOCK
    assert ms_of(BLOCK) == pytest.approx(2048 / 48)


@pytest.mark.parametrize("event", ["start", "clear", "connected", None, 1])
def test_other_events_mean_nothing(event: object) -> None:
    """They are ignored, as by mahilo."""
    assert read_media(json.dumps({"event": event, "media": {"payload": BLOCK}})) is None


@pytest.mark.parametrize(
    "frame",
    [
        "hello",
        "{}",
        "[]",
        "1",
        "null",
        '{"event": "media"}',
        '{"event": "media", "media": "x"}',
        '{"event": "media", "media": {"payload": 1}}',
        '{"event": "media", "media": {"payload": ""}}',
        '{"event": "media", "media": {"payload": "AAA"}}',
        '{"event": "media", "media": {"payload": "A\\"A="}}',
        json.dumps({"event": "media", "media": {"payload": "A" * LONGEST}}),
        "[" * 10_000,
    ],
)
def test_an_invalid_frame_is_refused(frame: str) -> None:
    """Nothing that is not base64 gets into a frame for an agent's session."""
    with pytest.raises(ValueError, match=r"frame|base64|JSON|Expecting"):
        read_media(frame)


@pytest.mark.parametrize("frame", [media(BLOCK), CLEAR])
def test_what_is_sent_is_an_object_with_an_event(frame: str) -> None:
    """The client's listener ends on JSON without `event`, and takes only an opening brace for JSON."""
    assert frame.startswith("{")
    assert "event" in json.loads(frame)


def test_audio_is_written_as_it_is_read() -> None:
    """Both directions have the same frame."""
    assert read_media(media(BLOCK)) == BLOCK
