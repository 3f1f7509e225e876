"""What is written of calls, in one transaction for all of them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from orchestrator.records import Archive, Filter
from orchestrator.records.tables import CALLS
from tests.records.recording import STARTED, Recorder, Secrets, entries, execute

LONG_AGO = -1e6  # by a clock that nobody sets: before the machine was started


def test_calls_that_began_in_the_same_microsecond_have_numbers_of_their_own(archive: Archive) -> None:
    """Also when other processes record them."""
    recorders = [Recorder(archive), Recorder(archive)]
    for number, recorder in enumerate(recorders):
        writing = recorder.open(f"sess_{number}")
        writing.put({"of": number})
        recorder.flush()

    assert [entries(archive, f"sess_{number}") for number in (0, 1)] == [[{"of": 0}], [{"of": 1}]]


def test_what_was_written_although_it_seemed_to_fail_is_written_once(archive: Archive) -> None:
    """A connection may be lost between a commit and its answer."""
    recorder = Recorder(archive)
    recorder.open("sess_1").put({"n": 1})
    recorder.flush()
    (call,) = recorder.ledger.calls
    call.number, call.next, call.lines = None, 0, list(archive.lines("sess_1"))
    recorder.flush()

    assert entries(archive, "sess_1") == [{"n": 1}]
    assert len(archive.find(Filter())) == 1


def test_a_call_that_was_taken_over_is_recorded_from_its_beginning(archive: Archive) -> None:
    """In the place of what the other process has written, which writes nothing more into it."""
    before, after = Recorder(archive), Recorder(archive)
    old = before.open("sess_1")
    for number in range(3):
        old.put({"of": "before", "n": number})
        before.flush()
    new = after.open("sess_1")
    new.put({"of": "after"})
    after.flush()
    old.put({"of": "before", "n": 4})
    before.flush()
    old.close({"ended": STARTED + 9, "ending": "failed"}, "nonsense")
    before.flush()
    new.put({"of": "after", "n": 2})
    new.close({"ended": STARTED + 60, "ending": "left"}, "hello there")
    after.flush()

    assert entries(archive, "sess_1") == [{"of": "after"}, {"of": "after", "n": 2}]
    assert len(list(archive.lines("sess_1"))) == 3
    assert old.wanted is False
    (found,) = archive.find(Filter())
    assert (found["started"], found["ending"]) == (STARTED, "left")
    assert archive.find(Filter(text="hello"))
    assert not archive.find(Filter(text="nonsense"))


def test_a_call_that_was_taken_over_late_is_no_longer_lost(archive: Archive) -> None:
    """Somebody had ended it meanwhile, and it was found by its agents."""
    before, after = Recorder(archive), Recorder(archive)
    before.add("sess_1", text="some words", summary={"ending": "lost", "agents": ["front"]})
    after.open("sess_1")
    after.flush()

    assert archive.summary("sess_1")["ended"] is None
    assert not archive.find(Filter(text="words"))
    assert not archive.find(Filter(agent="front"))


def test_a_call_that_was_taken_for_lost_is_open_again(archive: Archive) -> None:
    """Its process could not write for a while, and another one ended it."""
    recorder = Recorder(archive)
    writing = recorder.open("sess_1", keep=1.0)
    recorder.flush()

    def lose(connection: object) -> None:
        CALLS.update({CALLS.touched: time.time() - 100, CALLS.alive: LONG_AGO}).execute(connection)

    execute(archive, lose)
    assert archive.purge(before=STARTED) == 0  # looks for lost calls too
    assert archive.summary("sess_1")["ending"] == "lost"
    writing.put({"n": 1})
    recorder.flush()

    assert archive.summary("sess_1")["ended"] is None
    assert archive.purge() == 0


@pytest.mark.parametrize("jump", [-3600.0, -61.0, 61.0, 3600.0])
def test_a_clock_that_is_set_ends_no_call(address: str, monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """Neither of whoever looks, nor of whoever opens the database; one that is quiet is lost all the same."""
    archive, real = Archive(address), time.time
    recorder = Recorder(archive)
    for number in range(2):
        recorder.open(f"sess_{number}", started=STARTED + number, keep=1.0)
    recorder.flush()
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    beside = Archive(address)
    found = [(each.purge(), each.summary("sess_0")["ending"]) for each in (archive, beside)]
    execute(archive, CALLS.update({CALLS.alive: LONG_AGO}).where(CALLS.id == "sess_1").execute)
    beside.purge()
    listed = archive.find(Filter())

    assert found == [(0, None), (0, None)]
    assert [call["id"] for call in listed if call["ended"] is None] == ["sess_0"]


@pytest.mark.parametrize(("quiet", "lost"), [(10.0, False), (100.0, True)])
def test_what_an_older_version_tells_of_its_calls_is_understood(archive: Archive, quiet: float, lost: bool) -> None:
    """By the wall clock, as it does itself."""
    recorder = Recorder(archive)
    recorder.open("sess_1")
    recorder.flush()
    execute(archive, CALLS.update({CALLS.touched: time.time() - quiet, CALLS.alive: None}).execute)
    archive.purge()

    assert (archive.summary("sess_1")["ended"] is not None) is lost


def test_texts_that_a_database_cannot_hold_are_written_so_that_it_can(archive: Archive) -> None:
    """Half a surrogate pair, which services send when they cut text, and zero."""
    recorder = Recorder(archive)
    writing = recorder.open("sess_1", encode=lambda given: [json.dumps(each, ensure_ascii=False) for each in given])
    writing.put({"said": "half \ud83d, zero \0"})
    writing.close({"ending": "left", "reason": "half \ud83d"}, "half \ud83d zero \0 words")
    recorder.flush()

    assert entries(archive, "sess_1") == [{"said": "half \ud83d, zero \0"}]
    assert archive.summary("sess_1")["reason"] == "half \ud83d"
    assert archive.find(Filter(text="zero words"))


def bytes_in(folder: Path) -> bytes:
    """Return all that stands in the files of a folder."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_secret_that_became_known_late_leaves_the_files(sqlite: Archive) -> None:
    """Lines that were written are masked in place, and no byte of it is left in any file of the database."""
    recorder, secrets = Recorder(sqlite), Secrets()
    writing = recorder.open("sess_1", secrets=secrets)
    for number in range(300):
        writing.put({"n": number, "said": "my pin is 4711-0815" if number % 3 == 0 else "hello"})
        if number % 100 == 0:
            recorder.flush()
    recorder.flush()
    assert sqlite.database.file is not None
    folder = sqlite.database.file.parent
    with sqlite.database.connection():  # somebody else has it open, so that its log is not moved when we close it
        assert b"4711-0815" in bytes_in(folder)
        secrets.known.append("4711-0815")
        writing.remask()
        writing.put({"n": 300, "said": "4711-0815"})
        recorder.flush()
        assert b"4711-0815" not in bytes_in(folder)
    said = [entry["said"] for entry in entries(sqlite, "sess_1")]

    assert said.count("my pin is secret:pin") == 100
    assert said[-1] == "secret:pin"
    assert not recorder.ledger.lines


