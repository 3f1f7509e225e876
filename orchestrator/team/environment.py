"""`${NAME}` and `${NAME:-default}` in a team file, put in after parsing so that no value can change its structure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import Problem
from orchestrator.team.marks import Marks, Path

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class Environment:
    """Puts variables of the environment in; their values are never shown."""

    def __init__(self, environ: Mapping[str, str], marks: Marks) -> None:
        # Where values come from.
        self._environ = environ
        # Where things stand.
        self._marks = marks
        # Name → where it is missing.
        self._missing: dict[str, str] = {}

    def fill(self, value: Any, path: Path = ()) -> Any:
        """Return the value with every reference replaced."""
        if isinstance(value, dict):
            return {key: self.fill(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or not REFERENCE.search(value):
            return value
        self._marks.filled.add(path)
        return REFERENCE.sub(lambda match: self._lookup(match, path), value)

    def _lookup(self, match: re.Match[str], path: Path) -> str:
        name, default = match.groups()
        found = self._environ.get(name) or default
        if found is None:
            self._missing.setdefault(name, self._marks.place(path))
            return ""
        return found

    @property
    def problems(self) -> list[Problem]:
        """One problem that lists all the missing names, or none."""
        if not self._missing:
            return []
        names = ", ".join(sorted(self._missing))
        where = next(iter(self._missing.values()))
        what = f"not set in the environment: {names}"
        return [Problem(where, what, "Set them, or write a default: ${NAME:-default}.")]
