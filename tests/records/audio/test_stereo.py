"""Both sides as one sound, by any range of bytes."""

from __future__ import annotations

import io
import wave
from array import array
from pathlib import Path

import pytest

from orchestrator.records.audio import stereo
from orchestrator.records.audio.files import base, with_suffix
from orchestrator.records.audio.stereo import HEADER, duration
from tests.records.audio.hearing import spool

LEFT, RIGHT = range(1, 60_001), range(-1, -49_999, -1)


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """Write two sides of different length; returns the folder."""
    left, right = (array("h", [sample % 30_000 - 15_000 for sample in side]).tobytes() for side in (LEFT, RIGHT))
    spool(base(tmp_path, "sess_1"), left, right)
    return tmp_path


def test_it_is_a_wav_file(call: Path) -> None:
    """The caller left, the team right, the shorter one silent at its end."""
    sound = stereo(call, "sess_1")
    assert sound is not None
    whole = b"".join(sound.pieces())
    with wave.open(io.BytesIO(whole)) as file:
        both = array("h", file.readframes(file.getnframes()))
        form = file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()

    assert form == (2, 2, 24_000, 60_000)
    assert (len(whole), sound.seconds, sound.media_type) == (sound.size, 2.5, "audio/wav")
    assert both[0::2].tolist() == [sample % 30_000 - 15_000 for sample in LEFT]
    assert both[1::2].tolist() == [sample % 30_000 - 15_000 for sample in RIGHT] + [0] * 10_002


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 10), (0, 44), (40, 50), (44, 45), (47, 49), (96_043, 96_053), (5, 200_001), (240_000, 999_999)],
)
def test_any_range_is_that_part_of_the_whole(call: Path, start: int, end: int) -> None:
    """As a browser asks for it."""
    sound = stereo(call, "sess_1")
    assert sound is not None
    whole = b"".join(sound.pieces())

    assert b"".join(sound.pieces(start, end)) == whole[start:end]


def test_a_finished_file_is_read_as_it_is(call: Path) -> None:
    """Whole or in part."""
    file = with_suffix(base(call, "sess_1"), ".wav")
    file.write_bytes(bytes(HEADER) + bytes(range(256)) * 375)
    sound = stereo(call, "sess_1")
    assert sound is not None

    assert sound.path == file
    assert sound.seconds == 1.0
    assert b"".join(sound.pieces(50, 60)) == file.read_bytes()[50:60]
    assert b"".join(sound.pieces()) == file.read_bytes()


def test_a_call_that_was_not_recorded(tmp_path: Path) -> None:
    """Has no sound, and neither has another seat."""
    assert stereo(tmp_path, "sess_1") is None


def test_one_side_alone(call: Path) -> None:
    """The other is silent."""
    spool(base(call, "sess_1"), bytes(4800), b"")
    sound = stereo(call, "sess_1")
    assert sound is not None

    assert not any(array("h", b"".join(sound.pieces(HEADER)))[1::2])


@pytest.mark.parametrize("content", [b"", b"OggS", b"OpusHead" + bytes(20) + b"OggS"])
def test_a_broken_file_lasts_no_time(tmp_path: Path, content: bytes) -> None:
    """It is no reason to fail."""
    (tmp_path / "x.ogg").write_bytes(content)

    assert duration(tmp_path / "x.ogg") == 0
