"""From the references of a team file to tools; every bad reference is a problem with its place in the file.

A path such as `agents/orders.py:find_order` is relative to the team file and loaded under a private module name: the
folder is called `agents`, like a package that others publish, and must not be confused with it in either direction.
`package.module:function` is for code that is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from orchestrator.errors import Problem, TeamError
from orchestrator.team import Team, ToolRef, check_named, ways_named
from orchestrator.tools.python import Tool

FORMS = "Write agents/orders.py:find_order, agents/orders.py or package.module:function."
IMPORT = "Install what it imports, or correct it: it is run once when the team is loaded."
FILE = re.compile(r"^(?P<source>.+\.py)(:(?P<name>\w+))?$")
INSTALLED = re.compile(r"^(?P<source>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<name>\w+)$")
LEGAL = re.compile(r"^[A-Za-z0-9_-]{1,64}$")  # names of functions, as the Realtime service takes them


class Bad(Exception):
    """A reference that leads nowhere: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class Unloadable(Bad):
    """A file or module that cannot be loaded, whichever of its functions is wanted."""


def load_tools(team: Team) -> Mapping[str, tuple[Tool, ...]]:
    """Return every agent's tools; raises `TeamError` with all that is wrong with them."""
    tools, problems = _load_all(team)
    if errors := [problem for problem in problems if problem.fatal]:
        raise TeamError(errors)
    return tools


def check_tools(team: Team) -> list[Problem]:
    """Return what is wrong with a team's tools, and with what the team file says of them; warnings too."""
    return _load_all(team)[1]


def _load_all(team: Team) -> tuple[Mapping[str, tuple[Tool, ...]], list[Problem]]:
    loader = Loader(team)
    tools = {name: loader.agent(name) for name in team.agents}
    warnings = list(loader.warnings.values())
    if loader.problems:
        return tools, loader.problems + warnings
    movers = [name for name, own in tools.items() if any(tool.sees_call for tool in own)]
    names = {name: [tool.name for tool in own] for name, own in tools.items()}
    return tools, check_named(team, names, movers) + warnings


def tool_files(team: Team) -> tuple[Path, ...]:
    """Return the files that a team's tools are read from, in the order of the team file."""
    references = (FILE.match(ref.ref) for agent in team.agents.values() for ref in agent.tools)
    return tuple(dict.fromkeys(team.folder / found["source"] for found in references if found))


class Loader:
    """Loads each file once, however many references lead to it."""

    def __init__(self, team: Team) -> None:
        # Whose tools they are.
        self._team = team
        # File → its module, or what is wrong with it.
        self._modules: dict[str, ModuleType | Bad] = {}
        # What is wrong.
        self.problems: list[Problem] = []
        # What is worth a warning: what it is → told where the tool is named first.
        self.warnings: dict[str, Problem] = {}

    def agent(self, name: str) -> tuple[Tool, ...]:
        """Load the tools of one agent."""
        tools: dict[str, Tool] = {}
        taken = ways_named(self._team)
        for index, ref in enumerate(self._team.agents[name].tools):
            try:
                for tool in self._tools(ref):
                    if tool.name in taken:
                        what = f"{tool.name!r} is the name of the function that {taken[tool.name]}"
                        raise Bad(what, "Rename this one.")
                    if tool.name in tools:
                        raise Bad(f"a second tool named {tool.name!r} for this agent", "Rename one, or leave it out.")
                    tools[tool.name] = tool
                    self._doubt(tool, "agents", name, "tools", index)
            except Bad as bad:
                if isinstance(bad, Unloadable) and any(problem.what == str(bad) for problem in self.problems):
                    continue  # told where it is named first
                problem = self._problem(bad, "agents", name, "tools", index)
                if problem not in self.problems:  # what `defaults` say is told once
                    self.problems.append(problem)
        return tuple(tools.values())

    def _doubt(self, tool: Tool, *path: str | int) -> None:
        if self._team.filled(*path) or self._team.filled(*path, "tool"):
            return  # what the environment says is not shown
        for said, remedy in tool.doubts:
            what = f"the tool {tool.name!r} {said}"
            self.warnings.setdefault(what, Problem(self._team.place(*path), what, remedy, fatal=False))

    def _problem(self, bad: Bad, *path: str | int) -> Problem:
        where = self._team.place(*path)
        if self._team.filled(*path) or self._team.filled(*path, "tool"):  # what the environment says is not shown
            return Problem(where, "the tool that the environment names cannot be loaded", FORMS)
        return Problem(where, str(bad), bad.remedy)

    def _tools(self, ref: ToolRef) -> list[Tool]:
        if found := FILE.match(ref.ref):
            module = self._file(found["source"])
        elif found := INSTALLED.match(ref.ref):
            module = _installed(found["source"])
        else:
            raise Bad(f"{ref.ref!r} is not a reference to a tool", FORMS)
        if found["name"]:
            return [_tool(found["name"], _function(module, found["name"], found["source"]), ref)]
        functions = _public(module)
        if not functions:
            raise Bad(f"{found['source']} has no public functions", "Define one whose name has no leading underscore.")
        return [_tool(name, function, ref) for name, function in functions.items()]

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


def _installed(source: str) -> ModuleType:
    try:
        return importlib.import_module(source)
    except ModuleNotFoundError as error:
        if error.name and f"{source}.".startswith(f"{error.name}."):
            raise Bad(f"there is no installed module {source!r}", FORMS) from None
        raise Unloadable(f"{source} cannot be imported: {error}", IMPORT) from error
    except (Exception, SystemExit) as error:
        raise Unloadable(f"{source} cannot be imported: {type(error).__name__}: {error}", IMPORT) from error


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
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _unloadable(path, source, error) from error
    return module


def _unloadable(path: Path, source: str, error: BaseException) -> Unloadable:
    if isinstance(error, SyntaxError):
        file = source if error.filename in (None, str(path)) else error.filename
        line = f":{error.lineno}" if error.lineno else ""
        return Unloadable(f"{file}{line}: {error.msg}", "Correct the syntax of the file.")
    remedy = IMPORT
    if isinstance(error, ModuleNotFoundError) and error.name and (path.parent / f"{error.name}.py").is_file():
        remedy = "A tool file is loaded by itself: it can import what is installed, not the files beside it."
    return Unloadable(f"{source} cannot be imported: {type(error).__name__}: {error}", remedy)


def _function(module: ModuleType, name: str, source: str) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if found is None:
        known = _public(module)
        close = get_close_matches(name, known, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(known) or 'no public functions'}."
        raise Bad(f"there is no function {name!r} in {source}", hint)
    if not callable(found) or inspect.isclass(found):
        raise Bad(f"{name!r} in {source} is not a function", "Name a function.")
    return found  # type: ignore[no-any-return]


def _public(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the functions that a module defines for others; what it imported is not its own."""
    found: dict[str, Callable[..., Any]] = {}
    for name, item in vars(module).items():
        own = callable(item) and not inspect.isclass(item) and getattr(item, "__module__", None) == module.__name__
        if own and hasattr(item, "__name__") and not name.startswith("_") and item not in found.values():
            found[name] = item
    return found


def _tool(name: str, function: Callable[..., Any], ref: ToolRef) -> Tool:
    if not LEGAL.match(name):
        remedy = "Use at most 64 letters (a-z), digits and underscores."
        raise Bad(f"{name!r} is a name that models cannot call", remedy)
    try:
        return Tool(function, ref.examples, confirm=ref.confirm, name=name, filler=ref.filler)
    except Exception as error:
        raise Bad(f"{name} cannot be a tool: {error}", "Give every parameter a name and a plain type.") from error
