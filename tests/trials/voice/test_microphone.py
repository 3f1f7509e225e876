"""What a caller's microphone takes up."""

from __future__ import annotations

import numpy as np

from orchestrator.trials.voice.microphone import FRAME, NOTHING, Microphone

SPEECH = np.full(FRAME + 10, 5_000, np.int16)
NOISE = np.arange(-300, 300, dtype=np.int16) * 10


def frame(microphone: Microphone) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return the next samples."""
    return np.frombuffer(microphone.frame(), "<i2")


def test_what_is_said_is_heard_once() -> None:
    """To its last sample; then the line is heard, which is not silent."""
    microphone = Microphone("a")
    microphone.say(SPEECH, NOTHING)
    heard = np.concatenate([frame(microphone) for _ in range(3)])

    assert not microphone.speaks
    assert np.flatnonzero(heard > 4_000)[-1] == len(SPEECH) - 1
    assert 0 < np.abs(heard[len(SPEECH) :]).max() < 100


def test_noise_goes_on_until_it_is_ended() -> None:
    """Without a seam."""
    microphone = Microphone("a")
    microphone.say(NOTHING, NOISE)
    heard = np.concatenate([frame(microphone) for _ in range(5)]).astype(int)
    assert np.abs(heard - np.resize(NOISE, len(heard))).max() < 100

    microphone.quieten()
    assert np.abs(frame(microphone)).max() < 100


def test_a_line_sounds_the_same_in_each_run() -> None:
    """And otherwise in another test."""
    assert Microphone("a").frame() == Microphone("a").frame()
    assert Microphone("a").frame() != Microphone("b").frame()


def test_what_is_too_loud_is_clipped() -> None:
    """As a telephone does."""
    microphone = Microphone("a")
    microphone.say(np.full(FRAME, 32_000, np.int16), np.full(FRAME, 32_000, np.int16))

    assert frame(microphone).min() == 32_767
