"""The recordings of a process: the thread that writes them, what is too much for it, and its sudden end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from orchestrator.core.events import SpeechStarted, TurnTranscribed
from orchestrator.core.ids import SessionId
from orchestrator.records.audio import Leftovers, Recordings, conversion, stereo
from orchestrator.records.audio.recording import Recording
from orchestrator.records.audio.recordings import ALIVE_SECONDS, MOST_UNWRITTEN
from orchestrator.records.audio.sound import text_of_pcm
from orchestrator.records.audio.spool import Entry, Spool
from orchestrator.records.retention import remove_recordings
from tests.patience import PATIENCE
from tests.records.audio.hearing import CALLER_HERTZ, TEAM_HERTZ, append, delta, recorded, tone
from tests.records.audio.test_tape import KIND, times

FRAME = append(tone(CALLER_HERTZ, 100))
BUSY = 0.5  # seconds that a thread of another process may have to wait for its turn on a busy machine


@pytest.fixture(autouse=True)
def _spooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave recordings as they were written."""
    monkeypatch.setattr(conversion, "convert", lambda base, stopped: True)


def begin(recordings: Recordings, call: str = "sess_1", seat: str = "caller", seconds: float = 30.0) -> Recording:
    """Begin a recording of a call that has lasted for so long."""
    clock = time.monotonic
    return recordings.open(call, seat, clock=clock, began=clock() - seconds, mask=str)


def speak(recording: Recording, frames: int = 10) -> None:
    """Let the caller speak."""
    for _ in range(frames):
        recording.heard(FRAME, KIND, 100)


def by_hand(recordings: Recordings) -> Callable[[], None]:
    """Let no thread write; returns what does, for the first seat that is open."""
    recordings._thread = Thread()

    return lambda: recordings._write(recordings._seats[0])


def full(self: Spool, entries: Sequence[Entry]) -> None:
    """Write nothing: the disk is full."""
    raise OSError(28, "No space left on device")


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
    assert recordings.room.dropped == 0
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

    assert sorted(path.name for path in (tmp_path / "sess_1").iterdir()) == ["caller.spool", "caller~2.spool"]


def test_the_queue_is_bounded(tmp_path: Path) -> None:
    """A disk that takes nothing: frames are left out and counted, and the rest is where it belongs."""
    recordings = Recordings(tmp_path, waiting=5 * len(FRAME))
    write = by_hand(recordings)
    recording = begin(recordings)
    speak(recording, 1000)
    recording.close()
    write()

    assert 900 < recordings.room.dropped < 1000 + 1000
    assert recordings.room.put_in == recordings.room.taken_out < 12 * len(FRAME)
    ((start, end),) = times(recorded(tmp_path, "sess_1")[0])
    assert 0 < end - start < 0.6


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), RuntimeError("a bug")])
def test_a_full_disk_is_logged_once_and_harms_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """What could not be written is counted."""
    write = Spool.write

    def failing(self: Spool, entries: Sequence[Entry]) -> None:
        if "sess_1" in str(self._file.name):
            raise fault
        write(self, entries)

    monkeypatch.setattr(Spool, "write", failing)
    with capture_logs() as logs:
        recordings = Recordings(tmp_path)
        all_of_them = [begin(recordings, call) for call in ("sess_1", "sess_2")]
        for recording in all_of_them:
            speak(recording)
            recording.close()
        recordings.close()

    assert [(log["event"], log["call"]) for log in logs] == [("recording incomplete", "sess_1")]
    assert recordings.room.dropped == 10
    assert len(recorded(tmp_path, "sess_2")[0]) == 1


