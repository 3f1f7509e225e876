"""The corpus of recorded calls: each is the same in today's code, and with the team that it had.

A record of an older version has to stay readable: make new ones beside it, and keep it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.records.format.header import Header
from orchestrator.records.reading import read_facts
from orchestrator.replay.edited import Verdict, compare
from orchestrator.replay.edited_team import EditedTeam
from orchestrator.replay.exact import replay
from tests.replay.record import CALLS, CORPUS

RECORDS = sorted(CORPUS.glob("*.jsonl"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_recorded_call_is_the_same_today(path: Path) -> None:
    """Every event brings about what it did then, and the same is told of it."""
    with path.open(encoding="utf-8") as lines:
        done = replay(lines)

    assert done.first is None, done.first.diff
    assert (done.ends, done.skipped) == (None, [])
    assert done.events > 20
    assert read_facts(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_the_same_team_changes_nothing_in_a_call(path: Path) -> None:
    """Two calls side by side, both with the team of the record."""
    lines = path.read_text(encoding="utf-8").splitlines()
    said = json.loads(lines[0])
    same = EditedTeam({name: said[name] for name in ("team", "tools")}, Header(said).team)
    done = compare(lines, same)

    assert (done.verdict, done.stopped, done.asked) == (Verdict.UNCHANGED, None, [])


def test_the_corpus_has_all_that_a_call_can_be() -> None:
    """A dozen calls at least, as the script makes them, and small."""
    assert {path.stem for path in RECORDS} == set(CALLS)
    assert sum(path.stat().st_size for path in RECORDS) < 1_500_000
    headers = [json.loads(path.read_text(encoding="utf-8").splitlines()[0]) for path in RECORDS]
    assert {header["v"] for header in headers} == {1}
