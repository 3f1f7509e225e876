"""From a team file to a `Team`: read, fill in, validate, check; all that is wrong is reported at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orchestrator.errors import Problem, TeamError
from orchestrator.team.environment import Environment
from orchestrator.team.faults import faults
from orchestrator.team.graph import check_graph
from orchestrator.team.marks import Reader
from orchestrator.team.providers import check_providers
from orchestrator.team.schema import VOICED, VOICES, Team

PLACE = re.compile(r":(\d+):(\d+)(?= |$)")  # line and column in `Problem.where`


def load_team(path: str | Path, *, environ: Mapping[str, str] = os.environ) -> Team:
    """Load a team file; raises `TeamError` with everything that is wrong with it."""
    team, found = _load(Path(path), environ)
    errors = [problem for problem in in_order(found) if problem.fatal]
    if team is None or errors:
        raise TeamError(errors)
    return team


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems as they stand in the file; what is wrong with `defaults` is told once, not for each agent."""

    def place(problem: Problem) -> tuple[int, int]:
        found = PLACE.search(problem.where)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    return sorted(dict.fromkeys(problems), key=place)


def check_team(path: str | Path, *, environ: Mapping[str, str] = os.environ) -> list[Problem]:
    """Return everything that is wrong with a team file, and what is worth a warning (`fatal` is False)."""
    return in_order(_load(Path(path), environ)[1])


def _load(path: Path, environ: Mapping[str, str]) -> tuple[Team | None, list[Problem]]:
    reader = Reader(path.name)
    try:
        data = reader.read(path.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = "Name a team file, or make a new team with `orchestrator init DIR`."
        return None, [Problem(str(path), f"cannot be read: {error.strerror}", remedy)]
    except UnicodeDecodeError:
        return None, [Problem(str(path), "is not UTF-8 text", "Save it as UTF-8.")]
    if not isinstance(data, dict):
        what = "a team file is a mapping of keys to values"
        return None, reader.problems or [Problem(f"{path.name}:1:1", what, "Begin with `team: name` and `agents:`.")]
    environment = Environment(environ, reader.marks)
    preparation = Preparation(path.resolve(), environment.fill(data), reader)
    problems = [*reader.problems, *environment.problems, *preparation.problems]
    try:
        team = Team.model_validate(preparation.data)
    except ValidationError as error:
        return None, problems + list(faults(error, preparation.data, reader.marks))
    team._marks = reader.marks  # the loader completes what it has made
    team._files = tuple(preparation.files)
    return team, [*problems, *check_providers(team), *check_graph(team)]


class Preparation:
    """What is done to the data before it is validated: defaults merged, files read, names and voices given."""

    def __init__(self, path: Path, data: dict[str, Any], reader: Reader) -> None:
        # Every file read, the team file first.
        self.files = [path]
        # Where things are.
        self._marks = reader.marks
        # What is wrong with it.
        self.problems: list[Problem] = []
        # The data that is validated.
        self.data = {key: value for key, value in data.items() if key != "defaults"}
        defaults = data.get("defaults") or {}
        if not isinstance(defaults, dict):
            remedy = "Indent its keys below it."
            self.problems.append(Problem(self._marks.place(("defaults",)), "not a mapping of keys to values", remedy))
            defaults = {}
        agents = data.get("agents")
        if isinstance(agents, dict) and agents:
            self.data["agents"] = {name: self._agent(name, agent, defaults) for name, agent in agents.items()}
            self.data.setdefault("start", next(iter(agents)))
            self._give_voices()
        else:
            self.data.setdefault("start", "start")  # one problem is enough: there are no agents

    def _agent(self, name: str, agent: Any, defaults: dict[str, Any]) -> Any:
        if not isinstance(agent, dict | None):
            return agent
        own = agent or {}
        text = own.get("kind", defaults.get("kind")) == "text"
        merged = {key: said for key, said in defaults.items() if not (text and key in VOICED)} | own
        if "name" in merged:
            where = self._marks.place(("agents", name, "name"))
            self.problems.append(Problem(where, "unknown key", "An agent's name is the key above its keys."))
        merged["name"] = name
        if isinstance(merged.get("instructions"), dict):
            merged["instructions"] = self._file(merged["instructions"], ("agents", name, "instructions"))
        return merged

    def _file(self, said: dict[str, Any], path: tuple[str, ...]) -> str:
        """Read instructions from a file."""
        named = said.get("file")
        if set(said) != {"file"} or not isinstance(named, str):
            what = "instructions are text, or {file: path}"
            self.problems.append(
                Problem(self._marks.place(path), what, "Write `instructions: {file: agents/front.md}`.")
            )
            return "-"
        file = self.files[0].parent / named
        try:
            text = file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", "not UTF-8 text, or not a path")
            remedy = "Paths are relative to the team file."
            self.problems.append(Problem(self._marks.place((*path, "file")), f"cannot be read: {reason}", remedy))
            return "-"
        if file not in self.files:
            self.files.append(file)
        return text

    def _give_voices(self) -> None:
        """Give each agent that names no voice one that no other has, while they last."""
        agents = [agent for agent in self.data["agents"].values() if isinstance(agent, dict)]
        taken = [str(agent["voice"]) for agent in agents if "voice" in agent]
        free = [voice for voice in VOICES if voice not in taken] or list(VOICES)
        silent = [agent for agent in agents if "voice" not in agent and agent.get("kind") != "text"]
        for index, agent in enumerate(silent):
            agent["voice"] = free[index % len(free)]
