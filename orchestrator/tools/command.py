"""`orchestrator tools`: what every agent can do, and one tool tried without a call."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from orchestrator.errors import OrchestratorError, ToolError
from orchestrator.team import Team, load_team
from orchestrator.team.tools.secrets import secrets_of
from orchestrator.tools.call_view import CallView, Variables
from orchestrator.tools.loading import load_tools
from orchestrator.tools.tool import Tool

if TYPE_CHECKING:
    from orchestrator.tools.knowledge.encoder import Encoder

TEAM_FILE = "agents.yaml"
START_SECONDS = 15.0  # for MCP servers to answer
COLUMNS = ("agent", "tool", "kind", "arguments", "where")
Tools = Mapping[str, Sequence[Tool]]  # agent → its tools
Own = Mapping[str, tuple[Tool, ...]]  # agent → those that are of no server
Mask = Callable[[str], str]  # takes secrets out of a text
Masking = Callable[[Sequence[str]], Mask]


def run(
    arguments: argparse.Namespace,
    tell: Callable[[str], None],
    masking: Masking,
    encoder: Encoder | None = None,
) -> int:
    """Do what is asked, and tell it in lines; returns 1 when a tool was tried and failed, else 0.

    `masking` is given the secrets of the team, and returns what takes them out of a text; `encoder` is the embedded
    one, with which a tool that is tried searches text files. Raises `OrchestratorError`.
    """
    team = load_team(arguments.team or TEAM_FILE, environ=os.environ)
    mask, as_json = masking(secrets_of(team)), arguments.format == "json"
    with redirect_stdout(sys.stderr):  # what tools print is none of ours
        own = load_tools(team, encoder if arguments.tool else None)
    if arguments.tool is None:
        with everything(team, own, mask) as (tools, servers):
            listed = [shown(agent, tool) for agent, own in tools.items() for tool in own]
            whole = {"tools": listed, "servers": [asdict(server) for server in servers]}
            for line in [json.dumps(whole, indent=2)] if as_json else [*table(tools), *map(str, servers)]:
                tell(line)
            return 0
    with having(team, own, arguments.tool, arguments.agent, mask) as (agent, tool):
        attempt = tried(team, agent, tool, variables(team, arguments.set), arguments.arguments, mask)
        for line in [json.dumps(asdict(attempt), indent=2)] if as_json else attempt.lines():
            tell(line)
        return 1 if attempt.failed else 0


@dataclass(frozen=True, slots=True)
class ServerState:
    """An MCP server of the team."""

    name: str
    state: str  # up, down, or hosted by the provider
    why: str  # it is down, or nothing of it can be used

    def __str__(self) -> str:
        return f"{self.name} is {self.state}{f': {self.why}' if self.why else ''}"


@contextmanager
def having(team: Team, own: Own, name: str, agent: str | None, mask: Mask) -> Iterator[tuple[str, Tool]]:
    """Find a tool, and the agent that has it; servers run only while a tool is tried that may be one of theirs."""
    if agent is not None and agent not in own:
        raise OrchestratorError(f"There is no agent {agent!r}. {_meant(agent, own)}")
    own = {one: tools for one, tools in own.items() if agent in (None, one)}
    if (had := _had(own, name)) is not None:
        yield had
        return
    with everything(team, own, mask) as (tools, servers):
        yield _had(tools, name) or _unknown(tools, name, agent, servers)


@contextmanager
def everything(team: Team, own: Own, mask: Mask) -> Iterator[tuple[Tools, list[ServerState]]]:
    """Have the tools of agents, also those that MCP servers list, which run while the block lasts."""
    if not team.mcp_servers:
        yield own, []
        return
    from orchestrator.tools.mcp.starting import started

    with started(team, own, START_SECONDS) as begun:
        states = [
            ServerState(
                server.name, "up" if server.up else "down", mask(server.trouble or "".join(server.refusals[-1:]))
            )
            for server in begun.servers
        ]
        hosted = [ServerState(name, "hosted", "") for name, spec in team.mcp_servers.items() if spec.hosted]
        yield begun.tools, [*states, *hosted]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of running a tool."""

    output: str  # what the model would be told
    failed: bool
    cause: str | None  # what the log would have of a failure
    seconds: float
    variables: dict[str, Any]  # those that it has set
    transfer: tuple[str, str] | None  # the agent that it hands the caller over to, and why
    last_words: str | None  # with which it ends the call

    def lines(self) -> Iterator[str]:
        """Yield it as lines of text."""
        yield self.output
        yield from [self.cause] if self.cause else []
        yield from (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in self.variables.items())
        yield from [f"hands the caller over to {self.transfer[0]}"] if self.transfer else []
        yield from ["ends the call"] if self.last_words is not None else []
        yield f"({'failed, ' if self.failed else ''}{self.seconds:.3f} s)"


