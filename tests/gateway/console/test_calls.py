"""The page at `/calls` in a real browser: the list and its filters, the waterfall of a call, what was said and done."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from orchestrator.observe.facts import Fact, Opening, Outcome, Said, as_json
from orchestrator.observe.interactions import interactions
from tests.gateway.console.recorded import CALL, KEY, STARTED, STORY, Records, figures, recorded
from tests.gateway.console.test_pages import needs_browser, violations
from tests.gateway.webrtc.browser import Page, tab
from tests.observe import happened

pytestmark = needs_browser
ITEMS = "[...document.querySelectorAll('#chart .item')]"
TURNS = """[...document.querySelectorAll('#turns tbody')].map((turn) =>
    [...turn.rows].map((row) => [...row.cells].map((cell) => cell.innerText).join(' ')))"""
DETAILS = "document.querySelector('#details').innerText"
ROWS = "[...document.querySelectorAll('#calls button')].map((row) => row.innerText)"


@asynccontextmanager
async def opened(records: Records, path: str = f"/calls#{CALL}", **served: Any) -> AsyncIterator[Page]:
    """Serve records and open the page of calls."""
    async with recorded(records, **served) as url, tab() as page:
        await page.open(url + path)
        yield page
        assert violations(page) == []


async def picture(page: Page, name: str) -> None:
    """Keep pictures of the page in both themes and as wide as a phone, for whoever wants to look at them."""
    if not (folder := os.environ.get("CONSOLE_PICTURES")):
        return
    for theme in ("light", "dark"):
        await page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        for width, height in ((1280, 900), (390, 1100)):
            screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            await page.command("Emulation.setDeviceMetricsOverride", **screen)
            await page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            (Path(folder) / f"{name}-{theme}-{width}.png").write_bytes(await page.picture())
    await page.command("Emulation.clearDeviceMetricsOverride")


async def press(page: Page, key: str) -> None:
    """Press a key, as a keyboard does."""
    code = {"Tab": 9, "Enter": 13, "Escape": 27}[key]
    text = {"text": "\r"} if key == "Enter" else {}
    for kind in ("keyDown", "keyUp"):
        await page.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)


async def drawn(page: Page) -> None:
    """Wait for the waterfall."""
    await page.until(f"{ITEMS}.length > 0")


async def modelled(page: Page, facts: tuple[Fact, ...], seconds: float = 61.0) -> dict[str, Any]:
    """Return what is drawn of some facts, without drawing it."""
    timeline = json.dumps([as_json(fact) for fact in facts])
    script = f"import('/console/waterfall.js').then(({{ waterfall }}) => waterfall({timeline}, {seconds}))"
    return dict(await page.run(script))


def lane(fall: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the bars of a lane."""
    return [bar for lane in fall["lanes"] if lane["label"] == name for bar in lane["bars"]]


async def test_a_stranger_finds_out_what_went_wrong_in_the_third_turn() -> None:
    """Who got the caller and why, how long they waited, and what the tool answered."""
    async with opened(Records()) as page:
        await drawn(page)
        third = (await page.run(TURNS))[3]
        failed = "#chart .tool.failed"
        await page.run(
            f"document.querySelector('{failed}').dispatchEvent(new MouseEvent('click', {{ bubbles: true }}))"
        )
        details = await page.run(DETAILS)
        await page.run("[...document.querySelectorAll('#turns .HandedOver .fact')][1].click()")
        decided = await page.run(DETAILS)
        await page.click("#wider")
        await page.click("#wider")
        drawn_texts = await page.run("[...document.querySelectorAll('#chart text')].map((one) => one.textContent)")
        await picture(page, "calls")

    assert third[0] == "Turn 3 · answered by orders · the caller waited 2.30 s"
    told = "\n".join(third)
    assert "Caller: It is about the invoice of order 77." in told
    assert "identity handed over to orders in 1.70 s, because: the caller asks about order 77" in told
    assert "The caller interrupted identity, who was silent after 200 ms" in told
    assert "The order service did not answer within 5 seconds." in details
    assert '"number": "77"' in details
    assert "find_order" in details
    assert "transfer_to_orders(reason: the caller asks about order 77, order: 77)" in decided
    assert "the caller wants something; transfer_to_orders 0.74, transfer_to_billing 0.71" in decided
    assert "It is about the invoice of order 77." in decided
    assert any(text.startswith("orders · 1.70 s · the") for text in drawn_texts)


