"""`orchestrator teams`: the versions of the teams that a server serves, and which of them new calls get."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from orchestrator.errors import OrchestratorError
from orchestrator.outside.addresses import http_url
from orchestrator.outside.proxies import proxy_for, through
from orchestrator.outside.variables import variable

SECONDS = 150.0  # an answer may wait until a version has been loaded
COLUMNS = "{team:20}  {version:12}  {state:11}  {since:16}  {calls:>5}"


def run(arguments: argparse.Namespace) -> Iterator[str]:
    """Do what is asked; yields the lines to print. Raises `OrchestratorError` with what the server says."""
    if arguments.action == "list":
        found = _ask(arguments, "GET", "")
        yield from [json.dumps(found, indent=2)] if arguments.format == "json" else listed(found["data"])
        return
    path, body = f"/{quote(arguments.team, safe='')}", {}
    if arguments.action != "reload":
        path += f"/{arguments.action}"
    if arguments.action in ("rollback", "canary"):
        name = {"rollback": "hash", "canary": "share"}[arguments.action]
        body[name] = getattr(arguments, name)
    changed = _ask(arguments, "POST", path, body)
    yield f"{changed['name']}: {changed['outcome']}"
    yield from listed([changed])


def listed(teams: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table of versions, and below it why an edit was refused."""
    yield COLUMNS.format(team="team", version="version", state="new calls", since="since", calls="calls")
    for team in teams:
        for version in team["versions"]:
            since = datetime.fromtimestamp(version["since"]).strftime("%Y-%m-%d %H:%M")
            state = f"{version['share']:.0%}" if version["share"] else version["state"]
            shown = {"version": version["hash"][:12], "state": state, "since": since, "calls": version["calls"]}
            yield COLUMNS.format(team=team["name"], **shown)
    for team in teams:
        if team.get("refused"):
            at = datetime.fromtimestamp(team["refused"]["at"]).strftime("%H:%M:%S")
            yield f"{team['name']}: the edit of {at} was refused."
            yield from (f"  {problem}" for problem in team["refused"]["problems"])


def _ask(arguments: argparse.Namespace, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    known = (variable(os.environ, f"ORCHESTRATOR_{name}_KEY") for name in ("ADMIN", "API"))
    key = arguments.key or next(filter(None, known), "")
    return asyncio.run(ask(arguments.url, key, method, f"teams{path}", body))


async def ask(url: str, key: str, method: str, below: str, body: Mapping[str, Any] | None = None) -> Any:
    """Ask a server; raises `OrchestratorError` with why it gives no answer."""
    import httpx

    from orchestrator.outside.http import make_client

    try:
        address = http_url(url if "://" in url else f"http://{url}", below)
        proxy = proxy_for(address)
    except ValueError:
        raise OrchestratorError(f"{url!r} is not a valid address. Write http://host:port.") from None
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with make_client(proxy, timeout=SECONDS) as client:
            response = await client.request(method, address, headers=headers, json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        what = f"Cannot reach {url}{through(proxy)}: {error or type(error).__name__}"
        raise OrchestratorError(f"{what}. Is `orchestrator serve` running there?") from None
    try:
        found = response.json()
    except ValueError:
        raise OrchestratorError(f"{url} answers HTTP {response.status_code}, and no JSON.") from None
    if response.status_code != httpx.codes.OK:
        raise OrchestratorError(str(found.get("error", {}).get("message", f"HTTP {response.status_code}")))
    return found
