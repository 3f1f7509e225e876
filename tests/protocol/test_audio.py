"""Audio frames are recognised and measured without parsing them; formats have their sizes."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.audio import FORMATS, bytes_per_ms, decoded, silence

AUDIO = base64.b64encode(bytes(960)).decode()


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
