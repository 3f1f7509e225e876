"""From the references in a team file to tools; every invalid reference is a problem with its position in the file.

A path such as `agents/orders.py:find_order` is relative to the team file. Its folder is loaded as a package under a
private name (`modules`): it is called `agents`, like a published package, and neither must be mistaken for the other.
So a tool file imports those beside it as `from .crm import client`. `package.module:function` refers to installed code,
and `end_call` to the function that ends the call.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from traceback import extract_tb, format_exception_only
from types import ModuleType
from typing import Any

from orchestrator.errors import Problem, TeamError
from orchestrator.team import END_CALL, Team, ToolRef, check_named, check_tool_rules, reserved_names
from orchestrator.team.hooks.keys import AfterCall, BeforeCall
from orchestrator.tools.end_call import EXAMPLES, end_call
from orchestrator.tools.hooks import Hooks, Made, after_tool, before_tool
from orchestrator.tools.modules import PREFIX, Modules
from orchestrator.tools.parameters import NAME, SIGNATURE, VALID_NAME, Unusable, written
from orchestrator.tools.sources import Sources
from orchestrator.tools.tool import Tool

FORMS = "Write agents/orders.py:find_order, agents/orders.py, package.module:function or end_call."
ONE = "Name one function: agents/crm.py:who_calls or package.module:function."
# Key of the team → what to do about a reference that names no function.
FORMS_OF = {"before": ONE, "after": f"{ONE[:-1]}; or an address, `after: {{url: …, secret: …}}`."}
IMPORT = "Install what it imports, or fix the error: its code is run once when the team is loaded."
CIRCLE = "Files that import each other cannot be loaded: move what both need to a third one."
WORDS = 300  # characters of an error
FILE = re.compile(r"^(?P<source>.+\.py)(:(?P<name>\w+))?$")
INSTALLED = re.compile(r"^(?P<source>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<name>\w+)$")
TYPES = ("types", "typing", "typing_extensions")  # whose objects, such as `NewType`, can be called too


class InvalidReference(Exception):
    """A reference that does not lead to a tool: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class LoadFailure(InvalidReference):
    """A file or module that cannot be loaded, whichever of its functions is referenced."""


def load_tools(team: Team) -> Mapping[str, tuple[Tool, ...]]:
    """Return every agent's tools; raises `TeamError` with all errors in them."""
    tools, problems = read_tools(team)
    if errors := [problem for problem in problems if problem.fatal]:
        raise TeamError(errors)
    return tools


def check_tools(team: Team) -> list[Problem]:
    """Return all errors and warnings about a team's tools, and about what the team file says of them."""
    return read_tools(team)[1]


def read_tools(team: Team) -> tuple[Mapping[str, tuple[Tool, ...]], list[Problem]]:
    """Return every agent's tools, and all errors and warnings about them; with errors, only some of the tools."""
    tools, _, problems = read_functions(team)
    return tools, problems


def read_functions(
    team: Team, sources: Sources | None = None
) -> tuple[Mapping[str, tuple[Tool, ...]], Hooks, list[Problem]]:
    """Return what `read_tools` does, and between both the functions that are called around a call.

    Files are read through `sources`.
    """
    loader = Loader(team, sources or Sources())
    tools = {name: loader.agent(name) for name in team.agents}
    hooks = Hooks(
        before=loader.hook("before", team.before_call, before_tool),
        after=loader.hook("after", team.after_call, after_tool),
    )
    warnings = list(loader.warnings.values())
    if loader.problems or not team.whole:
        return tools, hooks, [*loader.problems, *_check_rules(team, loader, tools), *warnings]
    movers = [name for name, own in tools.items() if any(tool.sees_call and tool.name != END_CALL for tool in own)]
    names = {name: [tool.name for tool in own] for name, own in tools.items()}
    return tools, hooks, check_named(team, names, movers) + warnings


def _check_rules(team: Team, loader: Loader, tools: Mapping[str, tuple[Tool, ...]]) -> list[Problem]:
    """Check the rules of a team with errors by the names of its tools, if those that cannot be loaded have one."""
    if loader.unnamed or not team.has_tools:
        return []
    written = {ref.name for agent in team.agents.values() for ref in agent.tools if ref.name}
    names = written | {tool.name for own in tools.values() for tool in own}
    return [problem for problem in check_tool_rules(team, names) if problem.where not in team.gaps]


def tool_files(team: Team) -> tuple[Path, ...]:
    """Return the files that a team's functions are loaded from: tools in the order of the team file, then hooks."""
    hooks = [hook.tool for hook in (team.before_call, team.after_call) if hook is not None and hook.tool]
    named = [*(ref.ref for agent in team.agents.values() for ref in agent.tools), *hooks]
    references = map(FILE.match, named)
    return tuple(dict.fromkeys(team.folder / found["source"] for found in references if found))


