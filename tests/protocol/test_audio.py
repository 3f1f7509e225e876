"""Audio frames are recognised and measured without parsing them; formats have their sizes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.audio import FORMATS, append_ms, bytes_per_ms, decoded, delta_audio, silence

AUDIO = base64.b64encode(bytes(960)).decode()


@pytest.mark.parametrize(
    ("frame", "ms"),
    [
        (json.dumps({"type": "input_audio_buffer.append", "audio": AUDIO}), 20.0),
        (
            json.dumps({"type": "input_audio_buffer.append", "event_id": "e", "audio": AUDIO}, separators=(",", ":")),
            20.0,
        ),
        (json.dumps({"audio": AUDIO, "type": "input_audio_buffer.append"}), None),
        ('{"type":"input_audio_buffer.append"}', None),
        ('{"type":"input_audio_buffer.append","audio":5}', None),
        ('{"type":"input_audio_buffer.append","audio":"abc"}', None),
        ('{"type":"input_audio_buffer.append","audio":"', None),
        ('{"type":"input_audio_buffer.append","audio":"AAAA"', None),
        ('{"type":"input_audio_buffer.append","audio":null,"event_id":"e"}', None),
        ('{"type":"input_audio_buffer.append","x":{"audio":"AAAA"}}', None),
        (r'{"type":"input_audio_buffer.append","audio":"AA\/\/"}', None),
        ('{"type":"input_audio_buffer.append","audio":"AAAA","type":"session.update","session":{}}', None),
        ('{"type":"input_audio_buffer.append","audio":"AAAA","event_id":"e"}', 3 / 48),
        ('{"type":"input_audio_buffer.append", "event_id": "e", "audio": "AAAA"}', 3 / 48),
        ('{"type":"input_audio_buffer.append","audio":"AAAA","event_id":"e","x":1}', None),
        ('{"type":"input_audio_buffer.append","audio":"AAAA","event_id":"' + "e" * 513 + '"}', None),
    ],
)
def test_callers_audio_is_counted_without_parsing(frame: str, ms: float | None) -> None:
    """What cannot be recognised takes the full path."""
    assert append_ms(frame, 48) == ms


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        pytest.param(
            '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
            '"output_index":0,"content_index":0,"delta":"AAA="}',
            ("r", "i", 2),
            id="as it is usually written",
        ),
        pytest.param('{"type":"response.output_audio.delta","delta":"AAAA"}', None, id="without its ids"),
        pytest.param(
            '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
            '"output_index":0,"content_index":0,"delta":"AA\\/A"}',
            None,
            id="escaped text",
        ),
        pytest.param(
            '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
            '"output_index":0,"content_index":0,"delta":"AAAA"',
            None,
            id="cut short",
        ),
        pytest.param('{"type":"response.done"}', None, id="another event"),
    ],
)
def test_a_services_audio_is_measured_without_parsing(frame: str, found: tuple[str, str, int] | None) -> None:
    """Its ids are cut out and its bytes follow from the length of the text; anything unusual takes the full path."""
    assert delta_audio(frame) == found


def test_g711_has_eight_bytes_a_millisecond() -> None:
    """24 kHz PCM16 has 48."""
    assert [bytes_per_ms(kind) for kind in ("audio/pcmu", "audio/pcma", "audio/pcm")] == [8, 8, 48]


@pytest.mark.parametrize(("kind", "byte"), [("audio/pcm", 0), ("audio/pcmu", 0xFF), ("audio/pcma", 0xD5)])
def test_silence_has_the_length_and_the_level_of_its_format(kind: str, byte: int) -> None:
    """Zero of PCM is a loud click in G.711."""
    assert set(silence(kind, 20)) == {byte}
    assert len(silence(kind, 20)) == 20 * bytes_per_ms(kind)


def test_formats_are_written_as_in_the_session_object() -> None:
    """Only PCM names its rate."""
    assert dict(FORMATS) == {
        "audio/pcm": {"type": "audio/pcm", "rate": 24_000},
        "audio/pcmu": {"type": "audio/pcmu"},
        "audio/pcma": {"type": "audio/pcma"},
    }


def test_audio_of_an_event_is_base64() -> None:
    """What is decoded are its bytes."""
    assert decoded(base64.b64encode(b"abc").decode(), "audio") == b"abc"


@pytest.mark.parametrize(
    ("audio", "code"),
    [
        (None, "missing_required_parameter"),
        (7, "missing_required_parameter"),
        ("!", "invalid_value"),
        ("AAA", "invalid_value"),
        ("\ud800", "invalid_value"),
    ],
)
def test_what_is_no_base64_is_refused(audio: Any, code: str) -> None:
    """With the code of the service, and the field."""
    with pytest.raises(CallerError) as refused:
        decoded(audio, "audio")
    assert (refused.value.code, refused.value.param) == (code, "audio")