async def test_the_waterfall_has_both_voices_and_a_lane_for_each_kind_of_thing() -> None:
    """Voices with their overlap, answers by agent, handoffs, tools, consults, sessions, people; marks over all."""
    async with opened(Records()) as page:
        fall = await modelled(page, STORY)

    agents = ["reception", "identity", "orders", "billing", "colleague"]
    labels = ["Caller", "Team", "Handoffs", *agents, "Tools", "Consults", "Sessions", "People"]
    assert sorted(one["label"] for one in fall["lanes"]) == sorted(labels)
    (overlap,) = fall["lanes"][0]["overlaps"]
    assert (overlap["start"], overlap["end"]) == (15.9, 16.1)
    assert [bar["text"] for bar in lane(fall, "Handoffs")] == [
        "identity · 420 ms · the customer is to be checked first",
        "orders · 1.70 s · the caller asks about order 77",
        "billing · 400 ms · the caller's invoice",
        "colleague · 7.60 s · the caller wants a person",
    ]
    assert next(bar["shorter"] for bar in lane(fall, "Handoffs")) == ["identity · 420 ms", "420 ms"]
    assert [bar["look"] for bar in lane(fall, "Tools")] == ["tool completed", "tool failed", "tool completed"]
    assert next(bar["look"] for bar in lane(fall, "identity")).endswith(" cut")
    assert {mark["kind"] for mark in fall["marks"]} >= {"handoff", "refused", "interrupted", "lost", "renewed", "ended"}
    sessions = [bar["look"] for bar in lane(fall, "Sessions")]
    assert any("warm lost" in look for look in sessions)
    assert any("consult closed" in look for look in sessions)


async def test_what_overlaps_is_drawn_in_rows() -> None:
    """Two tools at once are both seen."""
    tools = tuple(fact for fact in STORY if type(fact).__name__ == "ToolRan") * 2
    async with opened(Records()) as page:
        fall = await modelled(page, tools)

    assert sorted(bar["row"] for bar in lane(fall, "Tools")) == [0, 0, 0, 1, 1, 1]


async def test_each_seat_has_its_voices() -> None:
    """Two callers of one call are told apart."""
    other = happened.turn(1.0, 2.0, "pharmacy", "item_o", seat="doctor")
    async with opened(Records()) as page:
        fall = await modelled(page, (*STORY, other))

    assert {"Caller · caller", "Caller · doctor"} <= {one["label"] for one in fall["lanes"]}


async def test_a_call_without_words_is_drawn() -> None:
    """Where the team keeps no transcript the times are still there; a session that never opened is shown as opening."""
    wordless = {"fact": "Said", **as_json(Said(start=1.0, end=1.0, who="caller", text="", item_id="i")), "text": None}
    never = {**as_json(happened.held("front", 0.0, 0.0, 2.0, Opening.ACTIVE, fate="lost")), "opened": None}
    records = Records(
        timelines={CALL: [wordless, never, *map(as_json, happened.answered(1, 0.5, (1.0, 2.0), "front", ""))]}
    )
    async with opened(records) as page:
        await drawn(page)
        assert await page.run("document.querySelectorAll('#chart .session.opening').length") == 1
        assert "not kept" in str(await page.run(TURNS))


async def test_the_list_is_filtered_by_the_server() -> None:
    """The fields become the query, and part of the address; days are those of the browser."""
    records = Records(calls={CALL: figures(), "sess_2": figures("sess_2", agents=["front"], ending="failed")})
    async with opened(records, "/calls") as page:
        await page.until(f"{ROWS}.length === 2")
        assert "the server failed" in (await page.run(ROWS))[1]
        for field, value in {
            "agent": "front",
            "ending": "failed",
            "since": "2026-11-28",
            "until": "2026-11-28",
        }.items():
            await page.run(f"document.querySelector('#{field}').value = '{value}'")
        records.timelines["sess_2"] = []
        await page.click("#filters [type=submit]")
        await page.until(f"{ROWS}.length === 1")
        address = await page.run("location.search")
        await page.click("#filters [type=reset]")
        await page.until(f"{ROWS}.length === 2")

    asked = next(query for query in records.asked if "agent" in query)
    assert (asked["agent"], asked["ending"]) == ("front", "failed")
    assert int(asked["until"]) - int(asked["since"]) == 24 * 3600
    assert "agent=front" in address


