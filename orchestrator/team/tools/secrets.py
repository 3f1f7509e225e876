"""The secrets that a team file gives to its tools: nothing that is logged, recorded or told a model may have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from orchestrator.team.schema import Team
from orchestrator.team.tools.http import HttpRef
from orchestrator.team.tools.openapi import OpenApiRef
from orchestrator.team.tools.templates import BRACES

NAMED = re.compile(r"auth|key|token|secret|passw|cookie|credential|signature", re.IGNORECASE)
LEAST = 6  # characters of a part of a value that is taken for a secret


def secrets_of(team: Team) -> list[str]:
    """Return the secrets of all tools of a team."""
    return list(dict.fromkeys(_secrets(team)))


def _secrets(team: Team) -> Iterator[str]:
    for agent, keys in team.agents.items():
        for index, ref in enumerate(keys.tools):
            path = ("agents", agent, "tools", index)
            if isinstance(ref, HttpRef):
                yield from values(team, ref.headers, *path, "headers")
                yield from in_address(team, ref.http, *path, "http")
            elif isinstance(ref, OpenApiRef):
                yield from values(team, ref.openapi.headers, *path, "openapi", "headers")
                yield from in_address(team, ref.openapi.server or "", *path, "openapi", "server")
    for name, server in team.mcp_servers.items():
        yield from values(team, server.headers, "mcp_servers", name, "headers")
        yield from values(team, server.env, "mcp_servers", name, "env")
        yield from in_address(team, server.url or "", "mcp_servers", name, "url")
        for index, word in enumerate(server.command or ()):
            if index and team.from_environment("mcp_servers", name, "command", index):
                yield from _parts(word)


def values(team: Team, headers: Mapping[str, str], *path: str | int) -> Iterator[str]:
    """Yield the secrets among headers or variables: by their name, or because they come from the environment."""
    for name, value in headers.items():
        if NAMED.search(name) or team.from_environment(*path, name):
            yield from _parts(value)


def in_address(team: Team, address: str, *path: str | int) -> Iterator[str]:
    """Yield the secrets in the query of an address."""
    pairs = parse_qsl(address.partition("?")[2])
    hidden = team.from_environment(*path)
    yield from (value for name, value in pairs if (hidden or NAMED.search(name)) and len(value) >= LEAST)


def _parts(value: str) -> Iterator[str]:
    """Yield a value, what stands behind its scheme (`Bearer`), and the text around its templates."""
    for piece in BRACES.sub("\n", value).split("\n"):
        whole = piece.strip()
        yield from (each for each in (whole, whole.rpartition(" ")[2]) if len(each) >= LEAST and not each.isspace())
