"""From the entries of `tools:` in a team file to tools; every invalid entry is a problem with its position in the file.

Each kind of tool has a folder here, with a function that makes tools of an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import Problem, TeamError
from orchestrator.team import END_CALL, Team, ToolRef, check_named, check_tool_rules, reserved_names
from orchestrator.team.hooks.keys import AfterCall, BeforeCall
from orchestrator.team.tools import HttpRef, Knowledge, Listed, McpRef, OpenApiRef
from orchestrator.tools.checking import check_keys
from orchestrator.tools.entries import Entry, InvalidReference, LoadFailure
from orchestrator.tools.hooks import Hooks, Made, after_tool, before_tool
from orchestrator.tools.http.loading import http_tools
from orchestrator.tools.mcp.loading import known_names, mcp_tools
from orchestrator.tools.openapi.loading import openapi_tools
from orchestrator.tools.python.importing import FILE, FORMS, Importer, function_of
from orchestrator.tools.python.parameters import Unusable
from orchestrator.tools.sources import Sources
from orchestrator.tools.tool import Tool

if TYPE_CHECKING:
    from orchestrator.tools.knowledge.encoder import Encoder
    from orchestrator.tools.knowledge.loading import Shelf

ONE = "Name one function: agents/crm.py:who_calls or package.module:function."
# Key of the team → what to do about a reference that names no function.
FORMS_OF = {"before": ONE, "after": f"{ONE[:-1]}; or an address, `after: {{url: …, secret: …}}`."}


def load_tools(team: Team, encoder: Encoder | None = None) -> Mapping[str, tuple[Tool, ...]]:
    """Return every agent's tools; raises `TeamError` with all errors in them. `encoder` is as in `read_functions`."""
    tools, _, problems = read_functions(team, encoder=encoder)
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
    team: Team, sources: Sources | None = None, encoder: Encoder | None = None
) -> tuple[Mapping[str, tuple[Tool, ...]], Hooks, list[Problem]]:
    """Return what `read_tools` does, and between both the functions that are called around a call.

    Files are read through `sources`. `encoder` is the embedded one, by which text files are searched; without it they
    are searched by words.
    """
    loader = Loader(team, sources or Sources(), encoder)
    tools = {name: loader.agent(name) for name in team.agents}
    hooks = Hooks(
        before=loader.hook("before", team.before_call, before_tool),
        after=loader.hook("after", team.after_call, after_tool),
    )
    warnings = list(loader.warnings.values())
    if any(problem.fatal for problem in loader.problems) or not team.whole:
        return tools, hooks, [*loader.problems, *_check_rules(team, loader, tools), *warnings]
    movers = [name for name, own in tools.items() if any(tool.moves and tool.name != END_CALL for tool in own)]
    names = {name: [*(tool.name for tool in own), *known_names(team, name)] for name, own in tools.items()}
    return tools, hooks, [*loader.problems, *check_named(team, names, movers), *warnings]


def _check_rules(team: Team, loader: Loader, tools: Mapping[str, tuple[Tool, ...]]) -> list[Problem]:
    """Check the rules of a team with errors by the names of its tools, if those that cannot be loaded have one."""
    if loader.unnamed or not team.has_tools:
        return []
    written = {name for agent in team.agents.values() for _, ref in agent.brought() for name in ref.names}
    names = written | {tool.name for own in tools.values() for tool in own}
    names |= {name for agent in team.agents for name in known_names(team, agent)}
    return [problem for problem in check_tool_rules(team, names) if problem.where not in team.gaps]


def tool_files(team: Team) -> tuple[Path, ...]:
    """Return the files that a team's tools are loaded from, in the order of the team file, and then those of hooks."""
    hooks = [hook.tool for hook in (team.before_call, team.after_call) if hook is not None and hook.tool]
    tools = [ref for agent in team.agents.values() for ref in agent.tools]
    known = [agent.knowledge for agent in team.agents.values() if agent.knowledge is not None]
    return tuple(
        dict.fromkeys(team.folder / file for named in (*tools, *hooks, *known) for file in _files(team, named))
    )