async def test_calls_of_several_teams_are_told_apart() -> None:
    """By a filter, and in each line; with one team neither is there."""
    records = Records(calls={f"sess_{name}": figures(f"sess_{name}", team=name) for name in ("clinic", "hotel")})
    async with opened(records, "/calls") as page:
        await page.until("document.querySelectorAll('#calls li').length === 2")
        first = "(one) => one.innerText.split(' · ')[0]"
        told = await page.run(f"[...document.querySelectorAll('#calls .line')].map({first}).sort().join()")
        assert told == "clinic,hotel"
        assert not await page.run("document.querySelector('#by-team').hidden")
        await page.run("document.querySelector('#team').value = 'hotel'")
        await page.click("#filters .strong")
        await page.until("document.querySelectorAll('#calls li').length === 1")
    async with opened(Records(), "/calls") as page:
        await page.until("document.querySelectorAll('#calls li').length > 0")
        assert await page.run("document.querySelector('#by-team').hidden")


async def test_older_calls_are_shown_on_request() -> None:
    """The list goes on after its last call, and says when nothing was found."""
    calls = {f"sess_{number}": figures(f"sess_{number}", started=STARTED - number) for number in range(3)}
    async with opened(Records(calls=calls), "/calls", most=2) as page:
        await page.until(f"{ROWS}.length === 2")
        await page.click("#more")
        await page.until(f"{ROWS}.length === 3")
        assert await page.run("document.querySelector('#more').hidden")
        await page.run("document.querySelector('#text').value = 'nobody said this'")
        await page.click("#filters [type=submit]")
        await page.until("document.querySelector('#calls-empty').innerText === 'There is no such call.'")


async def test_a_call_that_goes_on_grows() -> None:
    """A live call is marked as such, and what happens in it appears."""
    records = Records(calls={CALL: figures(ended=None, ending="", audio=False)})
    timeline = records.timelines[CALL]
    records.timelines[CALL] = timeline[:8]
    async with opened(records) as page:
        await page.until("document.querySelector('#calls .live') !== null")
        await drawn(page)
        before = await page.run(f"{ITEMS}.length")
        assert await page.run("document.querySelector('#sound').hidden")
        records.timelines[CALL] = timeline[:20]
        await page.until(f"{ITEMS}.length > {before}")


async def test_what_has_not_ended_is_told_as_such() -> None:
    """Of a call that goes on: a tool that runs, a handoff and a person that are waited for, a session that is open.

    Of such a call the list may not know yet how much has happened in it.
    """
    unknown: dict[str, Any] = {"seconds": None, "tokens": {"input": 0, "output": 0}, "cost": 0.0}
    unknown |= dict.fromkeys(("turns", "handoffs", "tools"), 0)
    listed = figures(ended=None, ending=None, agents=[], agent=None, audio=False, **unknown)
    going = (
        happened.announced("variables.set", 0.9, values={"verified": True}),
        happened.ran("find_order", 1.0, 3.0, "front", {"number": "77"}, "", outcome=Outcome.OPEN),
        happened.handed("front", "billing", 1.5, 3.0, "an invoice", outcome=Outcome.OPEN),
        happened.asked(1.0, 3.0, "front", outcome=Outcome.OPEN),
        happened.awaited(1.0, 3.0, "colleague", outcome=Outcome.OPEN),
        happened.held("front", 0.0, 0.4, 3.0, Opening.ACTIVE, fate="open"),
    )
    records = Records(calls={CALL: listed}, timelines={CALL: [as_json(one) for one in going]})
    async with opened(records) as page:
        await drawn(page)
        assert (await page.run(ROWS))[0].splitlines()[-1] == "live · 0 turns, 0 handoffs, 0 tools"
        assert await page.run("document.querySelector('#delete').hidden")
        told = str(await page.run(TURNS))
        marks = await page.run("document.querySelectorAll('#chart .mark').length")

    assert "front runs find_order(number: 77)" in told
    assert "front hands over to billing, because: an invoice" in told
    assert "front asks planner" in told
    assert "Now known: verified: true" in told
    assert "The caller waits for colleague" in told
    assert marks == 0


async def test_a_key_is_asked_for_and_kept_in_its_field() -> None:
    """Without the key nothing is shown; with it everything is, and it is stored nowhere."""
    async with opened(Records(key=KEY)) as page:
        await page.until("!document.querySelector('#access').hidden")
        assert await page.run(f"{ITEMS}.length + document.querySelectorAll('#calls li').length") == 0
        for key in ("wrong", KEY):
            await page.run(f"document.querySelector('#key').value = '{key}'")
            await page.click("#access button")
            if key == "wrong":
                await page.until("document.querySelector('#problem').innerText.includes('not accepted')")
        await drawn(page)
        places = "location.href + JSON.stringify([localStorage, sessionStorage]) + document.cookie"
        kept = await page.run(f"{places} + document.documentElement.outerHTML")

    assert KEY not in kept


