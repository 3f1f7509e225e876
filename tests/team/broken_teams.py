"""Team files with mistakes that people make: `broken/*.yaml`, each with the problems that are expected for it.

A file begins with a comment that describes the mistake; every line after `#> ` is a problem as `orchestrator check`
prints it, in order. `python -m tests.team.broken_teams` rewrites these lines: read every one of them.
"""

from __future__ import annotations

from pathlib import Path

from orchestrator.errors import Problem
from orchestrator.team import in_order, read_team
from orchestrator.tools import check_tools

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(FOLDER.glob("*.yaml"))
MARK = "#> "
# Environment variables; no message may show their values.
SECRETS = {"S": "SECRET value", "T": "secret-target", "W": "secret_word"}


def problems(path: Path) -> list[Problem]:
    """Return all problems of a team, those of its tools included."""
    team, found = read_team(path, environ=SECRETS)
    return in_order([*found, *(check_tools(team) if team else ())])


def printed(path: Path) -> list[str]:
    """Return the lines that `orchestrator check` prints."""
    return [f"{'' if problem.fatal else 'warning: '}{problem}" for problem in problems(path)]


def expected(path: Path) -> list[str]:
    """Return the lines that a file expects."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]


def write(path: Path) -> None:
    """Rewrite the expected lines of a file."""
    title, *lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(MARK)]
    for _ in range(2):  # the lines themselves move the positions below them
        path.write_text("\n".join([title, *(MARK + line for line in printed(path)), *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for file in FILES:
        write(file)
