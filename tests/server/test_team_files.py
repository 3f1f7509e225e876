"""Which team files are served."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import Problem, TeamError
from orchestrator.server.team_files import find, told_apart


def test_a_folder_stands_for_its_team_files(tmp_path: Path) -> None:
    """Not for tests beside them, hidden files and folders below; a file that is named twice is served once."""
    for name in ("b.yaml", "a.yaml", "tests.yaml", ".c.yaml", "notes.md"):
        (tmp_path / name).touch()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "more.yaml").touch()
    found = find([tmp_path / "b.yaml", tmp_path, "elsewhere.yaml"])

    assert found.files == (tmp_path / "b.yaml", tmp_path / "a.yaml", Path("elsewhere.yaml"))
    assert found.folders == (tmp_path,)
    assert find("agents.yaml").files == (Path("agents.yaml"),)


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    """Nothing could be served."""
    with pytest.raises(TeamError, match=r"there is no \*\.yaml in this folder"):
        find(tmp_path)


def test_problems_of_files_with_one_name_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their folders, from where the command runs."""
    monkeypatch.chdir(tmp_path)
    problem = Problem("agents.yaml:1:1", "unknown key")

    assert [str(one) for one in told_apart([problem], tmp_path / "clinic" / "agents.yaml")] == [
        "clinic/agents.yaml:1:1: unknown key."
    ]
    assert told_apart([problem], tmp_path / "agents.yaml") == [problem]
