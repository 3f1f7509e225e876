"""Uncompressed audio of every layout becomes mono samples at 24 kHz, in whatever pieces it comes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from numpy.typing import NDArray

from orchestrator.local.speech import g711
from orchestrator.local.speech.pcm_stream import ALAW, EXTENSIBLE, FLOAT, MULAW, PCM, Layout, PcmStream, WavStream


def tone(rate: int, seconds: float = 0.5) -> NDArray[np.float64]:
    """Return a tone of 440 Hz, at half of what is possible."""
    return np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate) / 2


def written(sound: NDArray[np.float64], kind: int, bits: int) -> bytes:
    """Return a sound as the samples of a WAV file."""
    if kind == FLOAT:
        return sound.astype(f"<f{bits // 8}").tobytes()
    if kind in (ALAW, MULAW):
        return g711.encode((sound * 32767).astype(np.int16), law="audio/pcma" if kind == ALAW else "audio/pcmu")
    if bits == 8:
        return (sound * 127 + 128).astype(np.uint8).tobytes()
    whole = (sound * (2 ** (bits - 1) - 1)).astype("<i4").tobytes()
    return b"".join(whole[at : at + bits // 8] for at in range(0, len(whole), 4))


def wav(audio: bytes, rate: int, kind: int = PCM, bits: int = 16, channels: int = 1, size: int | None = None) -> bytes:
    """Return a WAV file; `size` is the length that it claims."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"data" + struct.pack("<I", len(audio) if size is None else size) + audio
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


def through(stream: PcmStream | WavStream, data: bytes, piece: int) -> NDArray[np.int16]:
    """Return what comes out of a stream."""
    parts = [stream.add(data[at : at + piece]) for at in range(0, len(data), piece)]
    return np.concatenate((*parts, stream.add(b"", last=True)))


def same(heard: NDArray[np.int16], seconds: float = 0.5) -> bool:
    """Return whether this is the tone, at 24 kHz."""
    wanted = tone(24_000, seconds) * 32767
    middle = slice(200, len(wanted) - 200)
    return abs(len(heard) - len(wanted)) < 3 and bool(np.abs(heard[: len(wanted)][middle] - wanted[middle]).max() < 800)


@pytest.mark.parametrize(
    ("kind", "bits"),
    [(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64), (ALAW, 8), (MULAW, 8)],
)
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 48_000])
def test_p69_every_wav_is_heard(kind: int, bits: int, rate: int) -> None:
    """P69: every layout and rate, in pieces of any size; what stands behind the audio is not played."""
    data = wav(written(tone(rate), kind, bits), rate, kind, bits) + b"LIST\x04\0\0\0loud"
    for piece in (7, 1000, len(data)):
        assert same(through(WavStream(), data, piece))


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 10_000_000])
def test_p69_a_wav_of_unknown_length_is_heard_to_its_end(size: int) -> None:
    """P69: a server that streams writes its header before it knows the length."""
    assert same(through(WavStream(), wav(written(tone(24_000), PCM, 16), 24_000, size=size), 960))


def test_p69_two_channels_are_one_voice() -> None:
    """P69: both are heard, neither twice as long."""
    sides = np.stack((tone(44_100), tone(44_100)), axis=1).reshape(-1)

    assert same(through(WavStream(), wav(written(sides, PCM, 16), 44_100, channels=2), 1001))


def test_an_extensible_wav_names_its_format_further_down() -> None:
    """As files with more than 16 bits often do."""
    audio = written(tone(24_000), FLOAT, 32)
    form = struct.pack("<HHIIHHHHIH14s", EXTENSIBLE, 1, 24_000, 96_000, 4, 32, 22, 32, 4, FLOAT, bytes(14))
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(audio)) + audio

    assert same(through(WavStream(), b"RIFF\0\0\0\0WAVE" + chunks, 333))


@pytest.mark.parametrize(
    "data",
    [
        wav(bytes(100), 24_000, kind=2, bits=4),
        wav(bytes(100), 24_000, bits=12),
        wav(bytes(100), 0),
        wav(bytes(100), 24_000, channels=0),
        wav(bytes(100), 24_000, channels=99),
        wav(b"", 24_000)[:40],
        b"RIFF\0\0\0\0WAVEdata\x08\0\0\0" + bytes(8),
        b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\x01\0data\x08\0\0\0" + bytes(8),
        b"RIFF\0\0\0\0WAVE" + b"JUNK\0\0\1\0" * 9000,
    ],
    ids=["adpcm", "12 bits", "no rate", "no channel", "a choir", "no end", "no format", "short format", "junk"],
)
def test_p69_what_is_no_sound_is_refused(data: bytes) -> None:
    """P69: with what is wrong, instead of noise or a crash."""
    with pytest.raises(ValueError, match="a WAV file"):
        through(WavStream(), data, 4096)


def test_raw_samples_may_be_in_either_order() -> None:
    """The layout says which."""
    data = written(tone(16_000), PCM, 16)
    swapped = np.frombuffer(data, "<i2").astype(">i2").tobytes()

    assert same(through(PcmStream(Layout(16_000)), data, 331))
    assert same(through(PcmStream(Layout(16_000, big_endian=True)), swapped, 331))
