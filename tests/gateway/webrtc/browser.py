"""A real headless Chromium, driven over its DevTools socket: open a page, run a line, take a picture."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.patience import PATIENCE

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = (
    "--headless",
    "--no-sandbox",  # test machines run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--mute-audio",
    "--window-size=1200,800",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--remote-debugging-port=0",
)


class Page:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        # The tab's DevTools socket.
        self._socket = socket
        # Numbers the commands.
        self._ids = itertools.count(1)
        # What the page wrote to its console, and uncaught errors.
        self.messages: list[str] = []
        # The page asked for is there.
        self.loaded = False

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a DevTools command and wait for its answer."""
        number = next(self._ids)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(PATIENCE):
            while True:
                told = json.loads(await self._socket.recv())
                if told.get("id") == number:
                    return dict(told.get("result", {}))
                self._noticed(told)

    def _noticed(self, told: dict[str, Any]) -> None:
        if told.get("method") == "Page.loadEventFired":
            self.loaded = True
        elif told.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.messages.append(json.dumps(told["params"])[:500])

    async def open(self, url: str) -> None:
        """Go to an address and wait until the page is loaded."""
        for domain in ("Runtime", "Log", "Page"):
            await self.command(f"{domain}.enable")
        self.loaded = False
        await self.command("Page.navigate", url=url)
        async with asyncio.timeout(PATIENCE):
            while not self.loaded:
                self._noticed(json.loads(await self._socket.recv()))

    async def run(self, script: str) -> Any:
        """Evaluate an expression in the page and return its value."""
        given = {"expression": script, "returnByValue": True, "awaitPromise": True, "userGesture": True}
        result = await self.command("Runtime.evaluate", **given)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is true in the page, looked at before each frame that it draws."""
        wait = f"""new Promise((done, fail) => {{
            const end = performance.now() + {PATIENCE * 900};
            const look = () => {{
                const value = (() => {script})();
                if (value) done(value);
                else if (performance.now() > end) fail(new Error("never: " + {json.dumps(script)}));
                else setTimeout(look, 20);
            }};
            look();
        }})"""
        return await self.run(wait)

    async def click(self, selector: str) -> None:
        """Click an element."""
        await self.run(f"document.querySelector({json.dumps(selector)}).click()")

    async def picture(self) -> bytes:
        """Return a screenshot as PNG."""
        shot = await self.command("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])


@asynccontextmanager
async def chromium(folder: Path, *flags: str) -> AsyncIterator[Page]:
    """Start a browser with a profile of its own; yields its one tab."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, *FLAGS, f"--user-data-dir={folder}", *flags, "about:blank", stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE):
            while b"DevTools listening on" not in (line := await process.stderr.readline()):
                assert line, "the browser did not start"
        base = line.decode().split("on ")[1].strip()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_discard(process.stderr), name="browser log")
            async with connect(base, max_size=None) as browser:
                tab = await _tab(browser)
                address = base.rsplit("/devtools", 1)[0] + f"/devtools/page/{tab}"
                async with connect(address, max_size=None) as socket:
                    yield Page(socket)
            reading.cancel()
    finally:
        process.kill()
        await process.wait()


async def _discard(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


async def _tab(browser: ClientConnection) -> str:
    await browser.send(json.dumps({"id": 1, "method": "Target.getTargets"}))
    while True:
        told = json.loads(await asyncio.wait_for(browser.recv(), PATIENCE))
        if told.get("id") == 1:
            pages = [target for target in told["result"]["targetInfos"] if target["type"] == "page"]
            return str(pages[0]["targetId"])
