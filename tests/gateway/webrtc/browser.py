"""A real headless Chromium, driven over its DevTools socket: open a page, run a line, take a picture.

To start one takes a second, and so does a process for each profile. So tests that need nothing special of it share one:
each has a tab of its own and finds nothing of what was stored before it.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO, Any

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
    # One process draws all pages, and none is kept for a page that may come.
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,SpareRendererForSitePerProcess,MediaRouter,Translate",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
)


class Page:
    """One tab; or the browser itself, which takes commands too."""

    def __init__(self, socket: ClientConnection) -> None:
        # Its DevTools socket.
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


class Browser:
    """A running Chromium."""

    def __init__(self, *flags: str) -> None:
        assert CHROMIUM is not None
        # Its profile.
        self._folder = TemporaryDirectory(ignore_cleanup_errors=True)  # its last process may still write
        # The process that the others end with.
        command = (CHROMIUM, *FLAGS, f"--user-data-dir={self._folder.name}", *flags, "about:blank")
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE)
        assert self._process.stderr is not None
        # Where its DevTools socket is.
        self.address = _address(self._process.stderr)
        # Reads what it logs, so that it never waits.
        self._reading = Thread(target=_discard, args=(self._process.stderr,), name="browser log")
        self._reading.start()

    @property
    def runs(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._reading.join(PATIENCE)
        self._folder.cleanup()


def _address(log: IO[bytes]) -> str:
    while b"DevTools listening on" not in (line := log.readline()):
        assert line, "the browser did not start"
    return line.decode().split("on ")[1].strip()


def _discard(log: IO[bytes]) -> None:
    with log:
        while log.readline():
            pass


SHARED: dict[tuple[str, ...], Browser] = {}  # flags → the browser that was started with them


def end_shared() -> None:
    """End the browsers that were shared."""
    while SHARED:
        SHARED.popitem()[1].end()


@asynccontextmanager
async def tab(*flags: str) -> AsyncIterator[Page]:
    """Open a tab in the browser that shares these flags, in which nothing is stored; `end_shared` ends it."""
    if flags not in SHARED or not SHARED[flags].runs:
        SHARED[flags] = await asyncio.to_thread(Browser, *flags)
    async with _tab(SHARED[flags]) as page:
        yield page


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Page]:
    """Start a browser of one's own; yields its one tab."""
    browser = await asyncio.to_thread(Browser, *flags)
    try:
        async with _tab(browser) as page:
            yield page
    finally:
        browser.end()


@asynccontextmanager
async def _tab(browser: Browser) -> AsyncIterator[Page]:
    async with connect(browser.address, max_size=None) as socket:
        devtools = Page(socket)
        made = await devtools.command("Target.createTarget", url="about:blank")
        address = browser.address.rsplit("/devtools", 1)[0] + f"/devtools/page/{made['targetId']}"
        try:
            async with connect(address, max_size=None) as tab_socket:
                page = Page(tab_socket)
                await page.command("Storage.clearDataForOrigin", origin="*", storageTypes="all")
                yield page
        finally:
            await devtools.command("Target.closeTarget", targetId=made["targetId"])
