"""What the callers of the suite say: WAV files made with the embedded text-to-speech, and how to tell them apart."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.speech.audio import Decoder
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.transcription import whisper
from orchestrator.local.speech.voices import VOICES
from orchestrator.protocol.audio import PCM, PCM_RATE
from orchestrator.terminal.wav import read_wav, write_wav

SENTENCES = {
    "hours": "What are your opening hours?",
    "bill": "I have a question about my bill.",
    "due": "When is my bill due?",
}
VOICE = "shimmer"  # none of the team's
FRAME = PCM_RATE // 50
LOUD = 0.1  # of the loudest frame: what counts as speech
POINTS = 64  # of an outline
ALIKE = 0.7  # least correlation of two outlines of the same sentence


def make_speech(folder: Path) -> dict[str, Path]:
    """Write the sentences as WAV files, those that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.wav" for name in SENTENCES}
    for name, path in paths.items():
        if not path.exists():
            write_wav(path, hibari_speaker().synthesize(SENTENCES[name], VOICES[VOICE], 1.0).tobytes())
    return paths


class Ears:
    """Tells which sentence a piece of audio is, by the outline of its loudness; survives framing and resampling."""

    def __init__(self, speech: dict[str, Path]) -> None:
        # Words → seconds and outline.
        self._known = {SENTENCES[name]: _outline(read_wav(path)) for name, path in speech.items()}

    def __call__(self, pcm: bytes) -> str:
        """Return the words, or nothing when it is none of the sentences."""
        seconds, outline = _outline(pcm)
        if not seconds:
            return ""
        likeness = {
            words: float(np.corrcoef(outline, known)[0, 1]) - abs(seconds - length)
            for words, (length, known) in self._known.items()
        }
        best = max(likeness, key=lambda words: likeness[words])
        return best if likeness[best] >= ALIKE else ""


def _outline(pcm: bytes) -> tuple[float, NDArray[np.float64]]:
    """Return the seconds from the first to the last loud frame, and the loudness between at some points."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float64)
    power = np.sqrt((samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(axis=1))
    loud = np.flatnonzero(power > power.max() * LOUD) if power.size and power.max() > 0 else np.zeros(0, int)
    if not loud.size:
        return 0.0, np.zeros(POINTS)
    voiced = power[loud[0] : loud[-1] + 1]
    places = np.linspace(0, len(voiced) - 1, POINTS)
    return len(voiced) * FRAME / PCM_RATE, np.interp(places, np.arange(len(voiced)), voiced)


def understood(path: str) -> str:
    """Return the words of a recording, as the embedded recogniser hears them."""
    text: str = whisper(None).recognize(Decoder(PCM["type"]).decode(read_wav(path), last=True))
    return text


def pitch(pcm: bytes) -> float:
    """Return the median pitch of speech in Hz, by autocorrelation; 0 when nothing is voiced."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float64)
    found = []
    size, low, high = 2048, PCM_RATE // 400, PCM_RATE // 60
    for at in range(0, len(samples) - size, size // 2):
        window = samples[at : at + size] - samples[at : at + size].mean()
        energy = float(window @ window)
        if energy < size * 500.0**2:
            continue
        curve = np.correlate(window, window, "full")[size - 1 :] / energy
        lag = low + int(np.argmax(curve[low:high]))
        if curve[lag] > 0.4:
            found.append(PCM_RATE / lag)
    return float(np.median(found)) if found else 0.0


@cache
def pitch_of(voice: str) -> float:
    """Return the pitch of one of the embedded voices."""
    words = "Your bill is due on the first of the month."
    return pitch(hibari_speaker().synthesize(words, VOICES[voice], 1.0).tobytes())
