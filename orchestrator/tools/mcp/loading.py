"""What is wrong with an entry for tools of a server, as far as the team file tells: the server is not asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase
from importlib.util import find_spec
from urllib.parse import urlsplit

from orchestrator.errors import Problem
from orchestrator.team import Team
from orchestrator.team.tools import McpRef, McpServer
from orchestrator.tools.entries import Entry, InvalidReference
from orchestrator.tools.http.loading import PRIVATE, is_inside
from orchestrator.tools.mcp.hosted import hosted_tools, is_pattern
from orchestrator.tools.mcp.naming import named
from orchestrator.tools.tool import Tool

NOT_INSTALLED = "Install it: pip install 'voice-orchestrator[mcp]'."


def mcp_tools(ref: McpRef, entry: Entry) -> list[Tool]:
    """Check an entry; there is no tool of it before its server has listed some. Raises `InvalidReference`."""
    team = entry.team
    spec = team.mcp_servers.get(ref.server)
    if spec is None:
        raise InvalidReference(f"there is no MCP server {ref.server!r}", _hint(ref.server, team.mcp_servers))
    entry.problems.extend(_faults(team, ref.server, spec))
    if ref.tool is not None and spec.allow is not None and not any(fnmatchcase(ref.tool, one) for one in spec.allow):
        remedy = f"Add it to `allow` of {ref.server}, or remove it here."
        raise InvalidReference(f"{ref.server} does not allow {ref.tool!r}", remedy)
    if ref.own_name and ref.tool is None:
        remedy = f"Name one tool: `mcp: {ref.server}/TOOL`."
        raise InvalidReference("several tools cannot have one name", remedy, "name")
    if spec.hosted:
        return hosted_tools(ref, spec, entry)
    if find_spec("mcp") is None:
        raise InvalidReference("the extra `mcp` is not installed", NOT_INSTALLED)
    return []


def _hint(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, 1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Declare it under `mcp_servers`; there are: {', '.join(known) or 'none'}."


def _faults(team: Team, name: str, spec: McpServer) -> Iterator[Problem]:
    """Yield what is wrong with a server, wherever it is used."""

    def problem(what: str, remedy: str, *below: str) -> Problem:
        return Problem(team.place("mcp_servers", name, *below), what, remedy)

    if spec.url is None and spec.command is None and team.place("mcp_servers", name) in team.gaps:
        return  # what it lacks is what is wrong in it, and is told
    if (spec.url is None) == (spec.command is None):
        yield problem("a server has an address or is a program", "Write either `url` or `command`.")
    elif spec.url is not None and not spec.url.startswith(("http://", "https://")):
        yield problem("not the address of an MCP server", "Write https://host/mcp.", "url")
    elif spec.url is not None and not (spec.private or spec.hosted) and is_inside(_host(spec.url)):
        yield problem("the address is not public", PRIVATE, "url")
    for key in ("env", "cwd") if spec.command is None else ("headers", "private", "hosted"):
        if getattr(spec, key):
            kind = "a program" if spec.command is None else "a server at an address"
            yield problem(f"`{key}` means something only for {kind}", "Remove it.", key)
    if spec.cwd is not None and not (team.folder / spec.cwd).is_dir():
        yield problem(f"there is no folder {spec.cwd!r}", "Paths are relative to the team file.", "cwd")


def _host(url: str) -> str:
    """Return the host of an address, as it is written there."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    return place if place.endswith("]") else place.rpartition(":")[0] or place


def known_names(team: Team, agent: str) -> list[str]:
    """Return the names that an agent's tools of servers are known to have: those that the file has in full."""
    refs = [ref for ref in team.agents[agent].tools if isinstance(ref, McpRef)]
    found: dict[tuple[str, str], None] = {}
    hosted: list[str] = []  # which the provider calls as their server does
    for ref in refs:
        spec = team.mcp_servers.get(ref.server)
        alone = {other.tool for other in refs if other.server == ref.server and other is not ref}
        whole = [one for one in (spec.allow if spec and spec.allow else ()) if not is_pattern(one) and one not in alone]
        if spec is not None and spec.hosted:
            hosted += ref.names or whole
        else:
            found |= dict.fromkeys((ref.server, name) for name in ref.names or whole)
    return [*(name for name in named(list(found), (), range(len(found))) if name is not None), *dict.fromkeys(hosted)]
