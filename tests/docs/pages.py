"""The pages a reader sees, and what tests take from them: blocks and tables, each found by the mark above it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README, TEAM_FILE, CLIENTS = "README.md", "docs/team-file.md", "docs/clients.md"
TELEPHONE_AND_WEBRTC, OPERATIONS = "docs/telephone-and-webrtc.md", "docs/operations.md"
DESK, SEATS, HOOKS = "docs/desk.md", "docs/seats.md", "docs/hooks.md"
TOOLS = "docs/tools.md"
MAHILO, RECORDS, REPLAY = "docs/mahilo.md", "docs/records.md", "docs/replay.md"
LIBRARY, DEPLOYING = "docs/library.md", "docs/deploying.md"
LOCAL, ARCHITECTURE = "docs/local.md", "docs/architecture.md"
OBSERVABILITY = "docs/observability.md"
PERFORMANCE, PAIN_POINTS = "docs/performance.md", "docs/pain-points.md"
TESTING, TEST_KIT = "docs/testing.md", "docs/test-kit.md"
CONTRIBUTING, CHANGELOG = "CONTRIBUTING.md", "CHANGELOG.md"
GUIDES = (
    TEAM_FILE,
    TOOLS,
    TESTING,
    TEST_KIT,
    CLIENTS,
    TELEPHONE_AND_WEBRTC,
    HOOKS,
    DESK,
    SEATS,
    MAHILO,
    LIBRARY,
    OPERATIONS,
    DEPLOYING,
    RECORDS,
    REPLAY,
    OBSERVABILITY,
    LOCAL,
    ARCHITECTURE,
    PERFORMANCE,
    PAIN_POINTS,
)
PAGES = (README, *GUIDES, CONTRIBUTING, CHANGELOG)


def read(page: str) -> str:
    """Return the text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def block(page: str, mark: str) -> str:
    """Return the code block after `<!-- mark -->`."""
    return part(page, mark, r"```\w*\n(.*?)```")


def table(page: str, mark: str) -> str:
    """Return the table after `<!-- mark -->`."""
    return part(page, mark, r"((?:\|.*\n)+)")


def part(page: str, mark: str, shape: str) -> str:
    """Return what stands after a mark in a certain shape."""
    found = re.search(rf"<!-- {re.escape(mark)} -->\n+{shape}", read(page), re.DOTALL if "```" in shape else 0)
    assert found, f"{page} has no {mark!r}"
    return found.group(1)


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of a table's rows, without its two header lines."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in markdown.splitlines()[2:]]


def keys(page: str, heading: str) -> set[str]:
    """Return the names in the first column of the first table below a heading."""
    section = read(page).split(f"\n{heading}\n", 1)[1]
    found = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert found, f"{page} has no table below {heading!r}"
    return {name for row in rows(found.group(0)) for name in re.findall(r"`([\w-]+)`", row[0])}


def code_blocks(page: str, language: str) -> list[str]:
    """Return all blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", read(page), re.DOTALL | re.MULTILINE)