def _files(team: Team, named: Listed | Knowledge | str) -> Iterator[str | Path]:
    """Yield the files of an entry, of a hook's function, or of what an agent looks up."""
    match named:
        case OpenApiRef():
            yield named.openapi.file
        case Knowledge():
            for pattern in named.files:
                yield from Sources().search(team.folder, pattern)
        case ToolRef(ref=ref) | str(ref):
            if found := FILE.match(ref):
                yield found["source"]


class Loader:
    """Loads the tools of a team."""

    def __init__(self, team: Team, sources: Sources, encoder: Encoder | None = None) -> None:
        # The team whose tools are loaded, and through what its files are read.
        self._team, self._sources = team, sources
        # Imports its functions.
        self._importer = Importer(team, sources)
        # OpenAPI file → what is in it, or why it cannot be read: each is read once, however many agents use it.
        self._documents: dict[Path, Any] = {}
        # Reads text files, once there are any, with the embedded encoder.
        self._shelf: Shelf | None = None
        self._encoder = encoder
        # The errors found, and the warnings of whole entries.
        self.problems: list[Problem] = []
        # A reference led nowhere, and nobody knows to which tool.
        self.unnamed = False
        # The warnings of tools by their text, each where its tool is referenced first.
        self.warnings: dict[str, Problem] = {}

    def agent(self, name: str) -> tuple[Tool, ...]:
        """Load the tools of one agent."""
        tools: dict[str, Tool] = {}
        reserved = reserved_names(self._team)
        for key, ref in self._team.agents[name].brought():
            entry = Entry(self._team, self._sources, name, key)
            try:
                found = self._tools(ref, entry)
                check_keys(ref, entry, found)
                for tool in found:
                    if tool.name in reserved:
                        what = f"{tool.name!r} is reserved for the function that {reserved[tool.name]}"
                        raise InvalidReference(what, "Rename the tool.")
                    if tool.name in tools:
                        raise InvalidReference(f"duplicate tool {tool.name!r}", "Rename or remove one of them.")
                    tools[tool.name] = tool
                    self._warn(tool, *entry.path)
            except InvalidReference as error:
                self.unnamed |= ref.more or not isinstance(error, LoadFailure)
                if isinstance(error, LoadFailure) and any(problem.what == str(error) for problem in self.problems):
                    continue  # reported where the file is referenced first
                entry.problems.append(self._problem(error, *entry.path))
            # One in `defaults`, or of several tools of an entry, is reported once.
            self.problems = list(dict.fromkeys([*self.problems, *entry.problems]))
        return tuple(tools.values())

    def hook(
        self, key: str, named: BeforeCall | AfterCall | None, make: Callable[[str, Callable[..., Any]], Made]
    ) -> Made | None:
        """Load the function that a key of the team names; None if it names none, or that cannot be used."""
        if named is None or named.tool is None:
            return None
        forms = FORMS_OF[key]
        try:
            module, source, name = self._importer.module(named.tool, forms)
            if not name:
                raise InvalidReference(f"{source} is a whole file, where one function is called", forms)
            try:
                made = make(name, function_of(module, name, source))
                made.keeps = self._importer.modules
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
        if self._hidden(*path):
            return Problem(self._team.place(*path), "the tool named by the environment cannot be loaded", FORMS)
        return Problem(self._team.place(*path, *error.below), str(error), error.remedy)

    def _hidden(self, *path: str | int) -> bool:
        return self._team.from_environment(*path) or self._team.from_environment(*path, "tool")

    def _tools(self, ref: Listed | Knowledge, entry: Entry) -> list[Tool]:
        """Make the tools of an entry; raises `InvalidReference`. Only teams that have a kind import it."""
        match ref:
            case ToolRef():
                tools = self._importer.tools(ref)
                for tool in tools:
                    tool.keeps = self._importer.modules
                return tools
            case HttpRef():
                return http_tools(ref, entry)
            case OpenApiRef():
                return openapi_tools(ref, entry, self._documents)
            case McpRef():
                return mcp_tools(ref, entry)
            case Knowledge():
                from orchestrator.tools.knowledge.loading import Shelf

                self._shelf = self._shelf or Shelf(self._encoder)
                return self._shelf.tools(ref, entry)
