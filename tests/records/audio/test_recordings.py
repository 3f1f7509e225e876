"""The recordings of a process: the thread that writes them, what is too much for it, and its sudden end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from orchestrator.records.audio import Recordings, conversion, convert_leftovers, stereo
from orchestrator.records.audio.files import RawFile, Side
from orchestrator.records.audio.recording import Recording
from orchestrator.records.audio.tape import Tape
from orchestrator.records.retention import remove_recordings
from tests.patience import PATIENCE
from tests.records.audio.hearing import recorded
from tests.records.audio.test_tape import KIND, append, times

BUSY = 0.5  # seconds that a thread of another process may have to wait for its turn on a busy machine


@pytest.fixture(autouse=True)
def _raw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave recordings as they were written."""
    monkeypatch.setattr(conversion, "convert", lambda base, stopped: True)


def begin(recordings: Recordings, call: str = "sess_1", seat: str = "caller", seconds: float = 30.0) -> Recording:
    """Begin a recording of a call that has lasted for so long."""
    clock = time.monotonic
    return recordings.open(call, seat, clock=clock, began=clock() - seconds, mask=str)


def speak(recording: Recording, frames: int = 10) -> None:
    """Let the caller speak."""
    for _ in range(frames):
        recording.heard(append(100), KIND, 100)


def test_a_recording_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    """Of each seat of each call; the thread ends with it."""
    recordings = Recordings(tmp_path)
    for call, seat in (("sess_1", "caller"), ("sess_1", "desk"), ("sess_2", "caller")):
        recording = begin(recordings, call, seat)
        speak(recording)
        recording.close()
    recordings.close()
    thread = recordings._thread

    assert thread is not None
    assert not thread.is_alive()
    assert recordings.dropped == 0
    for call, seat in (("sess_1", "caller"), ("sess_1", "desk"), ("sess_2", "caller")):
        left, right = recorded(tmp_path, call, seat)
        assert [round(one.end - one.start, 1) for one in left] == [1.0]
        assert right == []


def test_a_call_that_runs_when_the_server_stops(tmp_path: Path) -> None:
    """All that was heard is written."""
    recordings = Recordings(tmp_path)
    speak(begin(recordings))
    recordings.close()

    assert len(recorded(tmp_path, "sess_1")[0]) == 1


def test_nothing_was_recorded(tmp_path: Path) -> None:
    """There is nothing to close, and no folder."""
    Recordings(tmp_path / "recordings").close()

    assert list(tmp_path.iterdir()) == []


def test_a_finished_recording_is_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is over, and the server goes on; the thread waits for the next one."""
    converted: list[Path] = []
    done = Event()

    def convert(base: Path, stopped: object) -> bool:
        converted.append(base)
        done.set()
        return True

    monkeypatch.setattr(conversion, "convert", convert)
    recordings = Recordings(tmp_path)
    for call in ("sess_1", "sess_2"):
        done.clear()
        recording = begin(recordings, call)
        speak(recording)
        recording.close()
        assert done.wait(PATIENCE)
    recordings.close()

    assert converted == [tmp_path / "sess_1" / "caller", tmp_path / "sess_2" / "caller"]


def test_a_seat_that_is_taken_again(tmp_path: Path) -> None:
    """Has a recording of its own."""
    recordings = Recordings(tmp_path)
    for frames in (5, 10):
        recording = begin(recordings)
        speak(recording, frames)
        recording.close()
    recordings.close()

    assert sorted(path.name for path in (tmp_path / "sess_1").iterdir()) == sorted(
        f"{name}.{side}.b64" for name in ("caller", "caller~2") for side in Side
    )


def test_the_queue_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes nothing: frames are left out and counted, and the rest is where it belongs."""
    go = Event()
    opened = Tape.open

    def slow(self: Tape) -> None:
        assert go.wait(PATIENCE)
        opened(self)

    monkeypatch.setattr(Tape, "open", slow)
    frame = len(append(100))
    recordings = Recordings(tmp_path, waiting=5 * frame)
    recording = begin(recordings)
    for _ in range(1000):
        recording.heard(append(100), KIND, 100)
    go.set()
    recordings.close()

    assert 900 < recordings.dropped < 1000 + 1000
    assert recordings._put_in == recordings._taken_out < 12 * frame
    ((start, end),) = times(recorded(tmp_path, "sess_1")[0])
    assert 0 < end - start < 0.6


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), RuntimeError("a bug")])
def test_a_full_disk_is_logged_once_and_harms_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """What could not be written is counted."""
    put = RawFile._put

    def full(self: RawFile, start: int, samples: bytes) -> None:
        if "sess_1" in str(self._file.name):
            raise fault
        put(self, start, samples)

    monkeypatch.setattr(RawFile, "_put", full)
    with capture_logs() as logs:
        recordings = Recordings(tmp_path)
        all_of_them = [begin(recordings, call) for call in ("sess_1", "sess_2")]
        for recording in all_of_them:
            speak(recording)
            recording.silence(Side.CALLER, 0.0, 0.1)
            recording.close()
        recordings.close()

    assert [(log["event"], log["call"]) for log in logs] == [("recording incomplete", "sess_1")]
    assert recordings.dropped > 0
    assert len(recorded(tmp_path, "sess_2")[0]) == 1


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """The call is not recorded, nothing is kept in memory, and the log says so once."""
    (tmp_path / "recordings").touch()
    with capture_logs() as logs:
        recordings = Recordings(tmp_path / "recordings")
        recording = begin(recordings)
        speak(recording, 50)
        recording.close()
        recordings.close()

    assert [log["event"] for log in logs] == ["recording incomplete"]
    assert not recordings._seats
    assert recordings._put_in == recordings._taken_out


def test_a_frame_without_audio_is_left_out(tmp_path: Path) -> None:
    """Nobody can make the thread fail."""
    with capture_logs() as logs:
        recordings = Recordings(tmp_path)
        recording = begin(recordings)
        recording.heard('{"type":"input_audio_buffer.append"}', KIND, 20)
        recording.sent("a", "{}", KIND)
        speak(recording)
        recording.close()
        recordings.close()

    assert [log["event"] for log in logs] == ["recording incomplete"]
    assert recordings.dropped == 2
    assert len(recorded(tmp_path, "sess_1")[0]) == 1


def test_a_call_that_is_removed_while_it_runs(tmp_path: Path) -> None:
    """It is not kept from there on."""
    recordings = Recordings(tmp_path)
    recording = begin(recordings)
    speak(recording)
    while not (tmp_path / "sess_1").exists():
        time.sleep(0)
    remove_recordings(tmp_path / "sess_1")
    speak(recording)
    recording.close()
    recordings.close()

    assert stereo(tmp_path, "sess_1") is None


def test_a_process_that_is_killed_loses_less_than_a_second(tmp_path: Path) -> None:
    """Of twenty calls; all can be listened to, and are converted later."""
    command: list[Any] = [sys.executable, "-m", "tests.records.audio.killed", tmp_path, "20", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"now\n"
        child.kill()
    assert len(list(tmp_path.iterdir())) == 20
    for own in tmp_path.iterdir():
        for side in recorded(tmp_path, own.name):
            assert times(side)[-1][1] >= 2.0 - BUSY
        os.utime(own, (0, 0))

    assert convert_leftovers(tmp_path) == 20
