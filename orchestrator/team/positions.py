"""Where each value of a team file is written, so that every message can name its line and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# Keys and list indexes that lead to a value: `("agents", "front", "tools", 0)`.
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Positions:
    """The positions of the values of one file."""

    file: str = "agents.yaml"  # its name in messages
    at: dict[Path, tuple[int, int]] = field(default_factory=dict)  # path → line and column, counted from 1
    from_environment: set[Path] = field(default_factory=set)  # values from environment variables: never shown

    def source(self, path: Path) -> Path:
        """Return the path under which the file sets a key: the agent's own, or the one in `defaults`."""
        default = ("defaults", *path[2:])
        own = path[:1] != ("agents",) or path[:3] in self.at
        return path if own or default not in self.at else default

    def place(self, path: Sequence[str | int]) -> str:
        """Describe the position of a path, or of the nearest one around it: `agents.yaml:12:5 agents.front.voice`."""
        known = path = self.source(tuple(path))
        while known and known not in self.at:
            known = known[:-1]
        line, column = self.at.get(known, (1, 1))
        return f"{self.file}:{line}:{column} {'.'.join(map(str, path))}".rstrip()
