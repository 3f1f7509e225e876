"""`orchestrator replay`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.cli import main
from orchestrator.records import Archive
from tests.replay.talks import TEAM, billed, changed, stored, team_file


def written(folder: Path, lines: list[str]) -> str:
    """Write a record into a file."""
    path = folder / "call.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_the_exit_code_says_whether_a_call_is_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 or 1."""
    assert main(["replay", written(tmp_path, billed())]) == 0
    assert capsys.readouterr().out.startswith("exact: 22 events, 44 effects\n")
    assert main(["replay", written(tmp_path, changed(billed(), "Reason: an invoice", "Reason: x"))]) == 1
    assert capsys.readouterr().out.startswith("different: 1 event of 22")
    assert main(["replay", written(tmp_path, billed()), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["exact"]


def test_an_edited_team_is_asked_what_it_would_have_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 if something changes; that nobody knows is no change."""
    call = written(tmp_path, billed(text=TEAM))
    assert main(["replay", call, "--team", str(team_file(tmp_path, ("Solve", "Answer")))]) == 0
    assert capsys.readouterr().out.startswith("unknown: 22 events")
    assert main(["replay", call, "--team", str(team_file(tmp_path, ("handoffs: 5", "handoffs: 0")))]) == 1
    assert capsys.readouterr().out.startswith("changed: ")
    assert main(["replay", call, "--team", str(team_file(tmp_path)), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "unchanged"


def test_the_last_calls_are_run_and_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By id from the database, too."""
    address = f"sqlite:///{tmp_path}/calls.db"
    monkeypatch.setenv("ORCHESTRATOR_RECORDS", address)
    stored(Archive(address), billed(text=TEAM), "sess_1", started=1.0)
    stored(Archive(address), billed(text=TEAM), "rtc_2", started=2.0)
    assert main(["replay", "sess_2"]) == 0
    capsys.readouterr()
    team = str(team_file(tmp_path, ("handoffs: 5", "handoffs: 0")))
    assert main(["replay", "--last", "5", "--team", team]) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[2:4] for line in told[:2]] == [["rtc_2", "changed"], ["sess_1", "changed"]]
    assert told[2:4] == ["", "2 changed"]
    assert main(["replay", "--last", "5", "--until", "2026-11-28", "--format", "json"]) == 0
    first, _, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["call"], first["verdict"], summary["verdicts"]) == ("rtc_2", "exact", {"exact": 2})


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is none, no call at all, and what does not go together."""
    assert main(["replay", written(tmp_path, ["{}"])]) == 1
    assert capsys.readouterr().err.startswith("This is no record of a call")
    for words in (["replay"], ["replay", "x", "--last", "3"], ["replay", "x", "--agent", "front"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
