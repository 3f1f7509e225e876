"""Frames as samples: exact for PCM, the standard's levels for G.711."""

from __future__ import annotations

import base64
import json
from array import array

import numpy as np
import pytest

from orchestrator.local.speech import g711
from orchestrator.records.audio.sound import G711, payload_of, samples, samples_in
from tests.records.audio.hearing import pitch, tone


@pytest.mark.parametrize("kind", G711)
def test_every_code_is_the_level_of_the_standard(kind: str) -> None:
    """Each third sample is one of the telephone's, and those between are on the way to it."""
    codes = bytes(range(256))
    decoded = array("h", samples(codes, kind))

    assert decoded[2::3].tolist() == g711.decode(codes, law=kind).tolist()
    assert len(decoded) == samples_in(256, kind)
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
    assert samples_in(5, "audio/pcm") == 2


@pytest.mark.parametrize("fields", [{"type": "input_audio_buffer.append"}, {"type": "response.output_audio.delta"}])
@pytest.mark.parametrize("escaped", [False, True])
def test_the_audio_of_a_frame_is_found(fields: dict[str, str], *, escaped: bool) -> None:
    """In the usual form, and in any other."""
    audio = bytes(range(250)) + b"\xff\xef\xbe"
    key = "audio" if "append" in fields["type"] else "delta"
    more = {"event_id": "e", "response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    frame = json.dumps({**fields, **(more if key == "delta" else {}), key: base64.b64encode(audio).decode()})
    frame = frame.replace("/", r"\/") if escaped else frame

    assert payload_of(frame) == audio


@pytest.mark.parametrize("frame", ["", "[]", "{", "{}", '{"audio":5}', '{"audio":"a"}'])
def test_a_frame_without_audio_is_refused(frame: str) -> None:
    """With the one exception that is expected of it."""
    with pytest.raises(ValueError, match=r"."):
        payload_of(frame)
