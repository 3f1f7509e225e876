"""Team files that people write by mistake: `broken/*.yaml`, each with what it says is told of it.

A file begins with one line of what was done wrong; every line after `#> ` is a problem, in the order of the file, as
`orchestrator check` prints it. `python -m tests.team.broken_teams` writes these lines anew: read every one of them.
"""

from __future__ import annotations

from pathlib import Path

from orchestrator.errors import Problem
from orchestrator.team import check_team, in_order, load_team
from orchestrator.tools import check_tools

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(FOLDER.glob("*.yaml"))
MARK = "#> "
# What the environment holds; no message may show it.
SECRETS = {"S": "SECRET value", "T": "secret-target", "W": "secret_word"}


def problems(path: Path) -> list[Problem]:
    """Return all that is wrong with a team, its tools included."""
    found = check_team(path, environ=SECRETS)
    if any(problem.fatal for problem in found):
        return found
    return in_order([*found, *check_tools(load_team(path, environ=SECRETS))])


def told(path: Path) -> list[str]:
    """Return the lines that `orchestrator check` prints."""
    return [f"{'' if problem.fatal else 'warning: '}{problem}" for problem in problems(path)]


def expected(path: Path) -> list[str]:
    """Return the lines that a file says are told of it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]


def write(path: Path) -> None:
    """Write into a file what is told of it."""
    title, *lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(MARK)]
    for _ in range(2):  # the lines themselves move what is below them
        path.write_text("\n".join([title, *(MARK + line for line in told(path)), *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for file in FILES:
        write(file)