class Loader:
    """Loads the tools of a team; each file is loaded once, however many references it has."""

    def __init__(self, team: Team, sources: Sources) -> None:
        # The team whose tools are loaded.
        self._team = team
        # Its files, and what they are loaded into.
        self._sources, self._modules = sources, Modules(sources)
        # File → its module, or why it cannot be loaded.
        self._files: dict[str, ModuleType | InvalidReference] = {}
        # The errors found.
        self.problems: list[Problem] = []
        # A reference led nowhere, and nobody knows to which tool.
        self.unnamed = False
        # The warnings by their text, each where its tool is referenced first.
        self.warnings: dict[str, Problem] = {}

    def agent(self, name: str) -> tuple[Tool, ...]:
        """Load the tools of one agent."""
        tools: dict[str, Tool] = {}
        reserved = reserved_names(self._team)
        for index, ref in enumerate(self._team.agents[name].tools):
            try:
                for tool in self._tools(ref):
                    tool.keeps = self._modules
                    if tool.name in reserved:
                        what = f"{tool.name!r} is reserved for the function that {reserved[tool.name]}"
                        raise InvalidReference(what, "Rename the tool.")
                    if tool.name in tools:
                        raise InvalidReference(f"duplicate tool {tool.name!r}", "Rename or remove one of them.")
                    tools[tool.name] = tool
                    self._warn(tool, "agents", name, "tools", index)
            except InvalidReference as error:
                self.unnamed |= ref.name is None or not isinstance(error, LoadFailure)
                if isinstance(error, LoadFailure) and any(problem.what == str(error) for problem in self.problems):
                    continue  # reported where the file is referenced first
                problem = self._problem(error, "agents", name, "tools", index)
                if problem not in self.problems:  # one in `defaults` is reported once
                    self.problems.append(problem)
        return tuple(tools.values())

    def hook(
        self, key: str, named: BeforeCall | AfterCall | None, make: Callable[[str, Callable[..., Any]], Made]
    ) -> Made | None:
        """Load the function that a key of the team names; None if it names none, or that cannot be used."""
        if named is None or named.tool is None:
            return None
        forms = FORMS_OF[key]
        try:
            module, source, name = self._module(named.tool, forms)
            if not name:
                raise InvalidReference(f"{source} is a whole file, where one function is called", forms)
            try:
                made = make(name, _function(module, name, source))
                made.keeps = self._modules
                return made
            except Unusable as error:
                raise InvalidReference(f"{name} cannot be used here: {error}", error.remedy) from error
        except InvalidReference as error:
            if not isinstance(error, LoadFailure) or all(problem.what != str(error) for problem in self.problems):
                self.problems.append(self._problem(error, key))
        return None

    def _warn(self, tool: Tool, *path: str | int) -> None:
        if self._hidden(*path):
            return  # values from the environment are not shown
        for doubt, remedy in tool.doubts:
            what = f"the tool {tool.name!r} {doubt}"
            self.warnings.setdefault(what, Problem(self._team.place(*path), what, remedy, fatal=False))

    def _problem(self, error: InvalidReference, *path: str | int) -> Problem:
        where = self._team.place(*path)
        if self._hidden(*path):
            return Problem(where, "the tool named by the environment cannot be loaded", FORMS)
        return Problem(where, str(error), error.remedy)

    def _hidden(self, *path: str | int) -> bool:
        return self._team.from_environment(*path) or self._team.from_environment(*path, "tool")

    def _tools(self, ref: ToolRef) -> list[Tool]:
        if ref.built_in:
            return [_tool(END_CALL, end_call, ref if ref.examples else ref.model_copy(update={"examples": EXAMPLES}))]
        module, source, named = self._module(ref.ref, FORMS)
        if named:
            return [_tool(named, _function(module, named, source), ref)]
        functions = _public(module)
        if not functions:
            remedy = "Define one whose name does not start with an underscore."
            raise InvalidReference(f"{source} has no public functions", remedy)
        return [_tool(name, function, ref) for name, function in functions.items()]

    def _module(self, ref: str, forms: str) -> tuple[ModuleType, str, str | None]:
        """Return the module that a reference names, how it names it, and which of its functions."""
        if found := FILE.match(ref):
            module = self._file(found["source"])
        elif found := INSTALLED.match(ref):
            module = self._sources.module(found["source"]) or _installed(found["source"])
        else:
            raise InvalidReference(f"{ref!r} is not a tool reference", forms)
        return module, found["source"], found["name"]

    def _file(self, source: str) -> ModuleType:
        if source not in self._files:
            try:
                self._files[source] = self._load(self._team.folder / source, source)
            except InvalidReference as error:
                self._files[source] = error
        module = self._files[source]
        if isinstance(module, InvalidReference):
            raise module
        return module

    def _load(self, path: Path, source: str) -> ModuleType:
        if not path.is_file():
            raise InvalidReference(f"there is no file {source!r}", "Paths are relative to the team file.")
        try:
            return self._modules.load(path)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # also what ends a process, or skips a test
            raise _load_failure(path, source, error) from error


