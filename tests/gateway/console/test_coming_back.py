"""The page at `/` comes back to its call when its node is gone: a real browser, two nodes, one address for both."""

from __future__ import annotations

from orchestrator.testing import say
from tests.gateway.console.test_pages import needs_browser, violations
from tests.gateway.resuming.nodes import in_front, nodes
from tests.gateway.webrtc.browser import tab


def says(words: str) -> str:
    """Return the test whether the page shows words."""
    return f"document.querySelector('#transcript').innerText.includes({words!r})"


@needs_browser
async def test_the_page_comes_back_to_its_call() -> None:
    """It says for how long the connection was gone, and the next answer is that of an agent who knows the call."""
    async with nodes() as both, in_front(both) as front_end, tab() as page:
        both.service.reply("front", say("Hello, this is Acme."))
        await page.open(f"http://127.0.0.1:{front_end.port}/")
        await page.until("document.querySelector('#start').disabled === false")
        await page.click("#start")
        await page.until(says("Hello, this is Acme."))
        both.one.fleet.kill()
        front_end.cut()
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
