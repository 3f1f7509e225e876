"""A team as far as its data is right: with errors, all of it but the values that are wrong, so that it can be checked.

The names of agents, variables and providers stay known where they can, so that nothing that names them is doubted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from orchestrator.errors import Problem
from orchestrator.team.positions import Path, Positions
from orchestrator.team.schema import Agent
from orchestrator.team.validation import locate, validation_problems

ROUNDS = 4  # a value that is taken out may leave what is wrong too: an empty mapping, a first agent that is gone
BELOW: dict[str, Any] = {"agents": {"instructions": "-"}, "variables": None, "providers": {}}  # what stays of a name
KINDS = ("agent", "variable", "provider")
Model = TypeVar("Model", bound=BaseModel)


class Salvage(Generic[Model]):
    """What became of the data of a team file, or of a file of tests."""

    def __init__(
        self, model: type[Model], data: Mapping[str, Any], positions: Positions, unset: Iterable[Path]
    ) -> None:
        # What the data should be.
        self._model = model
        # Where everything was written, and where what is left is found now.
        self._written = self.positions = positions
        # The places of what the team lacks: variables of the environment that are not set, and what is wrong.
        self.gaps = {positions.place(path) for path in unset}
        # Whether all tools are in it.
        self.has_tools = not any(map(_has_tools, unset))
        # What need not be there any more, as messages begin to say it.
        self._lost: set[str] = set()
        # What is wrong with the data.
        self.problems: list[Problem] = []
        # The team, or the tests; None if hardly anything is right.
        self.found: Model | None = None
        try:
            self.found = model.model_validate(data)
        except ValidationError as error:
            self.problems = self.without_consequences(validation_problems(error, data, positions))
            self._take_out(_copied(data), error)

    def without_consequences(self, problems: Iterable[Problem]) -> list[Problem]:
        """Leave out what is only wrong because a value is not there: at its own place, or where its name is used."""
        kept = (problem for problem in problems if problem.where not in self.gaps)
        return [problem for problem in kept if not any(lost in problem.what for lost in self._lost)]

    def _take_out(self, data: dict[str, Any], error: ValidationError) -> None:
        """Take what is wrong out of the data until the rest is right."""
        for _ in range(ROUNDS):
            found = {_whole(locate(each["loc"], data)): each["type"] for each in error.errors(include_url=False)}
            # The deepest first, and the last items of lists.
            for path in sorted(found, key=lambda path: (len(path), str(path[:-1]), path[-1:]), reverse=True):
                self._note(path)
                _without(data, path, named=found[path] == "string_pattern_mismatch")
            items = {self.positions.source(path) for path in found if path and isinstance(path[-1], int)}
            for path in sorted(items, key=lambda path: (len(path), path[-1]), reverse=True):
                self.positions = self.positions.without(path)
            try:
                self.found = self._model.model_validate(data)
            except ValidationError as again:
                error = again
            else:
                return

    def _note(self, path: Path) -> None:
        self.gaps.add(self._written.place(path))
        self.has_tools &= not _has_tools(path)
        if path[:1] in (("providers",), ("mcp_servers",)):  # what one lacks may be what is misspelt, or of a wrong type
            self.gaps.add(self._written.place(path[:-1]))
        if len(path) == 1:  # it may be, or may be meant to be, where they are declared
            self._lost |= {"unknown variable", "unknown provider"}
        elif len(path) == 2:
            self._lost |= {f"unknown {kind} {path[1]!r}" for kind in KINDS}


def _copied(value: Any) -> Any:
    """Copy a value; what several agents have from `defaults` becomes each one's own."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _has_tools(path: Path) -> bool:
    """Return whether a value has an agent's tools, or may be meant to have them: a key that does not exist.

    So has the function that runs before a call: variables may name it.
    """
    if path[:1] == ("before",):
        return True
    keys = path[1:] if path[:1] == ("defaults",) else path[2:]
    inside = path[:1] in (("agents",), ("defaults",))
    return inside and (not keys or keys[0] == "tools" or keys[0] not in Agent.model_fields)


def _whole(path: Path) -> Path:
    """Return the path of what is taken out: of the allowed values all, as the others need not be all that are meant."""
    return path[: path.index("enum") + 1] if "enum" in path else path


def _without(data: dict[str, Any], path: Path, *, named: bool) -> None:
    """Take a value out; `named` says that the name above it is wrong, and goes too."""
    if not path or path == ("start",):
        data.setdefault("team", "team")
        data["start"] = next(iter(data.get("agents") or ()), "")
        return
    *parents, last = path
    here: Any = data
    for step in parents:
        here = here[step]
    if len(path) != 2 or path[0] not in BELOW or named:
        del here[last]
        return
    kept = BELOW[str(path[0])]
    here[last] = {**kept, **(here[last] if isinstance(here[last], dict) else {})} if kept else kept
    if path[0] == "agents":
        here[last]["name"] = last
