"""From a team file to a `Team`: read, fill in, validate, check; all problems are reported at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from orchestrator.errors import Problem, TeamError
from orchestrator.outside.variables import MARK
from orchestrator.team.checks.graph import WITHOUT_EFFECT, check_graph, check_names
from orchestrator.team.environment import Environment
from orchestrator.team.positions import ADDED
from orchestrator.team.providers import check_providers
from orchestrator.team.salvage import Salvage
from orchestrator.team.schema import VOICES, Team
from orchestrator.team.validation import MAPPING
from orchestrator.team.yaml_reader import YamlReader

NAMED = re.compile(r"[\w./~-]{1,200}\.[a-z]{1,8}")  # what may be the name of a file
POSITION = re.compile(r":(\d+):(\d+)(?= |$)")  # line and column in `Problem.where`


def read_text(path: Path) -> str:
    """Return the text of a file of the team; raises `OSError`, or `UnicodeDecodeError`."""
    return path.read_text(encoding="utf-8")


def load_team(path: str | Path, *, environ: Mapping[str, str] = os.environ) -> Team:
    """Load a team file; raises `TeamError` with all errors in it."""
    team, found = read_team(path, environ=environ)
    if team is None or not team.whole:
        raise TeamError([problem for problem in found if problem.fatal])
    return team


def read_team(
    path: str | Path, *, environ: Mapping[str, str] = os.environ, read: Callable[[Path], str] = read_text
) -> tuple[Team | None, list[Problem]]:
    """Return a team and all errors and warnings in its file; its files are read by `read`.

    A team with errors is not `whole`: it lacks what is wrong, and only serves to check the rest. It is None when
    nothing can be checked.
    """
    team, found = _load(Path(path), environ, read)
    if team is not None:
        team._whole = not any(problem.fatal for problem in found)
    return team, in_order(found)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems by position; one in `defaults` is reported once, not for each agent."""

    def position(problem: Problem) -> tuple[int, int]:
        found = POSITION.search(problem.where)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    return sorted(dict.fromkeys(problems), key=position)


def check_team(path: str | Path, *, environ: Mapping[str, str] = os.environ) -> list[Problem]:
    """Return all errors in a team file, and the warnings (`fatal` is False)."""
    return read_team(path, environ=environ)[1]


def _load(path: Path, environ: Mapping[str, str], read: Callable[[Path], str]) -> tuple[Team | None, list[Problem]]:
    reader = YamlReader(path.name)
    try:
        data = reader.read(read(path))
    except OSError as error:
        remedy = "Give the path of a team file, or create a team with `orchestrator init DIR`."
        return None, [Problem(str(path), f"cannot be read: {error.strerror}", remedy)]
    except UnicodeDecodeError:
        return None, [Problem(str(path), "is not UTF-8 text", "Save it as UTF-8.")]
    if not isinstance(data, dict):
        what = "a team file must be a mapping of keys to values"
        return None, reader.problems or [Problem(f"{path.name}:1:1", what, "Start with `team: name` and `agents:`.")]
    environment = Environment(environ, reader.positions)
    preparation = Preparation(path.resolve(), environment.fill(data), reader, read)
    found = [*reader.problems, *environment.problems, *preparation.problems]
    left = Salvage(Team, preparation.data, reader.positions, environment.unset)
    found += left.problems
    if (team := left.found) is None:
        return None, found
    team._positions = left.positions  # private to the package: the loader completes the team that it has built
    team._files = tuple(preparation.files)
    team._gaps, team._has_tools = frozenset(left.gaps), left.has_tools
    checks = [*check_providers(team), *(check_names(team) if left.gaps else check_graph(team))]
    return team, found + left.without_consequences(checks)


