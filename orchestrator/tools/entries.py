"""An entry of an agent's `tools:`, or its `knowledge:`, while it is loaded, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.errors import Problem
from orchestrator.team import Team
from orchestrator.team.positions import Path
from orchestrator.tools.sources import Sources


class InvalidReference(Exception):
    """An entry that does not lead to a tool: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str, *below: str | int) -> None:
        super().__init__(what)
        self.remedy = remedy
        # The keys below the entry that lead to what is wrong.
        self.below = below


class LoadFailure(InvalidReference):
    """A file or module that cannot be loaded, whichever of its functions is referenced."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that is being loaded."""

    team: Team
    sources: Sources  # through which files are read, so that edits of them are noticed
    agent: str
    key: Path  # below the agent: `tools`, and its number among them; or `knowledge`
    problems: list[Problem] = field(default_factory=list)  # what else is wrong than what is raised, and warnings

    @property
    def path(self) -> Path:
        """Where it is in the team file."""
        return ("agents", self.agent, *self.key)

    def report(self, what: str, remedy: str, *below: str | int, fatal: bool = True) -> None:
        """Report what is wrong with it, at the place of a key below it."""
        self.problems.append(Problem(self.team.place(*self.path, *below), what, remedy, fatal=fatal))
