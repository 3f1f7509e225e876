"""WAV files: every common form in, 24 kHz PCM16 mono out."""

from __future__ import annotations

import array
import math
import struct
import wave
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.audio import PCM_RATE
from orchestrator.terminal.wav import read_wav, write_wav

TONE, SECONDS, LOUDNESS = 440.0, 0.25, 0.5


def riff(kind: int, channels: int, rate: int, bits: int, body: bytes, extra: bytes = b"") -> bytes:
    """Write a WAV file by hand."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits) + extra
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"LIST" + struct.pack("<I", 3) + b"odd\0"  # a chunk to skip, padded to an even length
    chunks += b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def tone(rate: int) -> list[float]:
    return [LOUDNESS * math.sin(2 * math.pi * TONE * at / rate) for at in range(round(rate * SECONDS))]


def encoded(samples: list[float], kind: int, bits: int) -> bytes:
    if kind == 3:
        return array.array({32: "f", 64: "d"}[bits], samples).tobytes()
    if bits == 8:
        return bytes(round(sample * 127) + 128 for sample in samples)
    full = 2 ** (bits - 1) - 1
    return b"".join(round(sample * full).to_bytes(bits // 8, "little", signed=True) for sample in samples)


@dataclass(frozen=True)
class Form:
    kind: int
    bits: int
    rate: int
    channels: int = 1
    extra: bytes = b""

    @property
    def id(self) -> str:
        return f"{'float' if self.kind == 3 else 'pcm'}{self.bits}-{self.rate}-{self.channels}ch"


EXTENSIBLE = struct.pack("<HHIH", 22, 16, 3, 1) + bytes(14)
FORMS = [
    Form(1, 8, 8000),
    Form(1, 16, 8000),
    Form(1, 16, 16000),
    Form(1, 16, 22050),
    Form(1, 16, PCM_RATE),
    Form(1, 16, 44100, 2),
    Form(1, 24, 48000, 2),
    Form(1, 32, 48000),
    Form(3, 32, 44100),
    Form(3, 64, 16000, 2),
    Form(0xFFFE, 16, 16000, 1, EXTENSIBLE),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
def test_common_files_become_the_same_tone(tmp_path: Path, form: Form) -> None:
    """Pitch, loudness and length are preserved for all widths, rates and numbers of channels."""
    samples = [sample for sample in tone(form.rate) for _ in range(form.channels)]
    body = encoded(samples, form.kind, form.bits)
    path = tmp_path / "tone.wav"
    path.write_bytes(riff(form.kind, form.channels, form.rate, form.bits, body, form.extra))

    heard = array.array("h", read_wav(path))

    assert len(heard) == pytest.approx(PCM_RATE * SECONDS, abs=2)
    crossings = sum(before < 0 <= after for before, after in pairwise(heard))
    assert crossings == pytest.approx(TONE * SECONDS, abs=1)
    middle = heard[1000:-1000]
    assert math.sqrt(sum(x * x for x in middle) / len(middle)) == pytest.approx(LOUDNESS * 32767 / 2**0.5, rel=0.03)


def test_high_frequencies_do_not_alias(tmp_path: Path) -> None:
    """A tone that 24 kHz cannot represent is removed."""
    high = [0.5 * math.sin(2 * math.pi * 18_000 * at / 48_000) for at in range(9600)]
    path = tmp_path / "high.wav"
    path.write_bytes(riff(1, 1, 48_000, 16, encoded(high, 1, 16)))

    assert max(map(abs, array.array("h", read_wav(path))[500:-500])) < 200


def test_impossible_samples_are_bounded(tmp_path: Path) -> None:
    """In float files, samples that are too loud are clipped, and NaN is silence."""
    path = tmp_path / "odd.wav"
    path.write_bytes(riff(3, 1, PCM_RATE, 32, struct.pack("<4f", 2.0, -9.0, math.nan, math.inf)))

    assert array.array("h", read_wav(path)).tolist() == [32767, -32767, 0, 0]


def test_channels_are_mixed(tmp_path: Path) -> None:
    """Each sample is the mean of its channels; an incomplete frame is dropped."""
    path = tmp_path / "stereo.wav"
    path.write_bytes(riff(1, 2, PCM_RATE, 16, struct.pack("<5h", 1000, 3000, -2000, 2000, 9999)))

    assert array.array("h", read_wav(path)).tolist() == pytest.approx([2000, 0], abs=1)


@pytest.mark.parametrize(
    ("bits", "body"),
    [
        (8, bytes([0, 64, 128, 192])),
        (16, struct.pack("<4h", -32768, -16384, 0, 16384)),
        (24, b"\x00\x00\x80\x00\x00\xc0\x00\x00\x00\x00\x00\x40"),
        (32, struct.pack("<4i", -(2**31), -(2**30), 0, 2**30)),
    ],
)
def test_every_width_has_the_same_scale(tmp_path: Path, bits: int, body: bytes) -> None:
    """Full scale is full scale, the middle is silence."""
    path = tmp_path / "steps.wav"
    path.write_bytes(riff(1, 1, PCM_RATE, bits, body))

    assert array.array("h", read_wav(path)).tolist() == [-32767, -16384, 0, 16384]


def test_a_big_endian_machine_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are little-endian: its samples are swapped when they are read and when they are returned."""
    path = tmp_path / "steps.wav"
    path.write_bytes(riff(1, 1, PCM_RATE, 16, struct.pack(">2h", 256, -512)))
    monkeypatch.setattr("sys.byteorder", "big")

    assert struct.unpack(">2h", read_wav(path)) == pytest.approx((256, -512), abs=1)