class Preparation:
    """The data of a team file made ready for validation: defaults merged, files read, names and voices assigned."""

    def __init__(self, path: Path, data: dict[str, Any], reader: YamlReader, read: Callable[[Path], str]) -> None:
        # All files read, the team file first, and what reads them.
        self.files, self._read = [path], read
        # Where each value is written.
        self._positions = reader.positions
        # What is wrong with the data.
        self.problems: list[Problem] = []
        # The data to validate.
        self.data = {key: value for key, value in data.items() if key != "defaults"}
        defaults = data.get("defaults") or {}
        if not isinstance(defaults, dict):
            where = self._positions.place(("defaults",))
            self.problems.append(Problem(where, MAPPING, "Indent its keys below it."))
            defaults = {}
        self._place_model()
        agents = data.get("agents")
        if isinstance(agents, dict) and agents:
            self.data["agents"] = {name: self._agent(name, agent, defaults) for name, agent in agents.items()}
            self.data.setdefault("start", next(iter(agents)))
            self._assign_voices()
        else:
            self.data.setdefault("start", "start")  # the missing agents are the only problem to report

    def _place_model(self) -> None:
        """Make the path of the embedded provider's language model one from the team file's folder."""
        spec = self.data.get("providers")
        for key in ("local", "brain"):
            spec = spec.get(key) if isinstance(spec, dict) else None
        if isinstance(spec, dict) and spec.get("gguf") and isinstance(spec["gguf"], str):
            spec["gguf"] = str(self.files[0].parent / Path(spec["gguf"]).expanduser())

    def _agent(self, name: str, agent: Any, defaults: dict[str, Any]) -> Any:
        if not isinstance(agent, dict | None):
            return agent
        own = agent or {}
        kind = str(own.get("kind", defaults.get("kind", "voice")))
        merged = {key: value for key, value in defaults.items() if key not in WITHOUT_EFFECT.get(kind, ())} | own
        for key in ADDED & own.keys() & defaults.keys():
            if isinstance(own[key], dict) and isinstance(defaults[key], dict):
                merged[key] = defaults[key] | own[key]
        if "name" in merged:
            where = self._positions.place(("agents", name, "name"))
            remedy = "Remove it: an agent is named by the key above its keys."
            self.problems.append(Problem(where, "unknown key", remedy))
        merged["name"] = name
        if "instructions" in merged:
            merged["instructions"] = self._instructions(merged["instructions"], ("agents", name, "instructions"))
        return merged

    def _instructions(self, value: Any, path: tuple[str, ...]) -> Any:
        """Return instructions as text, read from the file that they name."""
        if isinstance(value, dict):
            value = self._file(value, path)
        elif isinstance(value, str) and NAMED.fullmatch(value) and (self.files[0].parent / value).is_file():
            remedy = "Write `instructions: {file: agents/front.md}`."
            self.problems.append(Problem(self._positions.place(path), "the name of a file, not its text", remedy))
        if isinstance(value, str) and not value.strip():
            remedy = "Say what the agent should do."
            self.problems.append(
                Problem(self._positions.place(path), "the instructions are empty", remedy, fatal=False)
            )
        return value

    def _file(self, value: dict[str, Any], path: tuple[str, ...]) -> str:
        """Read instructions from a file."""
        named = value.get("file")
        if set(value) != {"file"} or not isinstance(named, str):
            what = "instructions must be text or {file: path}"
            remedy = "Write `instructions: {file: agents/front.md}`."
            self.problems.append(Problem(self._positions.place(path), what, remedy))
            return "-"
        file = self.files[0].parent / named
        try:
            text = self._read(file).replace(MARK, "").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", "not UTF-8 text, or not a valid path")
            remedy = "Paths are relative to the team file."
            self.problems.append(Problem(self._positions.place((*path, "file")), f"cannot be read: {reason}", remedy))
            return "-"
        if file not in self.files:
            self.files.append(file)
        return text

    def _assign_voices(self) -> None:
        """Assign a voice to each agent that names none, without repeating one while there are enough."""
        agents = [agent for agent in self.data["agents"].values() if isinstance(agent, dict)]
        taken = [str(agent["voice"]) for agent in agents if "voice" in agent]
        free = [voice for voice in VOICES if voice not in taken] or list(VOICES)
        silent = [agent for agent in agents if "voice" not in agent and agent.get("kind") in (None, "voice")]
        for index, agent in enumerate(silent):
            agent["voice"] = free[index % len(free)]