async def test_arrows_lead_through_the_waterfall() -> None:
    """One thing at a time is reached by the tabulator; arrows go on, Enter shows what is known, Escape closes it."""
    key = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{}', bubbles: true }}))"
    async with opened(Records()) as page:
        await drawn(page)
        assert await page.run("document.querySelectorAll('#chart .item[tabindex=\"0\"]').length") == 1
        await page.run("document.querySelector('#chart .item[tabindex=\"0\"]').focus()")
        first = await page.run("document.activeElement.getAttribute('aria-label')")
        await page.run(key.format("ArrowRight"))
        second = await page.run("document.activeElement.getAttribute('aria-label')")
        await page.run(key.format("Enter"))
        details = await page.run(DETAILS)
        await page.run(key.format("Escape"))
        assert await page.run("document.querySelector('#details').hidden")

    assert first == "Caller: I was charged twice."
    assert second == "Caller: It is 1042."
    assert "It is 1042." in details


async def test_a_call_is_heard_from_where_something_happened() -> None:
    """The recording is loaded on request and starts there; one side can be heard alone."""
    async with opened(Records()) as page:
        await drawn(page)
        await page.run("document.querySelector('#chart .agent.cut').dispatchEvent(new MouseEvent('click'))")
        await page.click("#play")
        await page.until("document.querySelector('#player').currentTime >= 13")
        await page.until("document.querySelector('#chart .cursor').getAttribute('visibility') === 'visible'")
        await page.click("#sides [value=team]")
        assert await page.run("document.querySelector('#load').hidden")


async def test_zoom_keeps_the_middle() -> None:
    """More can be seen of less; the whole call fits again on request."""
    width = "document.querySelector('#chart svg').getBoundingClientRect().width"
    async with opened(Records()) as page:
        await drawn(page)
        await page.click("#whole")
        whole = await page.run(width)
        for _ in range(4):
            await page.click("#wider")
        wide = await page.run(width)
        middle = await page.run("(chart.scrollLeft + chart.clientWidth / 2) / chart.scrollWidth")
        await page.click("#whole")
        again = await page.run(width)

    assert wide > 4 * whole
    assert abs(middle - 0.5) < 0.05
    assert again == whole


async def test_the_transcript_is_text() -> None:
    """A line for each thing that happened, with its time."""
    timeline = json.dumps([as_json(fact) for fact in STORY])
    async with opened(Records()) as page:
        script = f"import('/console/transcript.js').then(({{ transcriptOf }}) => transcriptOf({timeline}))"
        lines = (await page.run(script)).splitlines()

    assert lines[0] == "0:00.0  The call begins with reception"
    assert "0:15.9  Caller: It is about the invoice of order 77." in lines
    assert lines[-1] == "1:01.0  The call ends: hung up"
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_is_wider_than_the_screen(width: int) -> None:
    """Only the waterfall is scrolled sideways, in its frame; on a phone the list makes room for the call."""
    async with opened(Records()) as page:
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        await page.command("Emulation.setDeviceMetricsOverride", **screen)
        await drawn(page)
        assert await page.run("document.documentElement.scrollWidth") <= width
        assert await page.run("document.querySelector('#list').checkVisibility()") is (width > 1000)
        if width == 390:
            await page.click("#back")
            await page.until("document.querySelector('#list').checkVisibility()")


async def test_a_call_that_is_not_there_is_said_plainly() -> None:
    """In the server's words, until something else is done; the list stays up to date."""
    records, told = Records(), "document.querySelector('#problem').innerText.includes('no call with this id')"
    async with opened(records, "/calls#sess_gone") as page:
        await page.until(told)
        records.calls["sess_2"] = figures("sess_2")
        await page.until(f"{ROWS}.length === 2")
        assert await page.run(told)


FOCUS = "document.activeElement.id"
ASKING = "document.querySelector('#deleting').open"


async def test_a_call_is_deleted_after_a_question() -> None:
    """By keyboard alone: the safe answer has the focus, Escape changes nothing; then the list is without the call."""
    records = Records(calls={CALL: figures(), "sess_2": figures("sess_2")})
    async with opened(records) as page:
        await drawn(page)
        await page.until(f"{ROWS}.length === 2")
        await page.run("document.querySelector('#delete').focus()")
        await press(page, "Enter")
        await page.until(f"{ASKING} && {FOCUS} === 'keep'")
        asked = await page.run("document.querySelector('#deleting').innerText")
        await picture(page, "deleting")
        await press(page, "Escape")
        await page.until(f"!{ASKING} && {FOCUS} === 'delete'")
        assert CALL in records.calls
        await press(page, "Enter")
        await page.until(ASKING)
        await press(page, "Tab")
        assert await page.run(FOCUS) == "delete-now"
        await press(page, "Enter")
        await page.until(f"{ROWS}.length === 1 && {FOCUS} === 'list'")
        assert await page.run("document.querySelector('#call').hidden")
        assert await page.run("document.querySelector('#status').innerText") == "The call is deleted"

    assert "Call with helpdesk" in asked
    assert "its transcript, its recording" in asked
    assert "cannot be undone" in asked
    assert list(records.calls) == ["sess_2"]


