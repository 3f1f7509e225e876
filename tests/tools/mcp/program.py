"""An MCP server for tests, which does what no server should: a program on its own, over pipes or HTTP.

`python program.py` speaks over its standard input and output; with `--http PORT` over streamable HTTP on this machine.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.transport_security import TransportSecuritySettings

server = MCPServer("program")
# Touched when `hang` is cancelled; lines of it say how the program was begun.
TRACE = Path(os.environ.get("TRACE", os.devnull))
ORDERS = {"48213": "on its way", "1": "lost"}


def note(text: str) -> None:
    """Leave a trace for the test."""
    with TRACE.open("a") as trace:
        trace.write(f"{text}\n")


@server.tool()
def find_order(number: str) -> dict[str, str]:
    """Find an order by its number."""
    if number not in ORDERS:
        raise ValueError(f"There is no order {number}.")
    return {"number": number, "status": ORDERS[number]}


@server.tool()
async def hang(ctx: Context, progress: bool = False) -> str:
    """Never answer."""
    note("hangs")
    try:
        for step in range(100_000):
            if progress:
                await ctx.report_progress(step)
            await asyncio.sleep(0.05)
    except BaseException:
        note("cancelled")
        raise
    return "never"


@server.tool()
def big(size: int) -> str:
    """Answer at great length."""
    return "x" * size


@server.tool()
def die() -> str:
    """End at once."""
    os._exit(3)


@server.tool()
def blow_up() -> str:
    """Write nonsense instead of JSON-RPC."""
    sys.stdout.write("nonsense\n" * 3)
    sys.stdout.flush()
    return "fine"


@server.tool()
async def flood(ctx: Context, seconds: float) -> str:
    """Say a great deal that nobody wants to know."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await ctx.report_progress(1.0)
    return "dry"


@server.tool()
async def rename(ctx: Context) -> str:
    """Have a tool under another name from now on."""

    def found_order(number: str) -> str:
        """Find an order by its number."""
        return ORDERS[number]

    server.remove_tool("find_order")
    server.add_tool(found_order)
    await ctx.notify_tools_changed()
    return "renamed"


@server.tool()
def disobey() -> str:
    """Do not end when told to, nor let a child of ours."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL)
    note(f"child {child.pid}")
    threading.Thread(target=time.sleep, args=(1000,)).start()
    return "no"


@server.tool()
def environment(name: str) -> str:
    """Return a variable of the environment, and the folder."""
    return f"{os.environ.get(name)} {Path.cwd().name}"


if __name__ == "__main__":
    note(f"begun {os.getpid()}")
    sys.stderr.write("I have begun.\n")
    if "--http" in sys.argv:
        import uvicorn

        anywhere = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # it stands behind proxies
        app = server.streamable_http_app(transport_security=anywhere)
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[-1]), log_level="error")
    else:
        server.run("stdio")
