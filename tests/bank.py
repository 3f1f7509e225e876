"""The team with everything, as the README has it, written down where it can run."""

from __future__ import annotations

import re
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(mark: str) -> str:
    """Return the code block of the README after a mark."""
    found = re.search(rf"<!-- {mark} -->\n+```\w*\n(.*?)```", README, re.DOTALL)
    assert found, f"no block {mark!r}"
    return found.group(1)


def bank(folder: Path) -> Path:
    """Write the team file and its tools into a folder; returns the team file."""
    (folder / "agents").mkdir()
    (folder / "agents" / "bank.py").write_text(block("everything tools"), encoding="utf-8")
    path = folder / "agents.yaml"
    path.write_text(block("everything"), encoding="utf-8")
    return path
