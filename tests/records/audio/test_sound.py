"""Frames as samples: exact for PCM, the standard's levels for G.711."""

from __future__ import annotations

import base64
import json
from array import array

import numpy as np
import pytest

from orchestrator.local.speech import g711
from orchestrator.records.audio.sound import (
    G711,
    RATE,
    STEP_SAMPLES,
    STEPS,
    Spelling,
    pcm_of,
    samples,
    steps_in,
    text_of,
)
from tests.records.audio.hearing import pitch, tone


@pytest.mark.parametrize("kind", G711)
def test_every_code_is_the_level_of_the_standard(kind: str) -> None:
    """Each third sample is one of the telephone's, and those between are on the way to it."""
    codes = bytes(range(256))
    decoded = array("h", samples(codes, kind))

    assert decoded[2::3].tolist() == g711.decode(codes, law=kind).tolist()
    assert len(decoded) == STEP_SAMPLES * steps_in(256, kind)
    for before, one, two, after in zip(decoded[2::3], decoded[3::3], decoded[4::3], decoded[5::3], strict=False):
        assert min(before, after) <= min(one, two)
        assert max(one, two) <= max(before, after)


def test_a_tone_of_a_telephone_stays_the_tone_that_it_was() -> None:
    """Its pitch and its loudness."""
    sent = np.frombuffer(tone(440, 500, 8000), np.int16)
    heard = array("h", samples(g711.encode(sent, law="audio/pcmu"), "audio/pcmu"))

    assert len(heard) == 12_000
    assert pitch(heard) == pytest.approx(440, rel=0.01)
    assert max(heard) == pytest.approx(9000, rel=0.05)


def test_pcm_is_kept_as_it_came() -> None:
    """But for half a sample."""
    assert samples(b"\x01\x02\x03\x04\x05", "audio/pcm") == b"\x01\x02\x03\x04"
    assert steps_in(4800, "audio/pcm") == STEPS // 10


@pytest.mark.parametrize("fields", [{"type": "input_audio_buffer.append"}, {"type": "response.output_audio.delta"}])
@pytest.mark.parametrize("escaped", [False, True])
def test_the_audio_of_a_frame_is_found(fields: dict[str, str], *, escaped: bool) -> None:
    """In the usual form, and in any other."""
    audio = bytes(range(250)) + b"\xff\xef\xbe"
    key = "audio" if "append" in fields["type"] else "delta"
    more = {"event_id": "e", "response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    frame = json.dumps({**fields, **(more if key == "delta" else {}), key: base64.b64encode(audio).decode()})
    frame = frame.replace("/", r"\/") if escaped else frame

    assert base64.b64decode(text_of(frame)) == audio


@pytest.mark.parametrize("frame", ["", "[]", "{", "{}", '{"audio":5}', '{"audio":"a"}'])
def test_a_frame_without_audio_is_refused(frame: str) -> None:
    """With the one exception that is expected of it."""
    with pytest.raises(ValueError, match=r"."):
        Spelling().frame("a", frame, "audio/pcm")


def append(audio: bytes | str) -> str:
    """Return a frame of the caller's."""
    text = audio if isinstance(audio, str) else base64.b64encode(audio).decode()
    return json.dumps({"type": "input_audio_buffer.append", "audio": text})


@pytest.mark.parametrize("size", [960, 962, 1, 4800, 7])
def test_frames_of_any_length_follow_each_other_exactly(size: int) -> None:
    """Whole steps as they came, others by what is left of them."""
    sound = bytes(range(256)) * 200
    spelling = Spelling()
    texts = [spelling.frame("a", append(sound[at : at + size // 2 * 2]), "audio/pcm") for at in range(0, 25_000, size)]
    whole = b"".join(sound[at : at + size // 2 * 2] for at in range(0, 25_000, size))

    assert all(len(text) % 8 == 0 for text in texts)
    assert "".join(texts) == base64.b64encode(whole[: len(whole) // 6 * 6]).decode()


def test_nothing_of_an_item_is_left_to_the_next() -> None:
    """Less than a step is lost between them."""
    spelling = Spelling()
    spelling.frame("a", append(bytes(10)), "audio/pcm")

    assert pcm_of(spelling.frame("b", append(b"123456"), "audio/pcm").encode()) == b"123456"
    assert pcm_of(spelling.frame("b", append(b"1234567890ab"), "audio/pcm").encode()) == b"1234567890ab"
    assert pcm_of(spelling.pcm("c", b"12345678").encode()) == b"123456"


def test_what_is_no_base64_is_silent() -> None:
    """A peer can send anything, and what was never written is a hole; the rest stays where it was."""
    text = Spelling().frame("a", append("....QUJDREVG" + "(){}" + base64.b64encode(b"ghijkl").decode()), "audio/pcm")
    heard = pcm_of(text.encode() + bytes(8) + b"QUJD")

    assert heard == bytes(3) + b"ABCDEF" + bytes(3) + b"ghijkl" + bytes(6)
    with pytest.raises(ValueError, match=r"ASCII"):
        Spelling().frame("a", append("ÄÄÄÄÄÄÄÄ").encode().decode("unicode_escape"), "audio/pcm")


def test_a_second_has_whole_steps() -> None:
    """Of samples, and so of the files of both formats."""
    assert RATE == STEP_SAMPLES * STEPS
