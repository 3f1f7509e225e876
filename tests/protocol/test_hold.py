"""The hold sound in every format."""

from __future__ import annotations

import array
import base64
import math
import sys

import pytest

from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.protocol.hold import PERIOD_MS, hold_sound

# Values of G.711 as its tables give them: a 16-bit sample → its byte.
ULAW = {0: 0xFF, 8: 0xFE, -8: 0x7E, 1000: 0xCE, -1000: 0x4E, 32767: 0x80, -32768: 0x00}
ALAW = {0: 0xD5, -1: 0x55, 1000: 0xFA, -1000: 0x7A, 32767: 0xAA, -32768: 0x2A}


def pcm(start_ms: int, ms: int) -> array.array[int]:
    """Return samples of it."""
    samples = array.array("h", base64.b64decode(hold_sound("audio/pcm", start_ms, ms)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


@pytest.mark.parametrize("kind", ["audio/pcm", "audio/pcmu", "audio/pcma"])
def test_pieces_make_one_sound(kind: str) -> None:
    """Whoever plays them one after the other hears no seam, also where it begins again."""
    whole = base64.b64decode(hold_sound(kind, 0, PERIOD_MS + 400))
    pieces = [base64.b64decode(hold_sound(kind, at, 200)) for at in range(0, PERIOD_MS + 400, 200)]

    assert b"".join(pieces) == whole
    assert len(whole) == (PERIOD_MS + 400) * bytes_per_ms(kind)
    assert whole[: 400 * bytes_per_ms(kind)] == whole[PERIOD_MS * bytes_per_ms(kind) :]


def test_it_is_soft_and_ends_in_silence() -> None:
    """Nobody is startled, and turn detection has nothing to wait for."""
    samples = pcm(0, PERIOD_MS)

    assert 200 < max(map(abs, samples)) < 2000
    assert math.sqrt(sum(sample * sample for sample in samples) / len(samples)) < 400
    assert set(pcm(1400, PERIOD_MS - 1400)) == {0}


def test_g711_is_made_as_the_standard_says() -> None:
    """By values of its tables."""
    from orchestrator.protocol.hold import _alaw, _ulaw

    assert {sample: _ulaw(sample) for sample in ULAW} == ULAW
    assert {sample: _alaw(sample) for sample in ALAW} == ALAW