async def test_a_call_that_cannot_be_deleted_is_said_so() -> None:
    """In the server's words, in the question itself, which can be answered again; a key that is wanted is asked for."""
    records = Records(fault="The database of the calls cannot be used now.")
    fault = "document.querySelector('#deleting-fault')"
    async with opened(records) as page:
        await drawn(page)
        await page.click("#delete")
        await page.click("#delete-now")
        await page.until(f"{fault}.innerText === 'It was not deleted. The database of the calls cannot be used now.'")
        assert await page.run(f"{ASKING} && !document.querySelector('#delete-now').disabled")
        await page.click("#keep")
        records.key = KEY
        await page.click("#delete")
        assert await page.run(f"{fault}.hidden")
        await page.click("#delete-now")
        await page.until(f"!{ASKING} && {FOCUS} === 'key'")

    assert list(records.calls) == [CALL]


async def test_how_turns_were_taken_is_shown_with_units() -> None:
    """Each measure with what it is counted of and an explanation; nothing where nothing could be measured."""
    each = "[...document.querySelectorAll('#interactions > div')]"
    records = Records()
    async with opened(records) as page:
        await drawn(page)
        measures = dict(await page.run(f"{each}.map((row) => [...row.children].map((one) => one.innerText))"))
        assert await page.run(f"{each}.every((row) => row.title)")
        records.calls["sess_2"], records.timelines["sess_2"] = figures("sess_2"), []
        records.measures = interactions([])
        await page.run("location.hash = 'sess_2'")
        await page.until("document.querySelector('#turn-taking').hidden")

    assert measures == {
        "Response latency": "1.12 s on average",
        "Response rate": "100 % of 5 turns",
        "Yield latency": "400 ms on average",
        "Yield rate": "100 % of 1 interruption",
        "Agent interruptions": "0 in 5 turns",
    }


@pytest.mark.parametrize(
    ("delivery", "told"),
    [
        ({"state": "waiting", "attempts": 0, "error": None, "due": STARTED}, "about to be handed on."),
        ({"state": "waiting", "attempts": 2, "error": "it answered 503", "due": STARTED}, "2 attempts, the next at"),
        ({"state": "failed", "attempts": 8, "error": "ConnectError", "due": None}, "given up after 8 attempts."),
    ],
    ids=["not tried", "tried again", "given up"],
)
async def test_a_finished_call_that_was_not_taken_is_said_so(delivery: dict[str, Any], told: str) -> None:
    """With the last error; of a call that was taken, or that nobody wants, there is nothing to say."""
    shown = "document.querySelector('#delivery')"
    records = Records(delivery=delivery)
    async with opened(records) as page:
        await drawn(page)
        text = await page.run(f"{shown}.innerText")
        assert await page.run(f"{shown}.classList.contains('bad')") is (delivery["state"] == "failed")
        await picture(page, f"delivery-{delivery['state']}")
        records.delivery = None
        await page.click("#back")
        await page.run(f"location.hash = '{CALL}'")
        await page.until(f"{shown}.hidden")

    assert told in text
    assert (delivery["error"] or "") in text


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"reason": "an invoice"}, "because: an invoice"),
        ({"reason": ""}, "without a reason"),
        ({"reason": "", "function": "transfer_to_billing", "arguments": '{"order": 7}'},
         "by transfer_to_billing(order: 7), without a reason"),
        ({"reason": None}, "because: (not kept)"),
    ],
    ids=["a reason", "none", "arguments alone", "not kept"],
)  # fmt: skip
async def test_a_handoff_says_why_as_far_as_it_is_known(wish: dict[str, Any], why: str) -> None:
    """The reason, else what the model called; a team that keeps no words keeps no reasons."""
    records = Records(timelines={CALL: [as_json(happened.handed(**wish))]})
    async with opened(records) as page:
        await drawn(page)
        assert (await page.run(TURNS))[0][1].endswith(f"front handed over to billing in 500 ms, {why}")
