"""The script that makes the corpus."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.replay.exact import replay
from tests.replay import record


async def nothing() -> None:
    """Hold no call."""
    raise AssertionError("no call")


def test_a_call_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole one, over sockets; what does not go as it should is left as it is."""
    monkeypatch.setattr(record, "CORPUS", tmp_path)
    monkeypatch.setattr(record, "CALLS", {"goodbye": record.CALLS["goodbye"], "none": nothing})
    assert record.main([]) == 1

    assert [path.name for path in tmp_path.iterdir()] == ["goodbye.jsonl"]
    assert replay((tmp_path / "goodbye.jsonl").read_text(encoding="utf-8").splitlines()).first is None
    assert os.environ["ORCHESTRATOR_RECORDS"] == "none"