def shown(agent: str, tool: Tool) -> dict[str, Any]:
    """Return what is known of a tool."""
    asked = tool.keys.confirm
    return {
        "agent": agent,
        "name": tool.name,
        "kind": tool.kind,
        "where": tool.where,
        "confirm": asked.by if asked else None,
        "timeout": tool.seconds,
        "idempotent": tool.idempotent,
        "description": tool.description,
        "parameters": tool.parameters,
    }


def table(tools: Tools) -> Iterator[str]:
    """Yield the lines of a table of all tools."""
    rows = [COLUMNS]
    for agent, own in tools.items():
        for tool in own:
            needed = tool.parameters.get("required", ())
            listed = (name if name in needed else f"{name}?" for name in tool.parameters.get("properties", {}))
            asked = f" (asks the {tool.keys.confirm.by})" if tool.keys.confirm else ""
            rows.append((agent, tool.name, tool.kind, ", ".join(listed) or "-", f"{tool.where}{asked}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()


def tried(team: Team, agent: str, tool: Tool, values: Mapping[str, Any], arguments: str, mask: Mask) -> Attempt:
    """Run a tool of an agent once, in a call in which the variables have these values."""
    known = {name: value for name, value in values.items() if team.may_know(agent, name)}
    view = CallView(
        id="sess_try",
        agent=agent,
        variables=Variables(known, team.variables, tool.name),
        function_call="call_try",
        agents=tuple(team.agents),
    )
    begun, why = time.perf_counter(), None
    try:
        with redirect_stdout(sys.stderr):
            output, failed = asyncio.run(tool.run(arguments, view, seconds=team.limits.tool)), False
    except ToolError as error:
        output, failed, why = str(error), True, error.__cause__
    seconds = round(time.perf_counter() - begun, 3)
    changed = {name: value for name, value in view.variables.items() if value != known.get(name)}
    cause = mask(f"{type(why).__name__}: {why}") if why else None
    return Attempt(output, failed, cause, seconds, {} if failed else changed, view.transfer, view.last_words)


def _had(tools: Tools, name: str) -> tuple[str, Tool] | None:
    """Return a tool and the first agent that has it."""
    return next(((agent, tool) for agent, own in tools.items() for tool in own if tool.name == name), None)


def _unknown(tools: Tools, name: str, agent: str | None, servers: Sequence[ServerState]) -> NoReturn:
    """Raise `OrchestratorError` for a tool that is not there, with the servers whose tools are unknown."""
    names = [tool.name for own in tools.values() for tool in own]
    what = f"There is no tool {name!r}." if agent is None else f"{agent} has no tool {name!r}."
    unknown = [f"Its tools cannot be tried: {server}." for server in servers if server.state != "up" or server.why]
    raise OrchestratorError(" ".join([what, _meant(name, names), *unknown]))


def _meant(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    close = get_close_matches(name, known, 1)
    return f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(dict.fromkeys(known)) or 'none'}."


def variables(team: Team, given: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the variables of a call in which these are set; raises `OrchestratorError`."""
    values = {name: variable.default for name, variable in team.variables.items()}
    for name, text in given:
        declared = team.variables.get(name)
        if declared is None:
            raise OrchestratorError(f"There is no variable {name!r}. {_meant(name, team.variables)}")
        is_text = declared.type == "string" or isinstance(declared.default, str)
        values[name] = text if is_text else _scalar(text)
        if values[name] is not None and (fault := declared.fault(values[name])):
            raise OrchestratorError(f"The variable {name!r} {fault}.")
    return values


def _scalar(text: str) -> Any:
    """Read a value: what is JSON is what it says, any other is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