def test_a_disk_that_takes_nothing_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told meanwhile is kept, but for the sound; the rest stands where it was heard."""
    recordings, now = Recordings(tmp_path), [0.0]
    write = by_hand(recordings)
    recording = recordings.open("sess_1", "caller", clock=lambda: now[0], began=0.0, mask=str)
    for lost in (False, True, False):
        with monkeypatch.context() as patch:
            if lost:
                patch.setattr(Spool, "write", full)
            for _ in range(10):
                recording.sent("a", delta("a", tone(TEAM_HERTZ, 100)), KIND)
            write()
    now[0] = 9.0
    recording.close()
    write()

    assert recordings.room.dropped == 10
    assert times(recorded(tmp_path, "sess_1")[1]) == [(0.0, 1.0), (2.0, 3.0)]


def test_a_secret_is_taken_out_of_what_was_written(tmp_path: Path) -> None:
    """The turn before it stays."""
    recordings, now = Recordings(tmp_path), [100.0]
    write = by_hand(recordings)
    recording = recordings.open("sess_1", "caller", clock=lambda: now[0], began=100.0, mask=lambda text: "[secret]")
    for _ in range(30):
        now[0] += 0.1
        speak(recording, 1)
        if now[0] < 102.5:
            write()
    recording.observe(SpeechStarted(SessionId("front"), "1"), [], now[0] + 0.05)
    recording.observe(TurnTranscribed(SessionId("front"), "1", "It is 4711."), [], now[0])
    write()
    sound = text_of_pcm(tone(CALLER_HERTZ, 100)).encode()

    assert (tmp_path / "sess_1" / "caller.spool").read_bytes().count(sound) == 20
    assert times(recorded(tmp_path, "sess_1")[0]) == [(0.0, 2.0)]
    recording.close()
    write()


def test_nothing_is_kept_where_it_cannot_be_said_what_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn held a secret, and the disk is full until the end."""
    recordings, began = Recordings(tmp_path), time.monotonic()
    write = by_hand(recordings)
    recording = recordings.open("sess_1", "caller", clock=time.monotonic, began=began, mask=lambda text: "[secret]")
    speak(recording)
    write()
    assert (tmp_path / "sess_1" / "caller.spool").exists()
    monkeypatch.setattr(Spool, "write", full)
    recording.observe(TurnTranscribed(SessionId("front"), "1", "It is 4711."), [], time.monotonic())
    write()
    recording.close()
    write()

    assert list((tmp_path / "sess_1").iterdir()) == []
    assert recordings._seats == []


def test_a_disk_that_takes_nothing_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many marks wait for it; then the recording is given up."""
    recordings = Recordings(tmp_path)
    write = by_hand(recordings)
    recording = begin(recordings)
    monkeypatch.setattr(Spool, "write", full)
    for _ in range(MOST_UNWRITTEN // 2 + 1):
        recording.stopped()
    write()
    assert (tmp_path / "sess_1" / "caller.spool").exists()
    for _ in range(MOST_UNWRITTEN // 2 + 1):
        recording.stopped()
    write()
    recording.stopped()
    write()
    (seat,) = recordings._seats

    assert (seat.spool, seat.unwritten) == (None, [])
    assert list((tmp_path / "sess_1").iterdir()) == []


def test_a_call_shows_that_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while nothing is heard, so that nobody takes it for one whose process has died."""
    recordings = Recordings(tmp_path)
    write = by_hand(recordings)
    recording = begin(recordings)
    write()
    os.utime(tmp_path / "sess_1", (0, 0))
    write()
    assert (tmp_path / "sess_1").stat().st_mtime == 0
    recordings._seats[0].shown -= ALIVE_SECONDS
    recording.close()
    write()

    assert (tmp_path / "sess_1").stat().st_mtime > 0


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
    assert recordings.room.put_in == recordings.room.taken_out
    assert recordings.room.dropped == 50


def test_a_frame_without_audio_is_left_out(tmp_path: Path) -> None:
    """Nobody can make anything fail."""
    with capture_logs() as logs:
        recordings = Recordings(tmp_path)
        recording = begin(recordings)
        recording.heard('{"type":"input_audio_buffer.append"}', KIND, 20)
        recording.sent("a", "{}", KIND)
        speak(recording)
        recording.close()
        recordings.close()

    assert logs == []
    assert len(recorded(tmp_path, "sess_1")[0]) == 1


def test_a_call_that_is_removed_while_it_runs(tmp_path: Path) -> None:
    """It is not kept from there on."""
    recordings = Recordings(tmp_path)
    write = by_hand(recordings)
    recording = begin(recordings)
    speak(recording)
    write()
    remove_recordings(tmp_path / "sess_1")
    recordings._seats[0].shown -= ALIVE_SECONDS
    speak(recording)
    write()
    assert recordings._seats[0].spool is None
    speak(recording)
    recording.close()
    write()

    assert stereo(tmp_path, "sess_1") is None
    assert recordings.room.put_in == recordings.room.taken_out


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
    leftovers = Leftovers(tmp_path, iter((0.0, conversion.DEAD + 1)).__next__)

    assert [leftovers.convert() for _ in range(2)] == [0, 20]
