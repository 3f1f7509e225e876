"""What a caller says, as sound."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.team.trials import Keys, Recorded, Silence, Spoken, Trial
from orchestrator.trials.voice.sounding import sound, speaks


def recording(file: Path, *, rate: int, channels: int) -> Path:
    """Write a second of a tone."""
    tone = (np.sin(np.arange(rate) * 2 * np.pi * 440 / rate) * 8_000).astype("<i2")
    with wave.open(str(file), "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(np.repeat(tone, channels).tobytes())
    return file


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (24_000, 2), (44_100, 1)])
def test_a_recording_is_played_as_it_sounds(tmp_path: Path, rate: int, channels: int) -> None:
    """Whatever its rate and its channels, with a noise behind it."""
    recording(tmp_path / "a.wav", rate=rate, channels=channels)
    speech, noise = sound(Recorded(wav="a.wav", noise="white", snr=20), lambda wav: tmp_path / wav)

    assert len(speech) == pytest.approx(24_000, abs=2)
    spectrum = np.abs(np.fft.rfft(speech))
    assert np.argmax(spectrum) * 24_000 / len(speech) == pytest.approx(440, abs=2)
    assert len(noise) > 24_000


def test_a_file_that_is_no_recording(tmp_path: Path) -> None:
    """It is named."""
    (tmp_path / "a.wav").write_bytes(b"words")

    with pytest.raises(OrchestratorError, match=r"a\.wav"):
        sound(Recorded(wav="a.wav"), lambda wav: tmp_path / wav)


@pytest.mark.parametrize("line", [Keys(keys="1#"), Silence(silence=1)])
def test_who_does_not_speak_makes_no_sound(line: Keys | Silence) -> None:
    """Nor does a test of such callers need a voice."""
    assert [len(one) for one in sound(line, Path)] == [0, 0]
    assert not speaks(Trial.model_validate({"talk": [{"caller": line}]}))


@pytest.mark.speech
def test_words_are_spoken() -> None:
    """With the voice that the test names."""
    line = Spoken(say="Hello.", voice="man")

    assert len(sound(line, Path)[0]) > 5_000
    assert speaks(Trial.model_validate({"talk": [{"caller": line}]}))
