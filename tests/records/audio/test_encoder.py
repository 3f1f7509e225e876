"""The process that makes stereo files: Ogg/Opus where PyAV is, WAV otherwise."""

from __future__ import annotations

import sys
import wave
from array import array
from pathlib import Path

import av
import pytest

from orchestrator.records.audio import encoder, stereo
from orchestrator.records.audio.encoder import encode, main
from orchestrator.records.audio.files import base, spool_of, with_suffix
from orchestrator.records.audio.rendering import Sides
from orchestrator.records.audio.sound import RATE
from tests.records.audio.hearing import CALLER_HERTZ, TEAM_HERTZ, pitch, spool, tone

SECONDS = 7.39


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Write a spool; returns how its name begins."""
    found = base(tmp_path, "sess_1")
    spool(found, tone(CALLER_HERTZ, 5000), tone(TEAM_HERTZ, 1000 * SECONDS))
    return found


def decoded(path: Path) -> tuple[array[int], array[int]]:
    """Decode a file; returns left and right at 24 kHz."""
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
    pcm = bytearray()
    with av.open(str(path)) as container:
        for frame in [*container.decode(audio=0), None]:
            for one in resampler.resample(frame):
                pcm += bytes(one.planes[0])[: one.samples * 4]
    both = array("h", bytes(pcm))
    return both[0::2], both[1::2]


def test_ogg_opus_of_the_same_length(own: Path) -> None:
    """The tones of both sides, a fifteenth of the size; the spool is gone."""
    size = 4 * SECONDS * RATE
    path = encode(own)
    assert path == with_suffix(own, ".ogg")
    left, right = decoded(path)
    sound = stereo(own.parent.parent, "sess_1")
    assert sound is not None

    assert len(left) == len(right) == pytest.approx(SECONDS * RATE, abs=0.02 * RATE)
    assert sound.seconds == pytest.approx(SECONDS, abs=0.02)
    assert sound.media_type == "audio/ogg"
    assert pitch(left[RATE : 2 * RATE]) == pytest.approx(CALLER_HERTZ, rel=0.01)
    assert pitch(right[6 * RATE : 7 * RATE]) == pytest.approx(TEAM_HERTZ, rel=0.01)
    assert max(map(abs, left[6 * RATE : 7 * RATE])) < 900, "a twentieth of the other side at most is heard here"
    assert path.stat().st_size < size / 15
    assert list(own.parent.iterdir()) == [path]


def test_wav_where_there_is_no_library(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As exact as what was recorded."""
    monkeypatch.setitem(sys.modules, "av", None)
    before = stereo(own.parent.parent, "sess_1")
    assert before is not None
    whole = b"".join(before.pieces())
    path = encode(own)

    assert path == with_suffix(own, ".wav")
    assert path.read_bytes() == whole
    with wave.open(str(path)) as file:
        assert file.getnframes() == round(SECONDS * RATE)
    assert list(own.parent.iterdir()) == [path]


def test_another_process_was_faster(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has made stays."""
    path, write = with_suffix(own, ".ogg"), encoder._write_opus

    def slow(part: Path, sides: Sides, samples: int) -> None:
        write(part, sides, samples)
        path.write_bytes(b"made by the other")
        spool_of(own).unlink()

    monkeypatch.setattr(encoder, "_write_opus", slow)

    assert encode(own) is None
    assert path.read_bytes() == b"made by the other"
    assert list(own.parent.iterdir()) == [path]


def test_a_call_in_which_nobody_spoke_leaves_nothing(own: Path) -> None:
    """No file, and no folder; unless somebody else of the call was recorded."""
    spool(own, b"", b"")
    other = with_suffix(own.with_name("desk"), ".ogg")
    other.touch()
    assert encode(own) is None
    assert list(own.parent.iterdir()) == [other]
    other.unlink()
    spool_of(own).touch()
    main(str(own))

    assert not own.parent.exists()
    assert encode(own) is None
