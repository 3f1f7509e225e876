"""A recording as WAV."""

from __future__ import annotations

import io
import sys
import wave
from pathlib import Path

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.records.audio import as_wav, stereo
from orchestrator.records.audio.encoder import encode
from orchestrator.records.audio.files import base
from orchestrator.records.audio.sound import RATE
from tests.records.audio.hearing import spool


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder in which two seconds of a call are kept, as they were written."""
    spool(base(tmp_path, "sess_1", "caller"), b"\x10\x20" * RATE * 2, b"\x10\x20" * RATE * 2)
    return tmp_path


def seconds(folder: Path) -> float:
    """Return how long the WAV of the call is, as the standard library reads it."""
    found = stereo(folder, "sess_1")
    assert found is not None
    with wave.open(io.BytesIO(b"".join(as_wav(found)))) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (2, 2, RATE)
        return float(read.getnframes() / RATE)


def test_sound_is_given_as_wav_before_and_after_it_was_converted(kept: Path) -> None:
    """Of the same length."""
    assert seconds(kept) == 2.0
    path = encode(base(kept, "sess_1", "caller"))
    assert path is not None

    assert path.suffix == ".ogg"
    assert seconds(kept) == pytest.approx(2.0, abs=0.05)


def test_opus_that_cannot_be_decoded_here_is_said_so(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    encode(base(kept, "sess_1", "caller"))
    monkeypatch.setitem(sys.modules, "av", None)

    with pytest.raises(OrchestratorError, match="install what decodes it"):
        seconds(kept)
