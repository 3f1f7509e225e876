"""The page at `/` in a real browser: voice and text out, voice and text in, who has the caller, problems in words."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import os
import re
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestrator.core.events import (
    CallerAsked,
    CallerCommitted,
    CallerConfigured,
    CallerInterrupted,
    CallerSpoke,
    CallerTruncated,
    CallerTyped,
    Ending,
    Event,
)
from orchestrator.gateway.console.pages import FILES
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.observe.facts import Opening, as_json
from orchestrator.team import load_team
from tests.core.scene import team
from tests.gateway.console.recorded import CALL, KEY, Records
from tests.gateway.serving import Gateway, ScriptedCall, receive, serve
from tests.gateway.webrtc.browser import CHROMIUM, Page, chromium, tab
from tests.observe import happened
from tests.patience import PATIENCE

NOTES = """[...document.querySelectorAll('#transcript li')].map((row) =>
    [...row.querySelectorAll('.who, .words')].map((part) => part.innerText).filter(Boolean).join(': '))"""
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)")


def tone(ms: int) -> str:
    """Return a tone as base64 PCM16 at 24 kHz."""
    samples = (int(8000 * math.sin(index / 10)) for index in range(24 * ms))
    return base64.b64encode(b"".join(struct.pack("<h", sample) for sample in samples)).decode()


def speak(call: ScriptedCall, number: int, words: str, ms: int) -> None:
    """Answer as an agent does: one response with words and sound."""
    at = {"response_id": f"resp_{number}", "item_id": f"item_{number}", "output_index": 0, "content_index": 0}
    item = {"id": at["item_id"], "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    tell = call.caller.tell
    tell({"type": "response.created", "response": {"id": at["response_id"], "status": "in_progress", "output": []}})
    tell({"type": "response.output_item.added", "response_id": at["response_id"], "output_index": 0, "item": item})
    tell({"type": "conversation.item.added", "item": item})
    tell({"type": "response.content_part.added", **at, "part": {"type": "audio", "transcript": ""}})
    tell({"type": "response.output_audio_transcript.delta", **at, "delta": words})
    for _ in range(ms // 100):
        call.caller.play(
            f"item_{number}", json.dumps({"type": "response.output_audio.delta", **at, "delta": tone(100)})
        )
    call.caller.end_response(f"resp_{number}", "completed")


async def until(call: ScriptedCall, kind: type[Event]) -> Any:
    """Return the next event of a kind."""
    async with asyncio.timeout(PATIENCE):
        while not isinstance(event := await call.events.get(), kind):
            pass
    return event


@asynccontextmanager
async def opened(monkeypatch: pytest.MonkeyPatch, *flags: str, **said: Any) -> AsyncIterator[tuple[Gateway, Page]]:
    """Serve, and open the page: in a browser of its own if it has flags."""
    async with serve(monkeypatch, **said) as gateway, chromium(*flags) if flags else tab() as page:
        await page.open(gateway.url)
        yield gateway, page


async def begin(gateway: Gateway, page: Page) -> ScriptedCall:
    """Start the call in the page, as far as the request for the greeting."""
    await page.until("document.querySelector('#start').disabled === false")
    await page.click("#start")
    await page.until("document.querySelector('#status').innerText === 'Connected'")
    await page.until("document.querySelector('#mute').disabled === false")  # the microphone is open, or cannot be
    assert isinstance(await until(gateway.calls[0], CallerAsked), CallerAsked)
    return gateway.calls[0]


def violations(page: Page) -> list[str]:
    """Return what the browser complained about."""
    return [
        message for message in page.messages if "Content Security Policy" in message or "exception" in message.lower()
    ]


@needs_browser
async def test_a_call_with_a_handoff_in_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows the team, asks for the greeting, shows words with agents' names, and lights who has the caller."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        call.caller.announce("call.started", {"team": "helpdesk", "agent": "front"})
        await page.until("document.querySelector('#agent-front').classList.contains('active')")
        speak(call, 1, "Welcome to the helpdesk.", 300)
        await page.until("document.querySelector('#transcript').innerText.includes('Welcome')")
        await page.run("document.querySelector('#words').value = 'my invoice is wrong'")
        await page.click("#typing button")
        typed = await until(call, CallerTyped)
        assert typed.item["content"] == [{"type": "input_text", "text": "my invoice is wrong"}]
        await until(call, CallerAsked)
        call.caller.announce("handoff.started", {"from": "front", "to": "billing", "reason": "invoice"})
        call.caller.announce("response.started", {"agent": "billing", "response_id": "resp_2"})
        speak(call, 2, "Which invoice is it?", 300)
        call.caller.announce("handoff.completed", {"from": "front", "to": "billing", "seconds": 0.2})
        await page.until("document.querySelector('#agent-billing').classList.contains('active')")
        await page.until("document.querySelectorAll('#transcript li').length === 5")
        shown = await page.run(NOTES)
        if folder := os.environ.get("CONSOLE_PICTURES"):
            (Path(folder) / "console.png").write_bytes(await page.picture())

    assert [row.removeprefix(": ") for row in shown] == [
        "front: Welcome to the helpdesk.",
        "You, turn 1: my invoice is wrong",
        "front hands you over to billing",
        "billing: Which invoice is it?",
        "billing has taken over, after 200 ms",
    ]
    assert violations(page) == []


@needs_browser
@pytest.mark.parametrize("why", ["barge-in", "person"])
async def test_barge_in_tells_what_was_really_played(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At `speech_started`, or when a person takes over, the sound stops, and the item is cut to less than was sent."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        speak(call, 1, "This is a very long answer indeed.", 20_000)
        await page.until("document.querySelector('#transcript li') !== null")
        if why == "person":
            call.caller.stop_playback(told=True)
        else:
            call.caller.tell({"type": "input_audio_buffer.speech_started", "item_id": "item_u", "audio_start_ms": 0})
        truncated = await until(call, CallerTruncated)
        await page.until("document.querySelector('#transcript li.cut') !== null")

    assert truncated.item_id == "item_1"
    assert 0 <= truncated.ms < 20_000


@needs_browser
async def test_p71_the_microphone_is_heard_at_24_khz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """P71: it is on when the call begins, in chunks of 40 ms; muted, it sends silence, and the level says so."""
    voice = tmp_path / "voice.wav"
    with wave.open(str(voice), "wb") as file:
        file.setparams((1, 2, 44100, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(12000 * math.sin(index / 8))) for index in range(44100 * 3)))
    async with opened(monkeypatch, f"--use-file-for-fake-audio-capture={voice}") as (gateway, page):
        call = await begin(gateway, page)
        frames = [await until(call, CallerSpoke) for _ in range(20)]
        await page.until("document.querySelector('#level').value > 0.3")
        await page.click("#mute")
        await page.until("document.querySelector('#mute').getAttribute('aria-pressed') === 'true'")
        await page.until("document.querySelector('#level').value === 0")
        while any(base64.b64decode(json.loads((await until(call, CallerSpoke)).frame)["audio"])):
            pass

    assert {frame.ms for frame in frames} == {40.0}
    heard = b"".join(base64.b64decode(json.loads(frame.frame)["audio"]) for frame in frames)
    assert max(abs(sample) for (sample,) in struct.iter_unpack("<h", heard)) > 1000


@needs_browser
async def test_a_key_is_asked_for_and_kept_out_of_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with keys makes the page ask; a wrong key is told, the right one works and is stored nowhere."""
    async with opened(monkeypatch, api_keys="page-key-1") as (gateway, page):
        await page.until("document.querySelector('#access').hidden === false")
        for key in ("wrong", "page-key-1"):
            await page.run(f"document.querySelector('#key').value = '{key}'")
            await page.click("#access button")
            if key == "wrong":
                await page.until("document.querySelector('#problem').innerText.includes('not accepted')")
        await begin(gateway, page)
        stored = await page.run(
            "location.href + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie"
        )
        markup = await page.run("document.documentElement.outerHTML")

    assert "page-key-1" not in stored + markup


