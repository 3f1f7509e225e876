"""The tones of a telephone's keys (DTMF, ITU-T Q.23): two notes at once for each key, with a pause behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from orchestrator.protocol.audio import RATES
from orchestrator.protocol.hold import encoded

ON_MS, OFF_MS = 100, 70  # that a key sounds, and the pause behind it; a receiver needs 40 of each
WAIT, WAIT_MS = "w", 500  # what stands for a longer pause
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)  # Hz: of rows and columns
PAD = ("123A", "456B", "789C", "*0#D")
LEVELS = 0.25, 0.3  # of both notes: the higher one suffers more on the way; 1 is full scale
RAMP_MS = 2.0  # in which a tone swells and dies away, so that nothing clicks


def key_tones(keys: str, kind: str) -> bytes:
    """Return the tones of some keys, in a format."""
    rate = RATES[kind]
    samples: list[int] = []
    for key in keys:
        if key == WAIT:
            samples += [0] * (rate * WAIT_MS // 1000)
        else:
            samples += _tone(*notes(key), rate)
            samples += [0] * (rate * OFF_MS // 1000)
    return encoded(samples, kind)


def notes(key: str) -> tuple[int, int]:
    """Return the two notes of a key, in Hz."""
    row, column = next((row, line.index(key)) for row, line in enumerate(PAD) if key in line)
    return LOW[row], HIGH[column]


def _tone(low: int, high: int, rate: int) -> Iterator[int]:
    count, ramp = rate * ON_MS // 1000, rate * RAMP_MS / 1000
    for at in range(count):
        swell = min(1.0, at / ramp, (count - at) / ramp)
        level = LEVELS[0] * math.sin(2 * math.pi * low * at / rate)
        level += LEVELS[1] * math.sin(2 * math.pi * high * at / rate)
        yield round(32767 * swell * level)
