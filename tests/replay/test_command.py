"""`orchestrator replay`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.cli import main
from tests.replay.talks import billed, changed


def written(folder: Path, lines: list[str]) -> str:
    """Write a record into a file."""
    path = folder / "call.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_the_exit_code_says_whether_a_call_is_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 or 1."""
    assert main(["replay", written(tmp_path, billed())]) == 0
    assert capsys.readouterr().out.startswith("exact: 22 events, 53 effects\n")
    assert main(["replay", written(tmp_path, changed(billed(), "Reason: an invoice", "Reason: x"))]) == 1
    assert capsys.readouterr().out.startswith("different: 1 event of 22")
    assert main(["replay", written(tmp_path, billed()), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["exact"]


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is none, and no call at all."""
    assert main(["replay", written(tmp_path, ["{}"])]) == 1
    assert capsys.readouterr().err.startswith("This is no record of a call")
    with pytest.raises(SystemExit) as ended:
        main(["replay"])
    assert ended.value.code == 2
