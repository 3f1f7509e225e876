"""The sample team with the tools of its orders desk of each kind, and where they run."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.tools.everywhere.service import CANCEL, FIND, NUMBER, ORDERS, description

ROOT = Path(__file__).parents[3]
SERVICE = "tests.tools.everywhere.service"
ABOUT = {"find_order": FIND, "cancel_order": CANCEL}
KINDS = ("python", "http", "openapi", "mcp", "mcp-http")


@asynccontextmanager
async def serving(kind: str) -> AsyncIterator[str]:
    """Run what serves the tools of a kind, in a process of its own; yields its address."""
    served = {"http": "http", "openapi": "http", "mcp-http": "mcp-http"}.get(kind)
    if served is None:
        yield ""
        return
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", SERVICE, served, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert running.stdout is not None
        port = (await running.stdout.readline()).decode().strip()
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        await running.wait()


def written(folder: Path, kind: str, url: str) -> Path:
    """Write the sample team with its orders tools of a kind; returns the team file."""
    shutil.copytree(ROOT / "agents", folder / "agents", ignore=shutil.ignore_patterns("__pycache__"))
    team = yaml.safe_load((ROOT / "agents.yaml").read_text("utf-8"))
    entries: list[dict[str, Any]] = team["agents"]["orders"]["tools"]
    for entry, name in zip(entries, ABOUT, strict=True):
        assert entry.pop("tool") == f"agents/orders.py:{name}"
        entry.update(keys(kind, name, url, folder))
    team["mcp_servers"] = servers(kind, url)
    path = folder / "agents.yaml"
    path.write_text(yaml.safe_dump(team, sort_keys=False, allow_unicode=True, width=1000), encoding="utf-8")
    return path


def keys(kind: str, name: str, url: str, folder: Path) -> dict[str, Any]:
    """Return the keys of an entry that are those of its kind; the files that they name are written into the folder."""
    if kind == "python":
        return {"tool": f"{ORDERS}:{name}"}
    answer = "result" if kind.startswith("mcp") else "body"
    told: dict[str, Any] = {"result": f"{{{{ {answer}.text }}}}"}
    if name == "cancel_order":
        told["sets"] = {"cancelled": f"{{{{ {answer}.cancelled }}}}"}
    if kind == "http":
        method, path = ("GET", "") if name == "find_order" else ("POST", "/cancellation")
        args = {"order_number": {"type": "string", "description": NUMBER}}
        request = f"{method} {url}/orders/{{order_number}}{path}"
        return {"name": name, "description": ABOUT[name], "http": request, "private": True, "args": args, **told}
    if kind == "openapi":
        (folder / "orders.json").write_text(description(), encoding="utf-8")
        file = str(folder / "orders.json")
        return {"openapi": {"file": file, "allow": [name], "server": url, "private": True}, **told}
    return {"mcp": f"desk/{name}", **told}


def servers(kind: str, url: str) -> dict[str, Any]:
    """Return the MCP servers of a team with tools of a kind."""
    if kind == "mcp":
        return {"desk": {"command": [sys.executable, "-m", SERVICE, "mcp"], "cwd": str(ROOT)}}
    return {"desk": {"url": f"{url}/mcp", "private": True}} if kind == "mcp-http" else {}
