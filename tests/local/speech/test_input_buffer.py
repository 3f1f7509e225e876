"""The input audio buffer keeps a turn with a little of what was before it."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from orchestrator.local.speech import g711
from orchestrator.local.speech.input_buffer import InputBuffer
from orchestrator.local.speech.turns import Change, Rule
from tests.local.scene import loudness, silence, speech


def test_the_prefix_is_kept() -> None:
    """300 ms before the speech, not more, however long the silence was."""
    buffer = InputBuffer(loudness, "audio/pcm", Rule())
    assert set(buffer.append(base64.b64decode(silence(3000)))) == {None}
    list(buffer.append(base64.b64decode(speech(400))))
    assert buffer.speaking
    assert 650 <= buffer.kept_ms <= 780
    assert 2600 <= buffer.start_ms <= 2740


def test_chunks_do_not_matter() -> None:
    """Odd chunk sizes give the changes that one chunk gives."""
    data = base64.b64decode(silence(500)) + base64.b64decode(speech(500)) + base64.b64decode(silence(800))
    whole = InputBuffer(loudness, "audio/pcm", Rule())
    expected = [change for change in whole.append(data) if change]
    pieces = InputBuffer(loudness, "audio/pcm", Rule())
    found = [change for at in range(0, len(data), 331) for change in pieces.append(data[at : at + 331]) if change]
    assert found == expected == [Change.STARTED, Change.PAUSED, Change.STOPPED]


def test_a_rule_that_changes_amid_speech_does_not_lose_the_turn() -> None:
    """`session.update` while the caller speaks: the turn ends, by the new rule."""
    buffer = InputBuffer(loudness, "audio/pcm", Rule())
    list(buffer.append(base64.b64decode(speech(400))))
    buffer.configure("audio/pcm", Rule(silence_ms=100))
    assert Change.STOPPED in set(buffer.append(base64.b64decode(silence(200))))


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_telephone_audio_is_heard(law: str) -> None:
    """8 kHz of either law comes out at 16 kHz, as loud as it went in."""
    tone = (np.sin(np.arange(8000) / 4) * 12000).astype(np.int16)
    buffer = InputBuffer(loudness, law, None)
    list(buffer.append(g711.encode(tone, law=law)))
    heard = buffer.take()
    assert 16000 - len(heard) < 500  # the resampler holds a little back
    assert abs(float(np.abs(heard[1000:-1000]).max()) - 12000) < 800
