"""From the references of a team file to tools; every bad reference is a problem with its place in the file.

A path such as `agents/orders.py:find_order` is relative to the team file and loaded under a private module name: the
folder is called `agents`, like a package that others publish, and must not be confused with it in either direction.
`package.module:function` is for code that is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from orchestrator.errors import Problem, TeamError
from orchestrator.team import Team, ToolRef, transfer_name
from orchestrator.tools.python import Tool

FORMS = "Write agents/orders.py:find_order, agents/orders.py or package.module:function."


class Bad(Exception):
    """A reference that leads nowhere: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.remedy = remedy


def load_tools(team: Team) -> Mapping[str, tuple[Tool, ...]]:
    """Return every agent's tools; raises `TeamError` with all the references that are wrong."""
    loader = Loader(team)
    tools = {name: loader.agent(name) for name in team.agents}
    if loader.problems:
        raise TeamError(loader.problems)
    return tools


class Loader:
    """Loads each file once, however many references lead to it."""

    def __init__(self, team: Team) -> None:
        # Whose tools they are.
        self._team = team
        # File → its module, or what is wrong with it.
        self._modules: dict[str, ModuleType | Bad] = {}
        # What is wrong.
        self.problems: list[Problem] = []

    def agent(self, name: str) -> tuple[Tool, ...]:
        """Load the tools of one agent."""
        tools: dict[str, Tool] = {}
        transfers = {transfer_name(edge.to) for edge in self._team.edges(name)}
        for index, ref in enumerate(self._team.agents[name].tools):
            try:
                for tool in self._tools(ref):
                    if tool.name in tools or tool.name in transfers:
                        raise Bad(f"a second function named {tool.name!r} for this agent", "Rename one of them.")
                    tools[tool.name] = tool
            except Bad as bad:
                where = self._team.place("agents", name, "tools", index)
                problem = Problem(where, str(bad), bad.remedy)
                if problem not in self.problems:
                    self.problems.append(problem)
        return tuple(tools.values())

    def _tools(self, ref: ToolRef) -> list[Tool]:
        source, _, name = ref.ref.partition(":")
        if source.endswith(".py"):
            module = self._file(source)
        elif name and all(part.isidentifier() for part in source.split(".")):
            module = self._installed(source)
        else:
            raise Bad(f"{ref.ref!r} is not a reference to a tool", FORMS)
        functions = [_function(module, name, source)] if name else _public(module, source)
        return [_tool(function, ref) for function in functions]

    def _file(self, source: str) -> ModuleType:
        if source not in self._modules:
            try:
                self._modules[source] = _load(self._team.folder / source, source)
            except Bad as bad:
                self._modules[source] = bad
        module = self._modules[source]
        if isinstance(module, Bad):
            raise module
        return module

    @staticmethod
    def _installed(source: str) -> ModuleType:
        try:
            return importlib.import_module(source)
        except ModuleNotFoundError as error:
            if error.name and source.startswith(error.name):
                raise Bad(f"there is no installed module {source!r}", FORMS) from None
            raise Bad(f"{source} cannot be imported: {error}") from error
        except Exception as error:
            raise Bad(f"{source} cannot be imported: {type(error).__name__}: {error}") from error


def _load(path: Path, source: str) -> ModuleType:
    """Load a file as a module of its own."""
    if not path.is_file():
        raise Bad(f"there is no file {source!r}", "Paths are relative to the team file.")
    name = f"_orchestrator_tools_{path.stem}_{sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look their module up
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise Bad(f"{source}:{error.lineno}: {error.msg}", "Correct the syntax of the file.") from error
    except Exception as error:
        raise Bad(f"{source} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _function(module: ModuleType, name: str, source: str) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if not callable(found):
        known = [function.__name__ for function in _defined(module)]
        close = get_close_matches(name, known, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(known) or 'no public functions'}."
        raise Bad(f"there is no function {name!r} in {source}", hint)
    return found  # type: ignore[no-any-return]


def _defined(module: ModuleType) -> list[Callable[..., Any]]:
    functions = vars(module).values()
    own = (item for item in functions if inspect.isfunction(item) and item.__module__ == module.__name__)
    return [function for function in own if not function.__name__.startswith("_")]


def _public(module: ModuleType, source: str) -> list[Callable[..., Any]]:
    found = _defined(module)
    if not found:
        raise Bad(f"{source} has no public functions", "Define one, or name it without a leading underscore.")
    return found


def _tool(function: Callable[..., Any], ref: ToolRef) -> Tool:
    try:
        return Tool(function, ref.examples, confirm=ref.confirm)
    except Exception as error:
        name = getattr(function, "__name__", repr(function))
        raise Bad(f"{name} cannot be a tool: {error}", "Give every parameter a name and a plain type.") from error
