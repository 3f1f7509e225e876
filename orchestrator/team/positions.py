"""Where each value of a team file is written, so that every message can name its line and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# Keys and list indexes that lead to a value: `("agents", "front", "tools", 0)`.
Path = tuple[str | int, ...]
ADDED = frozenset({"answers"})  # keys of an agent to which those that `defaults` sets are added


@dataclass(slots=True)
class Positions:
    """The positions of the values of one file."""

    file: str = "agents.yaml"  # its name in messages
    at: dict[Path, tuple[int, int]] = field(default_factory=dict)  # path → line and column, counted from 1
    from_environment: set[Path] = field(default_factory=set)  # values from environment variables: never shown
    filled: dict[str, str] = field(default_factory=dict)  # text with such values in it → how it is written
    names: dict[Path, Path] = field(default_factory=dict)  # paths as they are written, where items before are left out
    above: Path = ()  # in a file that stands for what is below this path of a team file; it is not named

    def source(self, path: Path) -> Path:
        """Return the path under which the file sets a key: the agent's own, or the one in `defaults`."""
        default = ("defaults", *path[2:])
        own = path[:1] != ("agents",) or path in self.at or (path[:3] in self.at and ADDED.isdisjoint(path[2:3]))
        return path if own or default not in self.at else default

    def place(self, path: Sequence[str | int]) -> str:
        """Describe the position of a path, or of the nearest one around it: `agents.yaml:12:5 agents.front.voice`."""
        known = path = self.source(tuple(path))
        while known and known not in self.at:
            known = known[:-1]
        line, column = self.at.get(known, (1, 1))
        named = self.names.get(path, path)[len(self.above) :]
        return f"{self.file}:{line}:{column} {'.'.join(map(str, named))}".rstrip()

    def below(self, above: Path) -> Positions:
        """Return the positions of a file whose content stands for what is below a path of a team file."""
        at = {(*above, *each): position for each, position in self.at.items()}
        return Positions(self.file, at, above=above)

    def without(self, path: Path) -> Positions:
        """Return the positions after an item of a list is left out: those behind it move up."""
        depth, index = len(path) - 1, int(path[-1])

        def moved(each: Path) -> Path:
            step = each[depth] if len(each) > depth and each[:depth] == path[:depth] else None
            return (*each[:depth], step - 1, *each[depth + 1 :]) if isinstance(step, int) and step > index else each

        kept = [each for each in self.at if each[: depth + 1] != path]
        at = {moved(each): self.at[each] for each in kept}
        names = {moved(each): self.names.get(each, each) for each in kept if moved(each) != each or each in self.names}
        from_environment = {moved(each) for each in self.from_environment if each in kept}
        return Positions(self.file, at, from_environment, self.filled, names, self.above)