@needs_browser
async def test_problems_are_told_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that ends with a failure says so, and another can be started."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        call.end(Ending.UNREACHABLE, "agents unreachable")
        await page.until("document.querySelector('#problem').innerText.includes('agents cannot be reached')")

        assert await page.run("document.querySelector('#start').hidden") is False


@needs_browser
async def test_p71_a_call_without_a_microphone_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """P71: whoever does not permit it is told what is missing, and can type."""
    async with opened(monkeypatch, "--use-fake-ui-for-media-stream=deny") as (gateway, page):
        call = await begin(gateway, page)
        await page.until("document.querySelector('#problem').innerText.includes('Allow it in the browser')")
        assert await page.run("document.querySelector('#mute').innerText") == "Turn the microphone on"
        await page.run("document.querySelector('#words').value = 'hello'")
        await page.click("#typing button")

        assert (await until(call, CallerTyped)).item["content"][0]["text"] == "hello"


@needs_browser
@pytest.mark.parametrize(
    ("name", "told"), [("NotFoundError", "Connect one"), ("NotReadableError", "Close the program")]
)
async def test_p71_a_microphone_that_is_missing_or_in_use_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    """P71: to allow it would not help."""
    async with opened(monkeypatch) as (gateway, page):
        await page.run(f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{name}') }}")
        await begin(gateway, page)
        await page.until(f"document.querySelector('#problem').innerText.includes('{told}')")


@needs_browser
async def test_p71_each_line_is_credited_to_the_agent_that_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """P71: the line that bridges a handoff is the old agent's, although the next one is on its way."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        tell = call.caller.announce
        tell("call.started", {"team": "helpdesk", "agent": "front"})
        tell("handoff.started", {"from": "front", "to": "billing", "reason": "invoice"})
        tell("response.started", {"agent": "front", "response_id": "resp_1"})
        speak(call, 1, "I connect you.", 100)
        tell("response.started", {"agent": "billing", "response_id": "resp_2"})
        speak(call, 2, "Which invoice is it?", 100)
        tell("handoff.completed", {"from": "front", "to": "billing", "seconds": 0.2})
        await page.until("document.querySelectorAll('#transcript li').length === 4")
        shown = await page.run(NOTES)

    assert shown[1:3] == ["front: I connect you.", "billing: Which invoice is it?"]


@needs_browser
async def test_p71_what_happens_in_the_team_is_told_as_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """P71: a refusal is no failure; consults, and tools that fail, are told; so is why the call ends."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        tell, way = call.caller.announce, {"from": "front", "to": "billing"}
        tell("handoff.failed", {**way, "reason": "'billing' cannot take over before the caller was with verify."})
        tell("handoff.started", {**way, "reason": "x"})
        tell("handoff.failed", {**way, "reason": "it did not answer in time"})
        tell("consult.started", way)
        await page.until("document.querySelector('#agent-billing').classList.contains('asked')")
        for ok in (True, False):
            tell("consult.returned", {"agent": "front", "name": "ask_billing", "ok": ok, "seconds": 1.0})
            tell("tool.returned", {"agent": "front", "name": "find_order", "ok": ok, "seconds": 1.0})
        tell("call.ending", {"agent": "front", "reason": "the agent ended the call"})
        await page.until("document.querySelectorAll('#transcript li').length === 8")
        shown = [line.removeprefix(": ") for line in await page.run(NOTES)]
        assert await page.run("document.querySelector('.asked')") is None

    assert shown == [
        "front may not hand you over to billing now: 'billing' cannot take over before the caller was with verify.",
        "front hands you over to billing",
        "billing cannot be reached; front stays with you",
        "front asks billing",
        "billing has answered front, after 1.00 s",
        "billing did not answer front",
        "find_order failed",
        "The call ends: the agent ended the call",
    ]


@needs_browser
async def test_each_answer_says_how_long_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the end of the caller's turn to the first sound; what was cut says how much of it was heard."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        at = {"item_id": "item_u"}
        call.caller.tell({"type": "input_audio_buffer.speech_started", **at, "audio_start_ms": 0})
        call.caller.tell({"type": "input_audio_buffer.speech_stopped", **at, "audio_end_ms": 900})
        speak(call, 1, "This is a very long answer indeed.", 20_000)
        await page.until("document.querySelector('#transcript .waited').innerText.startsWith('after ')")
        call.caller.tell({"type": "input_audio_buffer.speech_started", "item_id": "item_v", "audio_start_ms": 1900})
        await page.until("document.querySelector('#transcript .end').innerText.endsWith('of it were heard')")
        figures = await page.run("document.querySelector('#figures').innerText")

    assert re.search(r"You waited\n\d+ ms", figures)
    assert "Interruptions\n1" in figures


async def typed(page: Page, call: ScriptedCall) -> list[type[Event]]:
    """Type something; return what the server was told until the answer was asked for."""
    await page.run("document.querySelector('#words').value = 'hello'")
    await page.click("#typing button")
    told: list[type[Event]] = []
    while not told or told[-1] is not CallerAsked:
        told += [kind for kind in [type(await call.next())] if kind is not CallerSpoke]
    return told


@needs_browser
async def test_who_types_cancels_only_an_answer_that_is_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server would refuse to cancel what has ended, and the record of the call would be full of it."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        assert CallerInterrupted in await typed(page, call)
        speak(call, 1, "Hello.", 100)
        await page.until("document.querySelector('#transcript').innerText.includes('Hello.')")
        call.caller.announce("tool.called", {"agent": "front", "name": "find_order", "call_id": "c1"})
        await page.until("document.querySelector('#tools').innerText.includes('find_order')")  # the answer is done
        assert CallerInterrupted not in await typed(page, call)


@needs_browser
async def test_one_of_several_teams_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default one at first, or the one that the address names; a server of one team offers no choice."""
    agents = "agents: {front: {instructions: Hi, handoffs: [other]}, other: {instructions: Hi}}\n"
    teams = Teams(
        Version(team=team(f"team: {name}\n{more}{agents}"))
        for name, more in (("clinic", ""), ("hotel", "default: true\n"), ("spa", ""))
    )
    title = "document.querySelector('#team').innerText"
    async with serve(monkeypatch, teams=teams) as gateway, tab() as page:
        for path, name in (("/", "hotel"), ("/?model=clinic", "clinic")):
            await page.open(f"{gateway.url}{path}")
            await page.until(f"{title} === '{name}'")
        assert await page.run("[...document.querySelector('#teams').options].map((one) => one.value).join()") == (
            "hotel,clinic,spa"
        )
        await page.run("teams = document.querySelector('#teams'); teams.value = 'spa'")
        await page.run("teams.dispatchEvent(new Event('change'))")
        await page.until(f"{title} === 'spa'")
        await page.click("#start")
        await asyncio.wait_for(gateway.news.wait(), PATIENCE)
        call = gateway.app.state.calls.find(gateway.calls[0].call_id)
        await page.until("document.querySelector('#teams').disabled")
    assert call.version.name == "spa"
    async with opened(monkeypatch) as (_, page):
        await page.until(f"{title} === 'helpdesk'")
        assert await page.run("document.querySelector('#choice').hidden")


@needs_browser
async def test_push_to_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server finds no turns itself; what is said while the button is held is one, and is answered."""
    press = "document.querySelector('#talk').dispatchEvent(new {}('{}', {{ pointerId: 1, key: ' ', bubbles: true }}))"
    async with opened(monkeypatch) as (gateway, page):
        await page.until("document.querySelector('#start').disabled === false")
        await page.click("[name=mode][value=hold]")
        await page.click("#start")
        await page.until("!document.querySelector('#talk').hidden && document.querySelector('#mute').hidden")
        call = gateway.calls[0]
        configured = await until(call, CallerConfigured)
        await until(call, CallerAsked)  # for the greeting
        await page.run(press.format("KeyboardEvent", "keydown"))
        await until(call, CallerSpoke)
        await page.run(press.format("KeyboardEvent", "keyup"))
        await until(call, CallerCommitted)
        await until(call, CallerAsked)

    assert configured.settings.session["audio"]["input"]["turn_detection"] is None


@needs_browser
async def test_the_microphone_can_be_chosen_and_the_volume_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """All microphones are listed by name; another one is opened at once."""
    async with opened(monkeypatch) as (gateway, page):
        await begin(gateway, page)
        await page.until("document.querySelector('#microphone').options.length > 1")
        names = await page.run("[...document.querySelector('#microphone').options].map(({ text }) => text)")
        asked = "window.asked = []; const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)"
        spy = (
            "navigator.mediaDevices.getUserMedia = (wanted) => { window.asked.push(wanted.audio); return ask(wanted) }"
        )
        await page.run(f"(() => {{ {asked}; {spy} }})()")
        await page.run("microphone.selectedIndex = 1; microphone.dispatchEvent(new Event('change'))")
        await page.until("window.asked.length === 1 && document.querySelector('#mute').disabled === false")
        assert await page.run("window.asked[0].deviceId.exact === microphone.options[1].value")

    assert any("Fake" in name for name in names)


@needs_browser
async def test_what_the_server_records_is_shown_as_it_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments and results of tools, variables, tokens and money; a failure of a tool is marked."""
    records = Records()
    async with opened(monkeypatch) as (gateway, page):
        records.serve(gateway.app)
        call = await begin(gateway, page)
        call.caller.announce("call.started", {"call": CALL, "team": "helpdesk", "agent": "front"})
        await page.until("document.querySelectorAll('#tools li').length === 3")
        tools = await page.run("document.querySelector('#tools').innerText")
        figures = await page.run("document.querySelector('#figures').innerText")
        records.variables["verified"] = False
        await page.until("document.querySelector('#variables .changed')?.innerText.includes('false')")
        known = await page.run("document.querySelector('#variables').innerText")
        link = await page.run("document.querySelector('#whole').href")

    assert "number: 77" in tools
    assert "find_order by orders, 5.00 s, failed" in tools
    assert "Tokens\n6,900 in, 810 out" in figures
    assert "Cost\n$0.0360" in figures
    assert "secret:card" in known
    assert link.endswith(f"/calls#{CALL}")


@needs_browser
async def test_without_the_right_the_page_shows_what_it_sees_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools by name and time, without arguments; no word of what is refused."""
    async with opened(monkeypatch) as (gateway, page):
        Records(key=KEY).serve(gateway.app)
        call = await begin(gateway, page)
        call.caller.announce("call.started", {"call": CALL, "team": "helpdesk", "agent": "front"})
        call.caller.announce("tool.called", {"agent": "front", "name": "find_order", "call_id": "c1"})
        call.caller.announce("tool.returned", {"agent": "front", "name": "find_order", "ok": True, "seconds": 0.25})
        await page.until("document.querySelector('#tools').innerText.includes('find_order by front, 250 ms')")
        assert await page.run("document.querySelector('#known').hidden && document.querySelector('#problem').hidden")


@needs_browser
async def test_states_of_sessions_are_in_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open, lost, restored, renewed: as text in the box of the agent and beside its name."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        state = "document.querySelector('#agent-billing .state').textContent === '{}'"
        for name, shown in {"lost": "lost", "restored": "open", "renewed": "renewed"}.items():
            call.caller.announce(f"session.{name}", {"agent": "billing"})
            await page.until(state.format(shown))
        assert await page.run("document.querySelector('#row-billing').innerText.includes('renewed')")


@needs_browser
async def test_a_session_that_was_opened_ahead_is_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of the call says so, until the agent has the caller."""
    warm = happened.held("billing", 0.1, 0.5, 2.0, Opening.WARM, fate="open")
    records = Records(timelines={CALL: [as_json(warm)]})
    state = "document.querySelector('#agent-billing .state').textContent === '{}'"
    async with opened(monkeypatch) as (gateway, page):
        records.serve(gateway.app)
        call = await begin(gateway, page)
        call.caller.announce("call.started", {"call": CALL, "team": "helpdesk", "agent": "front"})
        await page.until(state.format("warm"))
        call.caller.announce("handoff.completed", {"from": "front", "to": "billing", "seconds": 0.1})
        await page.until(state.format("open"))


@needs_browser
async def test_the_transcript_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As text, with times, who spoke, and what was cut."""
    async with opened(monkeypatch) as (gateway, page):
        call = await begin(gateway, page)
        speak(call, 1, "Hello.", 100)
        call.caller.announce("tool.called", {"agent": "front", "name": "find_order", "call_id": "c1"})
        await page.until("document.querySelectorAll('#transcript li').length === 2")
        text = await page.run("import('/console/conversation.js').then((conversation) => conversation.asText())")

    assert re.fullmatch(r"0:0\d\.\d  front: Hello\.\n0:0\d\.\d  front uses find_order\n", text)


class Line:
    """What lies between the browser and the server: it can be cut."""

    def __init__(self, port: int) -> None:
        self.to = port
        self.writers: set[asyncio.StreamWriter] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what either side says."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        self.writers |= {writer, far_writer}
        for one, other in ((reader, far_writer), (far_reader, writer)):
            self.tasks.add(asyncio.get_running_loop().create_task(self.carry(one, other)))

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one direction."""
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    def cut(self) -> None:
        """Drop all connections without a word."""
        for writer in self.writers:
            writer.transport.abort()


@needs_browser
@pytest.mark.parametrize("there", [True, False], ids=["the connection", "the server"])
async def test_p71_a_connection_that_is_lost(monkeypatch: pytest.MonkeyPatch, *, there: bool) -> None:
    """P71: the page says which of both is gone, and nothing of a server that is full."""
    async with serve(monkeypatch) as gateway, tab() as page:
        line = Line(gateway.port)
        listening = await asyncio.start_server(line.connect, "127.0.0.1", 0)
        await page.open(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        await begin(gateway, page)
        if not there:
            listening.close()
        line.cut()
        await page.until("!document.querySelector('#problem').hidden")
        told = await page.run("document.querySelector('#problem').innerText")
        listening.close()
        line.cut()
        await asyncio.gather(*line.tasks)

    assert told == (
        "The connection to the server was lost. Start the call again."
        if there
        else "The connection was lost: the server does not answer any more."
    )


@needs_browser
async def test_p71_a_server_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """P71: it takes no more calls, and is not lost."""
    async with opened(monkeypatch, max_calls=1) as (gateway, page), gateway.connect() as other:
        await receive(other)
        await page.until("document.querySelector('#start').disabled === false")
        await page.click("#start")
        await page.until("!document.querySelector('#problem').hidden")

        assert "takes no more calls" in await page.run("document.querySelector('#problem').innerText")


READABLE = """JSON.stringify([...document.querySelectorAll('#graph text:not(:empty)')].map(text => {
    const seen = text.getBoundingClientRect();
    return {kind: text.getAttribute('class'), text: text.textContent, height: seen.height, width: seen.width};
}))"""
SEEN = """(() => {
    const box = document.querySelector('#agent-%s rect').getBoundingClientRect();
    const frame = document.querySelector('#graph').getBoundingClientRect();
    return box.left >= frame.left - 1 && box.right <= frame.right + 1;
})()"""


@needs_browser
@pytest.mark.parametrize("size", ["1200,800", "1440,900", "800,900", "400,800"])
async def test_p71_a_team_of_eight_can_be_read(monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    """P71: no line of the drawing is lower than 9 pixels, and whoever gets the caller is in sight."""
    clinic = load_team(Path(__file__).parent / "clinic.yaml", environ={})
    width, height = map(int, size.split(","))
    async with serve(monkeypatch, team=clinic) as gateway, tab() as page:
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await page.command("Emulation.setDeviceMetricsOverride", **screen)
        await page.open(gateway.url)
        call = await begin(gateway, page)
        texts = json.loads(await page.run(READABLE))
        for agent in clinic.agents:
            if clinic.agents[agent].kind == "voice":
                call.caller.announce("handoff.completed", {"from": "x", "to": agent, "seconds": 0.1})
                await page.until(f"document.querySelector('#agent-{agent}').classList.contains('active')")
                await page.until(SEEN % agent)
        if folder := os.environ.get("CONSOLE_PICTURES"):
            (Path(folder) / f"clinic-{size}.png").write_bytes(await page.picture())

    names = [text for text in texts if text["kind"] == "name"]
    assert {text["text"] for text in names} == set(clinic.agents)
    assert min(text["height"] for text in names) >= 11
    assert min(text["height"] for text in texts) >= 9
    assert violations(page) == []


async def get(gateway: Gateway, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        return await client.get(path)


@pytest.mark.parametrize(("path", "name"), [("/", "console"), ("/calls", "calls"), ("/desk", "desk")])
async def test_the_page_is_strict(monkeypatch: pytest.MonkeyPatch, path: str, name: str) -> None:
    """The page may run and load its own files only, and all of them are there."""
    async with serve(monkeypatch) as gateway:
        page = await get(gateway, path)
        files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        answers = [await get(gateway, f"/{file}") for file in files]

        again = await get(gateway, "/console/index.html")

    policy = page.headers["content-security-policy"]
    assert again.headers["content-security-policy"] == policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert [answer.status_code for answer in answers] == [200] * len(files)
    assert {f"console/{name}.js", "console/style.css"} <= set(files)


@pytest.mark.parametrize("path", sorted(FILES.iterdir()), ids=lambda path: path.name)
def test_the_page_names_no_other_host(path: Path) -> None:
    """No file of the page loads anything from elsewhere."""
    addresses = re.findall(r"(?:https?|wss?)://[^\s\"'`]+", path.read_text(encoding="utf-8"))

    assert set(addresses) <= {"http://www.w3.org/2000/svg"}


async def test_only_the_files_of_the_page_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the code beside them nor anything above them."""
    async with serve(monkeypatch) as gateway:
        for path in ("pages.py", "../pages.py", "%2e%2e/pages.py", "__init__.py"):
            assert (await get(gateway, f"/console/{path}")).status_code == 404
