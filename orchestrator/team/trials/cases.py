"""A test together with where it is written, in the team file or in a file beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.team.positions import Path as Keys
from orchestrator.team.positions import Positions
from orchestrator.team.schema import Team
from orchestrator.team.trials.explaining import TESTS
from orchestrator.team.trials.trial import Trial


@dataclass(frozen=True, slots=True)
class Case:
    """A test, and where it is written."""

    name: str
    trial: Trial
    file: Path = Path("tests.yaml")  # that it is written in; recordings are relative to its folder
    positions: Positions = field(default_factory=lambda: Positions("tests.yaml", above=(TESTS,)))
    gaps: Collection[str] = ()  # the places of what the file lacks, because it is wrong

    def place(self, *path: str | int) -> str:
        """Describe where a key of the test is: `tests.yaml:12:5 money back.talk.0`."""
        return self.positions.place(self._written(path))

    def line(self, *path: str | int) -> int:
        """Return the line of a key of the test, or of the nearest one around it."""
        known = self._written(path)
        while known and known not in self.positions.at:
            known = known[:-1]
        return self.positions.at.get(known, (1, 1))[0]

    def hidden(self, *path: str | int) -> bool:
        """Return whether a value came from an environment variable and must not be shown."""
        written = self._written(path)
        return any(written[:length] in self.positions.from_environment for length in range(1, len(written) + 1))

    @property
    def whole(self) -> bool:
        """False if the test lacks something that is wrong in the file."""
        name = self.place().partition(" ")[2]
        return not any(gap.partition(" ")[2].startswith(name) for gap in self.gaps)

    def _written(self, path: Keys) -> Keys:
        """Return the path of a key in the file, where a list of one entry may be written without brackets."""
        known: Keys = (TESTS, self.name)
        for step in path:
            if not isinstance(step, int) or (*known, step) in self.positions.at:
                known = (*known, step)
        return known

    def recording(self, wav: str) -> Path:
        """Return the path of a recording that the test names."""
        return self.file.parent / wav


def cases_of(team: Team) -> list[Case]:
    """Return the tests that a team file has under its key `tests`."""
    return [Case(name, trial, team.files[0], team._positions, team.gaps) for name, trial in team.tests.items()]
