"""The page on the architecture: every room is on it, and every file it names exists."""

from __future__ import annotations

import re

from tests.docs.pages import ARCHITECTURE, CONTRIBUTING, ROOT, read, rows, table

PACKAGE = ROOT / "orchestrator"


def test_every_room_is_explained() -> None:
    """Each folder and each module at the root of the package."""
    found = {f"{path.name}/" for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    found |= {path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"}

    assert {row[0].strip("`") for row in rows(table(ARCHITECTURE, "rooms"))} == found


def test_the_files_that_are_named_exist() -> None:
    """Also those that `CONTRIBUTING.md` sends somebody to; paths are written from the root of the repository."""
    for page in (ARCHITECTURE, CONTRIBUTING):
        named = re.findall(r"`((?:orchestrator|tests|docs|agents)/[\w/.*-]*)`", read(page))
        assert named, page
        assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == [], page
