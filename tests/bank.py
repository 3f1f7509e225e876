"""The team that uses every key, as its page has it, written into a folder where it can run."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import TEAM_FILE, block


def bank(folder: Path) -> Path:
    """Write the team file, its tools and its tests into a folder; returns the team file."""
    (folder / "agents").mkdir()
    (folder / "agents" / "bank.py").write_text(block(TEAM_FILE, "everything tools"), encoding="utf-8")
    (folder / "tests.yaml").write_text(block(TEAM_FILE, "everything tests"), encoding="utf-8")
    (folder / "docs").mkdir()
    (folder / "docs" / "plans.md").write_text("# Payment plans\n\nA plan costs five euros.\n", encoding="utf-8")
    path = folder / "agents.yaml"
    path.write_text(block(TEAM_FILE, "everything"), encoding="utf-8")
    return path