@pytest.mark.parametrize("ended", [False, True], ids=["open", "ended"])
def test_lines_are_masked_again_wherever_they_are(archive: Archive, ended: bool) -> None:
    """Also when the call ends in the same moment, with its transcript and summary."""
    recorder, secrets = Recorder(archive), Secrets()
    writing = recorder.open("sess_1", secrets=secrets)
    writing.put({"said": "4711"})
    recorder.flush()
    secrets.known.append("4711")
    writing.remask()
    if ended:
        writing.close({"ending": "left", "reason": "said 4711"}, "my pin is 4711")
    recorder.flush()

    assert entries(archive, "sess_1") == [{"said": "secret:pin"}]
    assert archive.summary("sess_1")["reason"] == ("said secret:pin" if ended else None)
    assert not archive.find(Filter(text="4711"))


def test_an_open_call_is_listed_with_what_it_amounts_to_so_far(archive: Archive) -> None:
    """The newest figures, which stay when the process dies; when it ends by itself, what it came to."""
    recorder = Recorder(archive)
    dies, ends = (recorder.open(f"sess_{number}", started=STARTED + number) for number in range(2))
    for turns in (1, 2):
        for writing in (dies, ends):
            writing.note({"turns": turns, "agents": ["front"], "agent": "front", "ending": None, "reason": ""})
        recorder.flush()
    so_far = archive.find(Filter())
    quiet = CALLS.update({CALLS.touched: 1.0, CALLS.alive: LONG_AGO}).where(CALLS.id == "sess_0")
    execute(archive, quiet.execute)
    ends.close({"ending": "left", "turns": 3}, "")
    recorder.ledger.calls = [call for call in recorder.ledger.calls if call.call_id == "sess_1"]
    recorder.flush()
    archive.purge(before=1.0)  # looks for lost calls too
    over, lost = archive.find(Filter())

    assert [(call["turns"], call["agents"], call["ended"]) for call in so_far] == [(2, ["front"], None)] * 2
    assert (over["turns"], over["ending"], "agents" in over) == (3, "left", True)
    assert (lost["turns"], lost["agent"], lost["ending"]) == (2, "front", "lost")


def test_figures_so_far_are_written_once(archive: Archive) -> None:
    """And again when more is secret."""
    recorder, secrets = Recorder(archive), Secrets()
    writing = recorder.open("sess_1", secrets=secrets)
    writing.note({"variables": {"note": "my pin is 4711"}, "turns": 4711})
    recorder.flush()
    (call,) = recorder.ledger.calls
    assert not call.waits
    secrets.known.append("4711")
    writing.remask()
    recorder.flush()

    assert archive.summary("sess_1")["variables"] == {"note": "my pin is secret:pin"}
    assert archive.summary("sess_1")["turns"] == 4711
    assert not call.waits
