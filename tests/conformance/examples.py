"""The example for each client in `docs/clients.md`, run as printed, with key, address and team filled in."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.install import Client
from tests.conformance.servers import KEY, Server
from tests.docs.pages import CLIENTS, block
from tests.gateway.webrtc.browser import chromium

EXAMPLE = "example"  # no name that a library has


def example(client: Client, server: Server) -> str:
    """Return the example for a client, for this server."""
    filled = block(CLIENTS, f"client {client.name}").replace("127.0.0.1:8080", server.url.removeprefix("http://"))
    return filled.replace("KEY", KEY).replace("helpdesk", "conformance")


def command(client: Client, server: Server, folder: Path) -> list[str]:
    """Write the example down and return how it is started; in a page it is started by `in_browser`."""
    # Node looks for packages from the place of the module upwards.
    path = client.home / f"{EXAMPLE}-{server.setting}.mjs" if client.node else folder / f"{EXAMPLE}.py"
    path.write_text(example(client, server), encoding="utf-8")
    return ["node", str(path)] if client.node else [str(client.home / "bin" / "python"), str(path)]


async def in_browser(client: Client, server: Server) -> str:
    """Run the example in a page; returns what it writes to the console."""
    async with chromium() as page:
        await page.open(f"{server.url}/healthz")  # a page from loopback: others may not connect to it
        await page.run("window.said = []; console.log = (text) => said.push(text);")
        await page.run(f"(() => {{ {example(client, server)} }})()")
        return str(await page.until("said[0]"))
