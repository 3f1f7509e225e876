"""`${NAME}` and `${NAME:-default}` in a team file, replaced after parsing so that no value can change its structure.

`$${NAME}` is not replaced: it stands for the text `${NAME}`. A default may refer to another variable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import Problem
from orchestrator.outside.variables import variable
from orchestrator.team.positions import Path, Positions

REFERENCE = re.compile(r"(\$)?\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:\$\{[^{}]*\}|[^}])*))?\}")
MEANT = re.compile(r"(?<!\$)\$\{[^{}]*\}")  # looks like a reference


class Environment:
    """Replaces references by values of environment variables; no value is ever shown."""

    def __init__(self, environ: Mapping[str, str], positions: Positions) -> None:
        # The environment variables.
        self._environ = environ
        # Where each value is written, and which values came from the environment.
        self._positions = positions
        # Variable that is not set → where it is referenced first, and all values that lack one.
        self._missing: dict[str, str] = {}
        self.unset: set[Path] = set()
        # What is of no form that is replaced.
        self._doubts: list[Problem] = []

    def fill(self, value: Any, path: Path = ()) -> Any:
        """Return the value with every reference replaced."""
        if isinstance(value, dict):
            return {key: self.fill(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        replaced = self._replaced(value, path)
        if any(not escaped for escaped, _, _ in REFERENCE.findall(value)):
            self._positions.from_environment.add(path)
            self._positions.filled[replaced] = value
        if odd := MEANT.search(REFERENCE.sub("", value)):
            what = f"`{odd[0]}` is taken as text: it is no reference to a variable"
            remedy = "Write ${NAME} or ${NAME:-default}; $${…} if the text is meant."
            self._doubts.append(Problem(self._positions.place(path), what, remedy, fatal=False))
        return replaced

    def _replaced(self, text: str, path: Path) -> str:
        return REFERENCE.sub(lambda match: match[0][1:] if match[1] else self._lookup(match, path), text)

    def _lookup(self, match: re.Match[str], path: Path) -> str:
        _, name, default = match.groups()
        found = variable(self._environ, name)
        if not found and default is None:
            self._missing.setdefault(name, self._positions.place(path))
            self.unset.add(path)
        return found or self._replaced(default or "", path)

    @property
    def problems(self) -> list[Problem]:
        """One problem that lists all missing variables, if there are any, and warnings."""
        if not self._missing:
            return self._doubts
        names = ", ".join(sorted(self._missing))
        where = next(iter(self._missing.values()))
        what = f"not set in the environment: {names}"
        return [Problem(where, what, "Set them, or give a default: ${NAME:-default}."), *self._doubts]
