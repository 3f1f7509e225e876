"""Ten voices that differ, at one loudness."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.speech.speaking import Hibari, hibari_speaker
from orchestrator.local.speech.transcription import whisper
from orchestrator.local.speech.voices import VOICES, level
from orchestrator.protocol.audio import PCM_RATE

SENTENCE = "I can help with invoices, refunds and payments."


@pytest.fixture(scope="module")
def speaker() -> Hibari:
    """Return the process's own speaker."""
    return hibari_speaker()


def test_level_does_not_clip() -> None:
    """Quiet and loud speech come out alike; a single peak holds the rest down."""
    tone = np.sin(np.arange(24000) / 20).astype(np.float32)
    assert np.allclose(level(tone * 0.01), level(tone * 3), atol=1e-4)
    spiked = tone * 0.01
    spiked[1000] = 5.0
    assert float(np.abs(level(spiked)).max()) <= 0.9
    assert len(level(np.zeros(0, np.float32))) == 0
    assert not level(np.zeros(500, np.float32)).any()


@pytest.mark.speech
def test_voices_differ(speaker: Hibari) -> None:
    """No two voices share pitch and size: each is 4 % away from any other in one of them."""
    known = list(VOICES.values())
    for at, one in enumerate(known):
        for other in known[at + 1 :]:
            pitch, size = one.pitch / other.pitch, one.spectrum / other.spectrum
            assert max(abs(np.log(pitch)), abs(np.log(size))) > 0.04
    sounds = {speaker.synthesize("Hello.", voice, 1.0).tobytes() for voice in known}
    assert len(sounds) == 10


@pytest.mark.speech
@pytest.mark.parametrize("name", sorted(VOICES))
def test_every_voice_is_understood(speaker: Hibari, name: str) -> None:
    """The embedded transcriber reads each voice back; none clips, all are equally loud."""
    import soxr

    sound = speaker.synthesize(SENTENCE, VOICES[name], 1.0)
    assert np.abs(sound.astype(int)).max() < 32000
    assert 0.035 < float(np.sqrt((sound / 32768.0) ** 2).mean()) * 2 < 0.12
    heard = whisper(None).recognize(soxr.resample(sound, PCM_RATE, 16000).astype(np.int16))
    assert heard.replace(",", "").replace(".", "").lower() == "i can help with invoices refunds and payments"


@pytest.mark.speech
def test_speed(speaker: Hibari) -> None:
    """Faster is shorter."""
    lengths = [len(speaker.synthesize(SENTENCE, VOICES["marin"], speed)) for speed in (0.7, 1.0, 1.5)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 1.6 * lengths[2]
