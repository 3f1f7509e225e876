"""Reading calls: lists with their filters and pages, one call, its lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.records import Archive, Filter, UnknownCall
from tests.records.recording import STARTED, Recorder, entries, one_connection


@pytest.fixture
def full(archive: Archive) -> Archive:
    """Record three calls, an hour after each other; the last one is open."""
    recorder = Recorder(archive)
    recorder.add("sess_1", started=STARTED, summary={"agents": ["front"]}, text="My invoice is too high.")
    recorder.add(
        "sess_2",
        started=STARTED + 3600,
        team="hotel",
        summary={"agents": ["front", "billing"], "agent": "billing", "ending": "failed", "reason": "out of reach"},
        text="A room, please.",
    )
    recorder.open("sess_3", started=STARTED + 7200)
    recorder.flush()
    return archive


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), ["sess_3", "sess_2", "sess_1"]),
        (Filter(limit=2), ["sess_3", "sess_2"]),
        (Filter(after="sess_2"), ["sess_1"]),
        (Filter(agent="billing"), ["sess_2"]),
        (Filter(agent="front"), ["sess_2", "sess_1"]),
        (Filter(ending="failed"), ["sess_2"]),
        (Filter(ending="open"), ["sess_3"]),
        (Filter(since=STARTED + 3600), ["sess_3", "sess_2"]),
        (Filter(until=STARTED + 3600), ["sess_1"]),
        (Filter(team="hotel"), ["sess_2"]),
        (Filter(text="INVOICE high"), ["sess_1"]),
        (Filter(text="invoice", agent="billing"), []),
        (Filter(text="?!"), []),
    ],
    ids=str,
)
def test_calls_are_found_by_what_is_known_of_them(full: Archive, wanted: Filter, found: list[str]) -> None:
    """All that is given must hold; the newest call comes first."""
    assert [call["id"] for call in full.find(wanted)] == found


def test_a_summary_has_what_lists_show(full: Archive) -> None:
    """What the call was closed with, beside what has a column of its own."""
    assert full.summary("sess_2") == {
        "id": "sess_2",
        "team": "hotel",
        "team_hash": "f00d",
        "started": STARTED + 3600,
        "ended": STARTED + 60,
        "ending": "failed",
        "reason": "out of reach",
        "agent": "billing",
        "agents": ["front", "billing"],
        "audio": False,
    }


def test_an_open_call_has_no_end(full: Archive) -> None:
    """Its summary has the same keys, and how long it is so far; its lines can be read already."""
    assert full.summary("sess_3").keys() == full.summary("sess_2").keys() | {"seconds"}
    assert full.summary("sess_3")["seconds"] > 0
    assert (full.summary("sess_3")["ended"], full.summary("sess_3")["ending"]) == (None, None)
    assert entries(full, "sess_3") == []


def test_calls_that_began_at_once_are_paged_through(archive: Archive) -> None:
    """None is left out, and none comes twice."""
    recorder = Recorder(archive)
    for number in range(7):
        recorder.add(f"sess_{number}")
    pages, after = [], None
    while page := archive.find(Filter(limit=2, after=after)):
        pages += [call["id"] for call in page]
        after = pages[-1]

    assert pages == [f"sess_{number}" for number in reversed(range(7))]


def test_a_long_record_is_read_in_pieces(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines come in the order in which they were written."""
    recorder = Recorder(archive)
    writing = recorder.open("sess_1")
    with one_connection(archive, monkeypatch):
        for number in range(250):
            writing.put({"n": number})
            recorder.flush()

    assert [entry["n"] for entry in entries(archive, "sess_1")] == list(range(250))


def test_an_unknown_call_is_said_to_be_unknown(full: Archive) -> None:
    """Before the first line is read."""
    for look in (full.summary, full.lines, full.delete, lambda call_id: full.find(Filter(after=call_id))):
        with pytest.raises(UnknownCall, match="no recorded call 'sess_9'"):
            look("sess_9")


def test_reading_makes_no_file(tmp_path: Path) -> None:
    """Where no call was recorded there is none."""
    archive = Archive(f"sqlite:///{tmp_path / 'none' / 'calls.db'}")

    assert archive.find(Filter()) == []
    assert archive.purge() == 0
    for look in (archive.summary, archive.lines, archive.delete):
        with pytest.raises(UnknownCall):
            look("sess_1")
    assert not (tmp_path / "none").exists()


def test_recordings_lie_beside_the_database(full: Archive) -> None:
    """A call has a folder; what is no id leads nowhere."""
    assert not full.summary("sess_1")["audio"]
    full.folder("sess_1").mkdir(parents=True)

    assert full.summary("sess_1")["audio"]
    for odd in ("..", "a/b", ""):
        with pytest.raises(UnknownCall):
            full.folder(odd)


def test_a_call_is_found_by_the_id_of_its_session_too(full: Archive) -> None:
    """Clients over WebRTC know `sess_…`, where everybody else says `rtc_…`."""
    recorder = Recorder(full)
    recorder.add("rtc_4", started=STARTED + 9000)
    recorder.flush()

    assert (full.named("sess_1"), full.named("sess_4"), full.named("rtc_4")) == ("sess_1", "rtc_4", "rtc_4")
    with pytest.raises(UnknownCall):
        full.named("sess_5")


def test_no_database_has_no_call(tmp_path: Path) -> None:
    """None is made to look for one."""
    with pytest.raises(UnknownCall):
        Archive(f"sqlite:///{tmp_path}/none.db").named("sess_1")
    assert list(tmp_path.iterdir()) == []
