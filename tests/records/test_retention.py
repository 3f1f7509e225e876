"""Deleting calls, with all that belongs to them."""

from __future__ import annotations

import time

import pytest

from orchestrator.records import Archive, Filter, UnknownCall
from orchestrator.records.tables import CALL_AGENTS, CALLS, LINES
from tests.records.recording import STARTED, Recorder, execute

DAY = 86_400.0


def left(archive: Archive) -> list[str]:
    """Return the calls that are there, the oldest first."""
    return [call["id"] for call in reversed(archive.find(Filter()))]


def test_a_deleted_call_leaves_nothing(archive: Archive) -> None:
    """Its lines, agents, words and recordings are gone; those of others are not."""
    recorder = Recorder(archive)
    for call_id in ("sess_1", "sess_2"):
        recorder.add(call_id, text="invoice", summary={"agents": ["front"]})
        archive.folder(call_id).mkdir(parents=True)
        (archive.folder(call_id) / "caller.pcm").write_bytes(b"0000")
    archive.delete("sess_1")

    assert left(archive) == ["sess_2"]
    assert [call["id"] for call in archive.find(Filter(text="invoice", agent="front"))] == ["sess_2"]
    assert not archive.folder("sess_1").exists()
    assert archive.folder("sess_2").exists()
    for table in (CALLS, CALL_AGENTS, LINES):
        assert execute(archive, table.select().count) == 1
    with pytest.raises(UnknownCall):
        archive.delete("sess_1")


def test_calls_are_kept_as_long_as_each_says(archive: Archive) -> None:
    """From its end; one without a limit is kept for ever, and one that is open is too."""
    recorder, now = Recorder(archive), time.time()
    for call_id, keep, ago in (("sess_1", DAY, 2), ("sess_2", 3 * DAY, 2), ("sess_3", None, 400), ("sess_4", 0.0, 1)):
        summary = {"ended": now - ago * DAY}
        recorder.add(call_id, keep=keep, started=STARTED + float(call_id[-1]), summary=summary)
    recorder.open("sess_5", keep=0.0, started=STARTED + 5)
    recorder.flush()

    assert archive.purge() == 2
    assert left(archive) == ["sess_2", "sess_3", "sess_5"]
    assert archive.purge() == 0


def test_calls_can_be_purged_by_date(archive: Archive) -> None:
    """Whatever they were to be kept for."""
    recorder, now = Recorder(archive), time.time()
    for ago in (1, 10, 100):
        recorder.add(f"sess_{ago}", keep=None, started=now - ago * DAY, summary={"ended": now - ago * DAY})

    assert archive.purge(before=now - 5 * DAY) == 2
    assert left(archive) == ["sess_1"]


def test_a_purge_takes_a_few_calls_at_a_time(archive: Archive) -> None:
    """Who wants all deleted asks again; others write meanwhile."""
    recorder = Recorder(archive)
    for number in range(5):
        recorder.add(f"sess_{number}", keep=1.0)

    assert [archive.purge(limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_an_open_call_can_be_deleted(archive: Archive) -> None:
    """Nothing of it is written any more, and nothing counts as dropped."""
    recorder = Recorder(archive)
    writing = recorder.open("sess_1")
    recorder.flush()
    archive.delete("sess_1")
    writing.put({"n": 1})
    recorder.flush()
    writing.put({"n": 2})
    writing.close({"ending": "left"}, "invoice")
    recorder.flush()

    assert left(archive) == []
    assert execute(archive, lambda connection: LINES.select().count(connection)) == 0
    assert (recorder.ledger.busy, recorder.dropped.count) == (False, 0)
