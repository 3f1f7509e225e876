"""Drives a page in a real headless Chromium: a raw WebSocket, the key as a subprotocol, from another origin."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))
sys.path.append(str(Path(__file__).parents[4]))
import driving

from tests.gateway.webrtc import browser

browser.PATIENCE = 55.0  # a whole scenario is one wait


class Silent(SimpleHTTPRequestHandler):
    """Serves the page without a log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Play the scenario in the page; returns the report."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(Path(__file__).parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    speech = {name: base64.b64encode(driving.read_wav(path)).decode() for name, path in job["speech"].items()}
    async with browser.chromium() as page:
        await page.open(f"http://127.0.0.1:{server.server_port}/page.html")
        version = (await page.command("Browser.getVersion"))["product"].partition("/")[2]
        await page.run(f"void play({json.dumps({**job, 'speech': speech})})")
        told = await page.until("report")
    for message in page.messages:
        sys.stderr.write(f"{message}\n")
    replies = {"replies": told["calls"][0]} | ({"replies_2": told["calls"][1]} if told["calls"][1:] else {})
    kept = {name: driving.shown(driving.Job(**job), name, list(map(_reply, rows))) for name, rows in replies.items()}
    return {"version": version, **told, **kept, "calls": len(told["calls"])}


def _reply(row: dict[str, Any]) -> driving.Reply:
    return driving.Reply(row["text"], bytearray(b"".join(map(base64.b64decode, row["audio"]))))


print(json.dumps(asyncio.run(run(json.loads(sys.argv[1])))), flush=True)
