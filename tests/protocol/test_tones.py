"""The tones of keys, as a receiver hears them."""

from __future__ import annotations

import math

import pytest

from orchestrator.protocol.audio import RATES, bytes_per_ms
from orchestrator.protocol.tones import HIGH, LOW, OFF_MS, ON_MS, PAD, WAIT_MS, key_tones
from orchestrator.records.audio.sound import _alaw, _mulaw

WINDOW_MS = 20  # in which a receiver looks for notes


def samples(audio: bytes, kind: str) -> list[int]:
    """Return audio as 16-bit samples."""
    if kind == "audio/pcm":
        return [int.from_bytes(audio[at : at + 2], "little", signed=True) for at in range(0, len(audio), 2)]
    level = _mulaw if kind == "audio/pcmu" else _alaw
    return [level(code) for code in audio]


def strength(piece: list[int], pitch: float, rate: int) -> float:
    """Return how much of a piece is one note, by Goertzel's algorithm: 0 to 1."""
    turn = 2 * math.cos(2 * math.pi * pitch / rate)
    last = before = 0.0
    for sample in piece:
        last, before = sample + turn * last - before, last
    power = last * last + before * before - turn * last * before
    whole = sum(sample * sample for sample in piece)
    return 2 * power / (len(piece) * whole) if whole else 0.0


def heard(audio: bytes, kind: str) -> str:
    """Return the keys that a receiver hears: two notes that are nearly all of the sound, then silence."""
    rate, keys, last = RATES[kind], "", ""
    sound = samples(audio, kind)
    window = rate * WINDOW_MS // 1000
    for at in range(0, len(sound) - window + 1, window):
        piece = sound[at : at + window]
        key = ""
        if max(map(abs, piece)) > 1000:
            low = max(LOW, key=lambda pitch: strength(piece, pitch, rate))
            high = max(HIGH, key=lambda pitch: strength(piece, pitch, rate))
            if strength(piece, low, rate) + strength(piece, high, rate) > 0.9:
                key = PAD[LOW.index(low)][HIGH.index(high)]
        if key and key != last:
            keys += key
        last = key
    return keys


@pytest.mark.parametrize("kind", ["audio/pcm", "audio/pcmu", "audio/pcma"])
def test_a_receiver_hears_every_key(kind: str) -> None:
    """In every format, each as often as it was pressed."""
    assert heard(key_tones("1234567890*#ABCD", kind), kind) == "1234567890*#ABCD"
    assert heard(key_tones("1155w00", kind), kind) == "115500"


@pytest.mark.parametrize("kind", ["audio/pcm", "audio/pcmu", "audio/pcma"])
def test_they_take_the_time_that_is_said(kind: str) -> None:
    """A key and its pause, and a longer pause."""
    assert len(key_tones("7w", kind)) == bytes_per_ms(kind) * (ON_MS + OFF_MS + WAIT_MS)


def test_no_key_is_louder_than_the_line_can_carry() -> None:
    """Both notes together."""
    assert max(map(abs, samples(key_tones("5", "audio/pcm"), "audio/pcm"))) < 0.6 * 32768
