"""A team that is written in Python instead of YAML: the keys of a team file, and functions where it has references."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from orchestrator.errors import Problem, TeamError
from orchestrator.tools.sources import Sources

MODULE = "python"  # what stands in references for the program
FUNCTIONS = ("before", "after")  # keys of the team, each with one function


class Team:
    """A team; `keys` are the other keys of a team file. Files that it names are relative to `folder`.

    Where a team file refers to a function, as in `tools`, there may be a function. Raises `TeamError` if two functions
    have the same name; everything else is checked by whoever serves the team.
    """

    def __init__(
        self, team: str, *, agents: Mapping[str, Mapping[str, Any]], folder: str | Path = ".", **keys: Any
    ) -> None:
        # The functions, by name.
        self._functions: dict[str, Callable[..., Any]] = {}
        # The place of its file, if it had one.
        self.path = Path(folder) / team
        written = {name: self._written(value) if name in FUNCTIONS else value for name, value in keys.items()}
        agents = {name: self._agent(agent) for name, agent in agents.items()}
        # What would be in it.
        self._text = yaml.safe_dump({"team": team, **written, "agents": agents}, sort_keys=False, allow_unicode=True)

    def sources(self) -> Sources:
        """Return what a load of the team reads."""
        return Written(self.path, self._text, self._functions)

    def _agent(self, agent: Mapping[str, Any]) -> dict[str, Any]:
        return {**agent, "tools": [self._written(tool) for tool in agent["tools"]]} if "tools" in agent else dict(agent)

    def _written(self, value: Any) -> Any:
        """Write a reference; the other keys of a tool stay beside it."""
        if isinstance(value, Mapping) and callable(value.get("tool")):
            return {**value, "tool": self._reference(value["tool"])}
        return self._reference(value) if callable(value) else value

    def _reference(self, function: Callable[..., Any]) -> str:
        name = function.__name__
        if self._functions.setdefault(name, function) is not function:
            remedy = "Rename one: a model knows functions by their names."
            raise TeamError([Problem(self.path.name, f"there are two functions with the name {name!r}", remedy)])
        return f"{MODULE}:{name}"


class Written(Sources):
    """What is read of a team that is written in Python: its own text, and files that it names."""

    def __init__(self, path: Path, text: str, functions: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__()
        # Where the text would be, and the text.
        self._path, self._text = path.resolve(), text
        # What stands for the program.
        self._module = ModuleType(MODULE)
        vars(self._module).update(functions)

    def text(self, path: Path) -> str:
        """Return the text of the team, or that of a file."""
        return self._text if path.resolve() == self._path else super().text(path)

    def module(self, name: str) -> ModuleType | None:
        """Return what has the functions."""
        return self._module if name == MODULE else super().module(name)

    def hash(self, folder: Path) -> str:
        """Return what names the team and the files."""
        return hashlib.sha256(f"{super().hash(folder)}\0{self._text}".encode()).hexdigest()