def _installed(source: str) -> ModuleType:
    try:
        return importlib.import_module(source)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{source}.".startswith(f"{error.name}."):
            raise InvalidReference(f"no module {source!r} is installed", FORMS) from None
        raise LoadFailure(f"{source} cannot be imported: {_said(error)}", IMPORT) from error


def _load_failure(path: Path, source: str, error: BaseException) -> LoadFailure:
    folder = path.resolve().parent

    def shown(file: str) -> str:
        """Return a file beside the tool's as the team file would name it."""
        inside = Path(file).resolve()
        return (Path(source).parent / inside.relative_to(folder)).as_posix() if inside.is_relative_to(folder) else file

    if isinstance(error, SyntaxError):
        line = f":{error.lineno}" if error.lineno else ""
        return LoadFailure(f"{shown(error.filename or str(path))}{line}: {error.msg}", "Fix the syntax of the file.")
    # The line of the tool's file, and where that led to in a file that it imports.
    tried = extract_tb(error.__traceback__)
    frames = [frame for frame in tried if Path(frame.filename).resolve().is_relative_to(folder)]
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    place = f"{source}:{lines[-1]}" if lines else source
    inside = f"{shown(frames[-1].filename)}:{frames[-1].lineno}: " if frames else ""
    what = f"{place} cannot be imported: {inside.removeprefix(f'{place}: ')}{_said(error)}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        name = error.name.removeprefix(path.parent.name).strip(".")
        beside = path.parent.joinpath(*name.split("."))
        if beside.is_dir() or beside.with_suffix(".py").is_file():
            return LoadFailure(what, f"Import what is in this folder as `from .{name or 'NAME'} import …`.")
    elif isinstance(error, ImportError) and error.path in [frame.filename for frame in frames]:
        return LoadFailure(what, CIRCLE)
    if "beyond top-level package" in what:
        return LoadFailure(what, "A tool file can import installed packages, and what is in its own folder or below.")
    return LoadFailure(what, IMPORT)


def _said(error: BaseException) -> str:
    """Return an error on one line, with its kind, and without the private names of modules."""
    words = " ".join("".join(format_exception_only(error)).split())
    return re.sub(rf"{PREFIX}\w+\.", "", words)[:WORDS].rstrip(".")


def _function(module: ModuleType, name: str, source: str) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if found is None:
        known = _public(module)
        close = get_close_matches(name, known, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(known) or 'no public functions'}."
        raise InvalidReference(f"there is no function {name!r} in {source}", hint)
    if not callable(found) or inspect.isclass(found):
        raise InvalidReference(f"{name!r} in {source} is not a function", "Name a function.")
    return found  # type: ignore[no-any-return]


def _public(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the public functions that a module defines itself: those in `__all__`, no imported ones, and no types."""
    found: dict[str, Callable[..., Any]] = {}
    for name, item in vars(module).items():
        hidden = name.startswith("_") or name not in getattr(module, "__all__", [name])
        if hidden or not callable(item) or inspect.isclass(item) or type(item).__module__ in TYPES:
            continue
        made = written(item) if isinstance(item, partial) else item
        own = getattr(made, "__module__", None) == module.__name__ and hasattr(made, "__name__")
        if own and not any(item is other for other in found.values()):
            found[name] = item
    return found


def _tool(name: str, function: Callable[..., Any], ref: ToolRef) -> Tool:
    if not VALID_NAME.match(name):
        raise InvalidReference(f"{name!r} is not a valid tool name", NAME)
    try:
        return Tool(
            function,
            ref.examples,
            confirm=ref.asks_caller,
            approval=ref.approval,
            name=name,
            filler=ref.filler,
            idempotent=ref.idempotent,
        )
    except Unusable as error:
        raise InvalidReference(f"{name} cannot be used as a tool: {error}", error.remedy) from error
    except Exception as error:
        raise InvalidReference(f"{name} cannot be used as a tool: {error}", SIGNATURE) from error
