"""Where records are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.records import UnknownCall
from orchestrator.replay.source import archive, lines_of
from tests.replay.talks import billed


def test_a_file_is_read(tmp_path: Path) -> None:
    """As `orchestrator calls export` writes it."""
    path = tmp_path / "call.jsonl"
    path.write_text("\n".join(billed()), encoding="utf-8")

    assert [line.rstrip("\n") for line in lines_of(str(path))] == billed()
    with pytest.raises(FileNotFoundError):
        lines_of(str(tmp_path / "other.jsonl"))


def test_a_call_that_is_not_there_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by its id nor by that of a session."""
    monkeypatch.setenv("ORCHESTRATOR_RECORDS", f"sqlite:///{tmp_path}/calls.db")

    with pytest.raises(UnknownCall, match="sess_1"):
        lines_of("sess_1")


def test_without_a_database_there_are_no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to do."""
    monkeypatch.setenv("ORCHESTRATOR_RECORDS", "none")

    with pytest.raises(OrchestratorError, match="Name a"):
        archive()
