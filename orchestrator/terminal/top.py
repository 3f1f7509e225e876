"""`orchestrator top`: the nodes of a cluster, or the one server that there is, looked at each second.

orchestrator top [--url URL] [--key KEY] [--once]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.errors import OrchestratorError
from orchestrator.outside.variables import variable
from orchestrator.terminal.team_options import URL

SECONDS = 1.0  # between two looks
HASH = 12  # characters of a version's
HOME, REST_OF_LINE, REST = "\x1b[H", "\x1b[K", "\x1b[J"  # go to the corner; clear what is left of a line, of the screen
CLEAR = HOME + REST
COLUMNS = "{node:10}  {url:28}  {calls:>5}  {lag:>6}  {up:>8}  {state:10}  {teams}"
Nodes = list[Mapping[str, Any]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `orchestrator top`."""
    parser.add_argument("--url", default=URL, help=f"any node of the cluster (default: {URL})")
    parser.add_argument("--key", help="API key (default: ORCHESTRATOR_API_KEY)")
    parser.add_argument("--once", action="store_true", help="print one look and end, as when the output is no terminal")


def run(arguments: argparse.Namespace) -> Iterator[str]:
    """Yield a table, on a terminal again and again; raises `OrchestratorError` if the first look fails."""
    key = arguments.key or variable(os.environ, "ORCHESTRATOR_API_KEY") or ""
    lines = _looked(arguments.url, key)
    if arguments.once or not sys.stdout.isatty():
        yield "\n".join(lines)
        return
    yield CLEAR
    while True:
        yield HOME + "".join(f"{line}{REST_OF_LINE}\n" for line in lines) + REST
        time.sleep(SECONDS)
        try:
            lines = _looked(arguments.url, key)
        except OrchestratorError as error:
            lines = [*lines[:-1], str(error)]  # in place of the sum


def _looked(url: str, key: str) -> list[str]:
    return list(table(asyncio.run(nodes(url, key)), time.time()))


async def nodes(url: str, key: str) -> Nodes:
    """Return the nodes that a server knows; raises `OrchestratorError`."""
    from orchestrator.terminal.teams import ask

    return list((await ask(url, key, "GET", "nodes"))["data"])


def table(found: Nodes, now: float) -> Iterator[str]:
    """Yield the lines of a table of nodes, and their sum."""
    yield COLUMNS.format(
        node="node", url="url", calls="calls", lag="lag", up="up", state="state", teams="teams"
    ).rstrip()
    for node in found:
        teams = ", ".join(f"{name} {hash[:HASH]}".strip() for name, hash in sorted(node["teams"].items()))
        yield COLUMNS.format(
            node=f"{node['id']}{'*' if node['this'] and len(found) > 1 else ''}",
            url=node["url"],
            calls=node["calls"],
            lag=f"{node['lag'] * 1000:.0f} ms",
            up=_lasted(now - node["started"]),
            state="draining" if node["draining"] else "ready",
            teams=teams,
        ).rstrip()
    nodes_, calls = len(found), sum(node["calls"] for node in found)
    if not found:
        yield "The cluster cannot be reached: Redis does not answer. Calls go on."
        return
    yield f"{nodes_} {'node' if nodes_ == 1 else 'nodes'}, {calls} {'call' if calls == 1 else 'calls'}"


def _lasted(seconds: float) -> str:
    """Return for how long something has been there, in its two largest units."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}h"
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {rest:02}s"