def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """A recorder that is killed leaves a length that is too large."""
    whole = riff(1, 1, PCM_RATE, 16, bytes(4000))
    path = tmp_path / "cut.wav"
    path.write_bytes(whole[:-999])

    assert len(read_wav(path)) == 3000


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "no RIFF/WAVE header", id="empty"),
        pytest.param(b"ID3" + bytes(50), "no RIFF/WAVE header", id="mp3"),
        pytest.param(riff(1, 1, PCM_RATE, 16, b""), "it contains no audio", id="no samples"),
        pytest.param(riff(1, 1, PCM_RATE, 16, b"x" * 8)[:30], "its header is damaged", id="cut header"),
        pytest.param(riff(7, 1, 8000, 8, bytes(8)), "format 7 with 8 bits", id="mu-law"),
        pytest.param(riff(1, 0, PCM_RATE, 16, bytes(8)), "0 channels at 24000 Hz", id="no channels"),
        pytest.param(riff(1, 1, 0, 16, bytes(8)), "1 channels at 0 Hz", id="no rate"),
        pytest.param(riff(1, 1, 1, 16, bytes(8)), "1 channels at 1 Hz", id="low rate"),
        pytest.param(riff(1, 1, 2_000_000_000, 16, bytes(8)), "1 channels at 2000000000 Hz", id="high rate"),
        pytest.param(riff(0xFFFE, 1, PCM_RATE, 16, bytes(8)), "its header is damaged", id="no extension"),
        pytest.param(riff(1, 2, PCM_RATE, 16, bytes(2)), "it contains no audio", id="half a frame"),
        pytest.param(riff(1, 1, PCM_RATE, 0, bytes(8)), "format 1 with 0 bits", id="no bits"),
        pytest.param(b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd", "it contains no audio", id="no form"),
    ],
)
def test_any_other_file_is_refused_with_the_reason(tmp_path: Path, data: bytes, why: str) -> None:
    """One line with the file and the reason."""
    path = tmp_path / "bad.wav"
    path.write_bytes(data)

    with pytest.raises(OrchestratorError) as raised:
        read_wav(path)
    assert str(raised.value).startswith(f"{path}: not a usable WAV file (")
    assert why in str(raised.value)


def test_missing_files_and_folders_are_reported(tmp_path: Path) -> None:
    """In one line with the path."""
    with pytest.raises(OrchestratorError, match=r"none\.wav: cannot be read: No such file"):
        read_wav(tmp_path / "none.wav")
    with pytest.raises(OrchestratorError, match="cannot be written: No such file"):
        write_wav(tmp_path / "no" / "folder.wav", b"")


def test_what_is_written_can_be_read_by_others(tmp_path: Path) -> None:
    """24 kHz, 16 bit, mono; and it reads back unchanged."""
    pcm = array.array("h", [0, 1000, -1000, 32767]).tobytes()
    path = tmp_path / "out.wav"
    write_wav(path, pcm)

    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, PCM_RATE)
        assert file.readframes(4) == pcm
    assert array.array("h", read_wav(path)).tolist() == pytest.approx([0, 1000, -1000, 32767], abs=1)
