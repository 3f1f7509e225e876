"""The page at `/` comes back to its call when its node is gone: a real browser, two nodes, one address for both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.testing import say
from tests.gateway.console.test_pages import needs_browser, violations
from tests.gateway.resuming.nodes import nodes
from tests.gateway.webrtc.browser import tab


class Front:
    """What stands in front of nodes: it passes bytes on to one of them."""

    def __init__(self, url: str) -> None:
        # The port of the node.
        self.port = port_of(url)
        # The connections that are open.
        self._open: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on."""
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        for one, other in ((reader, back), (there, writer)):
            self._open.add(other)
            self._pumps.add(asyncio.get_running_loop().create_task(self._pump(one, other)))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def lose(self, url: str) -> None:
        """Break all connections; the next ones go to another node."""
        self.port = port_of(url)
        self.cut()

    def cut(self) -> None:
        """Break all connections."""
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()


def port_of(url: str) -> int:
    """Return the port in an address."""
    return int(url.rsplit(":", 1)[1])


@asynccontextmanager
async def front(url: str) -> AsyncIterator[tuple[Front, str]]:
    """Stand in front of a node; yields the address too."""
    made = Front(url)
    async with await asyncio.start_server(made.take, "127.0.0.1", 0) as server:
        yield made, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        made.cut()
    await asyncio.gather(*made._pumps)


def says(words: str) -> str:
    """Return the test whether the page shows words."""
    return f"document.querySelector('#transcript').innerText.includes({words!r})"


@needs_browser
async def test_the_page_comes_back_to_its_call() -> None:
    """It says for how long the connection was gone, and the next answer is that of an agent who knows the call."""
    async with nodes() as both, front(both.one.url) as (stand, url), tab() as page:
        both.service.reply("front", say("Hello, this is Acme."))
        await page.open(url)
        await page.until("document.querySelector('#start').disabled === false")
        await page.click("#start")
        await page.until(says("Hello, this is Acme."))
        both.one.fleet.kill()
        stand.lose(both.two.url)
        await page.until(says("the call goes on"))
        both.service.reply("front", say("Yes, I am."))
        await page.run("document.querySelector('#words').value = 'Are you still there?'")
        await page.click("#typing button")
        await page.until(says("Yes, I am."))
        shown = await page.run("document.querySelector('#transcript').innerText")
        await page.click("#stop")
        await page.until("document.querySelector('#start').hidden === false")
        await both.two.quiet()
        assert str(shown).count("Hello, this is Acme.") == 1
        assert violations(page) == []
