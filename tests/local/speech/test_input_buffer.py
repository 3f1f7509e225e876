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
    assert 650 <= len(buffer.kept()) / 16 <= 780
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
    buffer.complete()
    heard = buffer.take()
    assert len(heard) == 16000
    assert abs(float(np.abs(heard[1000:-1000]).max()) - 12000) < 800


@pytest.mark.parametrize("kind", ["audio/pcm", "audio/pcmu", "audio/pcma"])
@pytest.mark.parametrize("piece", [1, 20, 100, 160, 333, 960, 4800])
@pytest.mark.parametrize("rule", [None, Rule(), Rule(prefix_ms=0)], ids=["by hand", "turn detection", "no prefix"])
def test_p73_what_was_received_is_counted(kind: str, piece: int, rule: Rule | None) -> None:
    """P73: to the millisecond, in whatever pieces it came and whatever of it is kept."""
    buffer = InputBuffer(loudness, kind, rule)
    for ms in (20, 100, 250, 1000):
        data = bytes([0, 0] * 24 * ms if kind == "audio/pcm" else [0xFF] * 8 * ms)
        for at in range(0, len(data), piece):
            list(buffer.append(data[at : at + piece]))
        buffer.complete()
        assert buffer.received_ms == pytest.approx(ms, abs=0.1)
        buffer.take()
        assert buffer.received_ms == 0


def test_p73_a_format_that_changes_loses_nothing() -> None:
    """P73: `session.update` between two pieces of one turn."""
    buffer = InputBuffer(loudness, "audio/pcmu", None)
    list(buffer.append(bytes([0xFF] * 8 * 50)))
    buffer.configure("audio/pcm", None)
    list(buffer.append(bytes(48 * 50)))
    buffer.complete()

    assert len(buffer.take()) == 1600


def test_p73_a_turn_holds_no_sound_of_the_one_before() -> None:
    """P73: neither a step that was not full nor what the resampler held back."""
    buffer = InputBuffer(loudness, "audio/pcmu", None)
    tone = (np.sin(np.arange(8 * 110) / 4) * 12000).astype(np.int16)
    list(buffer.append(g711.encode(tone, law="audio/pcmu")))
    buffer.complete()
    buffer.take()
    list(buffer.append(bytes([0xFF] * 8 * 100)))
    buffer.complete()

    assert np.abs(buffer.take()).max() < 50


def test_p73_what_follows_a_turn_in_the_same_piece_counts_for_the_next() -> None:
    """P73: a piece of any length may hold the end of one turn and the beginning of another."""
    buffer = InputBuffer(loudness, "audio/pcm", Rule(silence_ms=200))
    for change in buffer.append(base64.b64decode(speech(400)) + base64.b64decode(silence(1200))):
        if change is Change.STOPPED:
            buffer.take()
    buffer.complete()

    assert buffer.received_ms == pytest.approx(1000, abs=40)
