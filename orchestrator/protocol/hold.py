"""The hold sound: two soft notes, again and again, so that who waits knows that the line is alive."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from functools import cache

from orchestrator.protocol.audio import RATES, bytes_per_ms

PERIOD_MS = 4000  # after which it begins again
NOTES = ((0, 523.25), (400, 659.25))  # ms from the beginning, Hz
NOTE_MS, LOUDNESS = 900, 0.06  # how long each rings, and how loud: 1 is full scale
BIAS, CLIP = 0x84, 32635  # of µ-law


def hold_sound(kind: str, start_ms: int, ms: int) -> str:
    """Return so many milliseconds of the sound from a moment on, in a format and in base64."""
    whole, rate = _period(kind), bytes_per_ms(kind)
    start = start_ms % PERIOD_MS * rate
    repeated = whole * ((start + ms * rate) // len(whole) + 1)
    return base64.b64encode(repeated[start : start + ms * rate]).decode()


@cache
def _period(kind: str) -> bytes:
    """Return the sound once, in a format."""
    rate = RATES[kind]
    samples = [round(32767 * LOUDNESS * _level(at / rate * 1000)) for at in range(PERIOD_MS * rate // 1000)]
    return encoded(samples, kind)


def encoded(samples: Iterable[int], kind: str) -> bytes:
    """Return 16-bit samples in a format."""
    if kind == "audio/pcm":
        return b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
    return bytes(map(_ulaw if kind == "audio/pcmu" else _alaw, samples))


def _level(ms: float) -> float:
    """Return the level at a moment, from -1 to 1: each note swells quickly and dies away."""
    level = 0.0
    for begins, pitch in NOTES:
        since = ms - begins
        if 0 <= since < NOTE_MS:
            swell = min(1.0, since / 30) * (1 - since / NOTE_MS) ** 2
            level += swell * math.sin(2 * math.pi * pitch * since / 1000)
    return level / len(NOTES)


def _ulaw(sample: int) -> int:
    """Return a 16-bit sample in G.711 µ-law."""
    sign, level = (0x80, -sample) if sample < 0 else (0, sample)
    level = min(level, CLIP) + BIAS
    exponent = level.bit_length() - 8
    return ~(sign | exponent << 4 | level >> exponent + 3 & 0x0F) & 0xFF


def _alaw(sample: int) -> int:
    """Return a 16-bit sample in G.711 A-law."""
    sign, level = (0, -sample - 1) if sample < 0 else (0x80, sample)
    level = min(level, CLIP)
    exponent = max(level.bit_length() - 8, 0)
    mantissa = level >> (exponent + 3 if exponent else 4) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55
