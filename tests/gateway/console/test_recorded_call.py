"""A call in the browser, with a voice as microphone, that is recorded: both pages show what happened in it."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from orchestrator.records import Archive, Filter
from orchestrator.testing import call, say
from tests.calls import TEAM, desk
from tests.gateway.console.test_desk import microphone
from tests.gateway.console.test_pages import needs_browser, violations
from tests.gateway.webrtc.browser import Page, tab

pytestmark = needs_browser
WORDS = ("Where is order 77?", "And what about my invoice?")
TURNS = "document.querySelector('#turns').innerText"


async def picture(page: Page, name: str) -> None:
    """Keep a picture of the page, for whoever wants to look at it."""
    if folder := os.environ.get("CONSOLE_PICTURES"):
        (Path(folder) / f"{name}.png").write_bytes(await page.picture())


async def test_a_call_is_seen_while_it_goes_on_and_afterwards(tmp_path: Path) -> None:
    """Two spoken turns, a tool and a handoff: live, then as a waterfall, with sound and reasons; and it is deleted."""
    said = count()
    address = f"sqlite:///{tmp_path}/calls.db"
    async with (
        desk(f"{TEAM}record: {{{{audio: true}}}}\n", ears=lambda _: WORDS[min(next(said), 1)], records=address) as at,
        tab(microphone()) as page,
    ):
        at.service.reply("front", say("Hello, this is Acme."))
        at.service.reply("front", call("find_order", number="77"))
        at.service.reply("front", say("It is on its way."))
        at.service.reply("front", call("transfer_to_billing", reason="the caller asks for an invoice"))
        await page.open(at.url.replace("ws", "http", 1))
        await page.until("document.querySelector('#start').disabled === false")
        await page.click("#start")
        await page.until("document.querySelector('#agent-billing').classList.contains('active')")
        await page.until("document.querySelector('#tools').innerText.includes('Order 77 is on its way.')")
        await page.until("document.querySelector('#agent-tech .state').textContent === 'warm'")
        assert "number: 77" in await page.run("document.querySelector('#tools').innerText")
        waited = "[...document.querySelectorAll('#transcript .waited')].filter((one) => one.innerText).length"
        assert await page.run(waited) >= 2
        await picture(page, "recorded-talk")
        await page.click("#stop")
        await page.until("document.querySelector('#status').innerText === 'No call'")
        await page.open(await page.run("document.querySelector('#whole').href"))
        await page.until(f"{TURNS}.includes('The call ends')")
        turns = await page.run(TURNS)
        await page.until("!document.querySelector('#sound').hidden")
        await page.click("#load")
        await page.until("document.querySelector('#player').duration > 1")
        await page.run("document.querySelector('#chart .agent.cut').dispatchEvent(new MouseEvent('click'))")
        await page.click("#play")
        await page.until("document.querySelector('#chart .cursor').getAttribute('visibility') === 'visible'")
        await picture(page, "recorded-calls")
        await page.run("document.querySelector('#turns .HandedOver .fact').click()")
        why = await page.run("document.querySelector('#details').innerText")
        lane = await page.run("document.querySelector('#chart .handoff').textContent")
        await page.click("#delete")
        await page.click("#delete-now")
        await page.until("document.querySelector('#status').innerText === 'The call is deleted'")
        seen = violations(page)

    assert "Caller: Where is order 77?" in turns
    assert "front ran find_order(number: 77)" in turns
    assert "→ Order 77 is on its way." in turns
    assert "front handed over to billing" in turns
    assert "because: the caller asks for an invoice" in turns
    assert "transfer_to_billing(reason: the caller asks for an invoice)" in why
    assert "And what about my invoice?" in why
    assert "the caller asks for an invoice" in lane
    assert Archive(address).find(Filter()) == []
    assert not list((tmp_path / "recordings").iterdir())
    assert seen == []
