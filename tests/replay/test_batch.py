"""Many calls, one after another."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from orchestrator.records import Archive, Filter
from orchestrator.replay.batch import IDS, Row, Summary, newest, rows
from orchestrator.replay.edited import Edited, compare
from orchestrator.replay.exact import replay
from orchestrator.replay.outcomes import Change
from tests.replay.talks import TEAM, billed, changed, edited_team, stored


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Three calls of a database, one of them open, and one that cannot be run again."""
    calls = Archive(f"sqlite:///{tmp_path}/calls.db")
    lines = billed(text=TEAM)
    stored(calls, lines, "sess_1", started=1.0)
    stored(calls, changed(lines, "Reason: an invoice", "Reason: x"), "sess_2", started=2.0)
    stored(calls, lines, "sess_3", started=3.0, ending=None)
    stored(
        calls, changed(lines, '"type":"CallerJoined"', '"seat":"nobody","type":"CallerJoined"'), "sess_4", started=4.0
    )
    return calls


def test_the_newest_calls_that_have_ended_are_run(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, as many as are wanted."""
    monkeypatch.setattr("orchestrator.replay.batch.PAGE", 2)

    assert [call["id"] for call in newest(archive, Filter(), 10)] == ["sess_4", "sess_2", "sess_1"]
    assert [call["id"] for call in newest(archive, Filter(), 2)] == ["sess_4", "sess_2"]
    assert [call["id"] for call in newest(archive, Filter(until=1.5), 2)] == ["sess_1"]
    assert list(newest(archive, Filter(agent="nobody"), 2)) == []


def test_calls_run_through_todays_code(archive: Archive) -> None:
    """Each has a verdict."""
    found = list(rows(archive, Filter(until=2.5), 5, replay))

    assert [(row.call, row.verdict, row.what) for row in found] == [
        ("sess_2", "different", ["SessionOpened has other effects"]),
        ("sess_1", "exact", []),
    ]


def test_calls_run_with_an_edited_team(archive: Archive, tmp_path: Path) -> None:
    """What is different is said so that it can be counted."""
    run = partial(compare, team=edited_team(tmp_path, ("handoffs: 5", "handoffs: 0")))
    (row,) = rows(archive, Filter(until=1.5), 5, run)
    assert row.verdict == "changed"
    assert row.what == ["agents: no more billing (on the way)", "refusals: front: transfer_to_billing (handoffs)"]

    run = partial(compare, team=edited_team(tmp_path, ("    tools: [tools.py:find_invoice]\n", "")))
    (row,) = rows(archive, Filter(until=1.5), 5, run)
    assert "tools: no more billing: find_invoice" in row.what
    run = partial(compare, team=edited_team(tmp_path, ("Solve", "Answer")))
    (row,) = rows(archive, Filter(until=1.5), 5, run)
    assert (row.verdict, row.what) == ("unknown", ["asked otherwise: billing"])


def test_the_same_in_another_order_is_said_so(archive: Archive) -> None:
    """As nothing is missing and nothing new."""
    change = Change(name="tools", t=1.0, then=["a: x({})", "a: y({})"], now=["a: y({})", "a: x({})"])
    (row,) = rows(archive, Filter(until=1.5), 5, lambda _: Edited("sess_1", changes=[change]))

    assert row.what == ["tools: in another order"]


def test_a_call_that_cannot_be_run_is_in_nobodys_way(archive: Archive) -> None:
    """It is told why."""

    def fails(_: object) -> object:
        raise AssertionError("a mistake of ours")

    found = list(rows(archive, Filter(until=2.5), 5, fails))  # type: ignore[arg-type]
    assert [row.verdict for row in found] == ["not run"] * 2
    assert found[0].what == ["AssertionError: a mistake of ours"]


def test_the_summary_counts_and_names_calls_to_look_at() -> None:
    """Few ids of many."""
    summary = Summary()
    assert list(summary.report()) == ["no such calls"]
    summary.take(Row("sess_0", 1.0, "unchanged", []))
    assert summary.same
    for number in range(IDS + 2):
        summary.take(Row(f"sess_{number}", 1.0, "changed", ["agents: tech", "agents: tech"]))
    told = list(summary.report())

    assert not summary.same
    assert told[0] == f"{IDS + 2} changed, 1 unchanged"
    assert told[1] == f"{IDS + 2} calls  agents: tech".rjust(len(told[1]))
    assert told[2].endswith("sess_9 and 2 more")
    assert summary.told()["verdicts"] == {"unchanged": 1, "changed": IDS + 2}
    assert len(summary.told()["calls"]["changed"]) == IDS
