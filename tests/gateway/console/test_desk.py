"""The page at `/desk` in a real browser: persons see calls, listen, take them, speak in them and give them back."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import os
import struct
import tempfile
import wave
from array import array
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect

from orchestrator.gateway.desk import worker as desk_worker
from orchestrator.local.speech import g711
from orchestrator.testing import ScriptedConnection, call, say
from tests.calls import TOOLS, CallerClient, Desk, Event, desk
from tests.gateway.console.test_pages import Line, needs_browser, violations
from tests.gateway.webrtc.browser import Page, tab
from tests.gateway.webrtc.phone import strongest
from tests.patience import PATIENCE

TEAM = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
variables: {{order: null, card: {{type: string, secret: true, default: "4111222244443333"}}}}
agents:
  front:
    model: service/front
    instructions: Find out what the caller needs.
    greeting: Hello.
    tools: [tools.py:find_order, {{tool: tools.py:refund, confirm: person}}]
    handoffs: {{colleague: {{when: the caller wants a person, returns: true}}, nurse: the caller is in pain}}
  colleague:
    kind: person
    desk: support
    brief: spoken
    tools: [tools.py:find_order]
    wait: {{limit: 90, say: I am looking for a colleague., then: front}}
    handoffs: [front]
  nurse:
    kind: person
    desk: doctor
    wait: {{limit: 90, say: I am looking for a nurse., then: front, sound: none}}
    handoffs: [{{front: {{needs: [order]}}}}]
people:
  support: {{keys: desk-key-1}}
  trainee: {{may: [listen], keys: desk-key-2}}
  doctor: {{may: [take], keys: desk-key-3}}
"""
REFUND = (
    TOOLS
    + '''

def refund(amount: int) -> str:
    """Pay money back."""
    return f"{amount} euros are on their way."
'''
)
KEYS = {"support": "desk-key-1", "trainee": "desk-key-2", "doctor": "desk-key-3"}
RATE = 24_000
CALLER_HZ, PERSON_HZ = 330, 160
CALLER_WORDS, PERSON_WORDS = "Where is my order?", "I promise you a refund."
# Remembers what the page plays, the microphones it gets, and what it sends, from before its first line on.
SPY = """
window.played = []; window.streams = []; window.sent = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  window.played.push({ rate: this.buffer.sampleRate, samples: [...this.buffer.getChannelData(0)] });
  return start.apply(this, when);
};
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  window.streams.push({ wanted: wanted.audio, stream });
  return stream;
};
window.live = () =>
  window.streams.flatMap(({ stream }) => stream.getTracks()).filter((track) => track.readyState === "live");
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) { window.sent.push(JSON.parse(text)); return send.call(this, text); };
"""
STATUS = "document.querySelector('#status').innerText"
PROBLEM = "document.querySelector('#problem').innerText"
LINES = "[...document.querySelectorAll('#transcript li')].map((row) => row.innerText.replace('\\n', ': '))"


@pytest.fixture(autouse=True)
def frames_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the desk without WebRTC: audio is in the frames of the socket."""
    monkeypatch.setattr(desk_worker, "installed", lambda: False)


def voice(hz: int, ms: int) -> bytes:
    """Return something like a voice of a pitch, in PCM16 at 24 kHz: harmonics, in syllables."""
    samples = array("h")
    for at in range(RATE * ms // 1000):
        wave_form = sum(math.sin(2 * math.pi * hz * number * at / RATE) / number for number in range(1, 6))
        samples.append(round(4500 * wave_form * (0.2 + 0.8 * abs(math.sin(math.pi * 4 * at / RATE)))))
    return samples.tobytes()


def pitch(pcm: bytes) -> float:
    """Return the pitch of the loudest tenth of a second, in Hz; 0 when all is silent."""
    samples, size = array("h", pcm[: len(pcm) // 2 * 2]), RATE // 10
    blocks = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
    loudest = max(blocks, key=lambda block: sum(map(abs, block)), default=array("h"))
    if sum(map(abs, loudest)) < 300 * len(loudest) or not loudest:
        return 0
    lags = range(RATE // 500, RATE // 100)
    likeness = [sum(loudest[at] * loudest[at + lag] for at in range(0, 1600, 4)) for lag in lags]
    return RATE / lags[max(range(len(lags)), key=likeness.__getitem__)]


def like(pcm: bytes, hz: int) -> bool:
    """Return whether a voice of a pitch is heard."""
    return abs(pitch(pcm) / hz - 1) < 0.1


def ears(pcm: bytes) -> str:
    """Understand both voices of these tests."""
    return PERSON_WORDS if like(pcm, PERSON_HZ) else CALLER_WORDS


@cache
def microphone() -> str:
    """Record the person's voice, with pauses; returns the flag with which a browser has it as its microphone."""
    path = Path(tempfile.gettempdir()) / "orchestrator-person.wav"
    written = path.with_suffix(f".{os.getpid()}")
    with wave.open(str(written), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(voice(PERSON_HZ, 1500) + bytes(2 * RATE))
    written.replace(path)
    return f"--use-file-for-fake-audio-capture={path}"


async def talk(caller: CallerClient, ms: int = 1000, pause: int = 1000) -> None:
    """Let the caller say something, in frames of 20 ms."""
    pcm = voice(CALLER_HZ, ms) + bytes(2 * RATE * pause // 1000)
    for at in range(0, len(pcm), 960):
        await caller.send("input_audio_buffer.append", audio=base64.b64encode(pcm[at : at + 960]).decode())


@asynccontextmanager
async def worker(
    url: str, *flags: str, role: str = "support", key: str | None = None, script: str = SPY
) -> AsyncIterator[Page]:
    """Open the page in a browser, and the desk with it."""
    async with tab(microphone(), *flags) as page:
        await page.command("Page.enable")
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=script)
        await page.open(f"{url.replace('ws', 'http', 1)}/desk?role={role}")
        await enter(page, KEYS[role] if key is None else key)
        if key is None:
            await page.until(f"{STATUS} === 'Open for {role}'")
        yield page
        assert violations(page) == []


async def enter(page: Page, key: str) -> None:
    """Type a key and open the desk."""
    await page.run(f"document.querySelector('#key').value = '{key}'")
    await page.click("#entry button")


async def press(page: Page, text: str) -> None:
    """Wait for a button and press it."""
    find = (
        f"[...document.querySelectorAll('button')].find((one) => one.checkVisibility() && one.innerText === '{text}')"
    )
    await page.until(f"({find}) !== undefined")
    await page.run(f"({find}).click()")


async def fill(page: Page, **fields: str) -> None:
    """Fill in fields of the call's forms."""
    for name, value in fields.items():
        await page.until(f"document.querySelector('[name=\"{name}\"]') !== null")
        await page.run(f"document.querySelector('[name=\"{name}\"]').value = {json.dumps(value)}")


async def ask_for_a_person(at: Desk, caller: CallerClient, person: str = "colleague") -> str:
    """Let a caller wait for a person; returns the call's id."""
    at.service.reply("front", call(f"transfer_to_{person}", reason="wants a refund"))
    await caller.type("A person, please.")
    await caller.until("team.person.waiting")
    return str((await caller.until("team.call.started"))["call"])


def heard_by(caller: CallerClient) -> bytes:
    """Return the sound that the caller was given."""
    return b"".join(base64.b64decode(event["delta"]) for event in caller.of("response.output_audio.delta"))


async def heard_person(caller: CallerClient) -> None:
    """Wait until the caller hears the person's voice."""
    count = 0
    async with asyncio.timeout(PATIENCE):
        while not like(heard_by(caller)[-2 * RATE :], PERSON_HZ):
            count = len(caller.of("response.output_audio.delta")) + 10
            await caller.until("response.output_audio.delta", count)


async def played(page: Page) -> bytes:
    """Return the sound that the page has played."""
    pieces: Iterable[dict[str, Any]] = await page.run("window.played")
    return b"".join(
        struct.pack(f"<{len(piece['samples'])}h", *(int(32767 * one) for one in piece["samples"])) for piece in pieces
    )


async def picture(page: Page, name: str) -> None:
    """Keep a screenshot, if somebody wants to look at it."""
    if folder := os.environ.get("CONSOLE_PICTURES"):
        (Path(folder) / f"{name}.png").write_bytes(await page.picture())


@needs_browser
async def test_a_person_takes_a_call_and_gives_it_back() -> None:
    """The brief is there before; both hear each other at once, and read it; the agent knows what was promised."""
    async with desk(TEAM, REFUND, ears=ears) as at, at.caller() as caller, worker(at.url) as page:
        await ask_for_a_person(at, caller)
        await page.until("document.querySelector('#queue .brief')?.innerText.includes('A person, please.')")
        await picture(page, "desk-waiting")
        assert await page.run("window.streams.length") == 0
        await press(page, "Accept")
        await caller.until("team.handoff.completed")
        await heard_person(caller)
        assert "hand_back" not in await page.run("document.querySelector('#call-brief').innerText")
        await talk(caller)  # while the person speaks
        await heard_person(caller)
        await page.until(f"{LINES}.includes('Caller: {CALLER_WORDS}')")
        await page.until(f"{LINES}.includes('You (colleague): {PERSON_WORDS}')")
        heard = await played(page)
        wanted = await page.run("window.streams[0].wanted")
        await fill(page, **{"argument number": "7"})
        await press(page, "Run")
        await page.until("document.querySelector('#functions').innerText.includes('Order 7 is on its way.')")
        await picture(page, "desk-talking")
        at.service.reply("front", say("Your money is on its way."))
        await fill(page, note="we pay the money back")
        await press(page, "Give back")
        await caller.until("team.handoff.completed", 2)
        await page.until(f"{STATUS} === 'You have no caller'")
        await page.until("window.live().length === 0")
        front = (await at.service.session("front")).received
        sent = await page.run("window.sent.filter((event) => event.type === 'input_audio_buffer.append')")

    assert like(heard, CALLER_HZ)
    assert {wanted[name] for name in ("echoCancellation", "noiseSuppression", "autoGainControl")} == {True}
    assert {len(base64.b64decode(event["audio"])) for event in sent} == {960}  # frames of 20 ms
    told = json.dumps([event for event in front if event["type"] == "conversation.item.create"])
    assert "we pay the money back" in told
    assert PERSON_WORDS in told


@needs_browser
async def test_what_agents_write_to_a_person_waits_at_the_desk() -> None:
    """Until somebody has the caller as that person, who is told it; a page that opens later shows it too."""
    written = TEAM.replace("handoffs: {{colleague", "messages: [colleague]\n    handoffs: {{colleague")
    shown = "document.querySelector('#messages')?.innerText ?? ''"
    async with desk(written, REFUND, ears=ears) as at, at.caller() as caller:
        at.service.reply("front", call("message_colleague", text="They have waited for weeks.", urgent=False))
        async with worker(at.url) as page:
            await caller.type("I have waited for weeks.")
            await page.until(f"({shown}).includes('For colleague, from front')")
            await picture(page, "desk-message")
        async with worker(at.url) as page:
            await page.until(f"({shown}).includes('They have waited for weeks.')")
            await ask_for_a_person(at, caller)
            await press(page, "Accept")
            await page.until(f"{LINES}.some((line) => line.includes('They have waited for weeks.'))")
            await page.until("document.querySelector('#written').hidden")


@needs_browser
async def test_whoever_listens_has_no_microphone() -> None:
    """Both sides are heard; a role that may only listen sees no button for more."""
    async with (
        desk(TEAM, REFUND, ears=ears) as at,
        at.caller() as caller,
        worker(at.url, role="trainee") as page,
    ):
        await caller.until("team.call.started")
        await page.until("document.querySelector('#calls button') !== null")
        await page.click("#calls button")
        await press(page, "Listen")
        await page.until("document.querySelector('[data-action=listen]').getAttribute('aria-pressed') === 'true'")
        at.service.reply("front", say("Which order is it?", 400))
        await talk(caller)
        await page.until(f"{LINES}.includes('Caller: {CALLER_WORDS}')")
        await page.until(f"{LINES}.includes('front: Which order is it?')")
        number = int(base64.b64decode(caller.of("response.output_audio.delta")[0]["delta"])[0])
        agent = f"window.played.some(({{ samples }}) => samples.at(-1) === {number} / 32768)"
        await page.until(agent)
        heard = await played(page)
        await ask_for_a_person(at, caller)
        await page.until("document.querySelector('#calls .who').innerText.includes('waits for colleague')")
        buttons = await page.run(
            "[...document.querySelectorAll('#lists button, #call button')].map((one) => one.innerText)"
        )
        sent = await page.run("window.sent.map((event) => event.type)")
        asked = await page.run("window.streams.length")

    assert like(heard, CALLER_HZ)
    assert [text for text in buttons if "With front" not in text] == ["Stop listening"]
    assert set(sent) == {"team.person.watch", "team.person.listen"}
    assert asked == 0


@needs_browser
async def test_a_person_takes_over_mutes_and_hangs_up() -> None:
    """Without having been asked; what the microphone hears then goes nowhere; hanging up takes two presses."""
    async with desk(TEAM, REFUND, ears=ears) as at, at.caller() as caller, worker(at.url) as page:
        await caller.until("team.call.started")
        await page.until("document.querySelector('#calls button') !== null")
        await page.click("#calls button")
        await press(page, "Take over")
        await heard_person(caller)
        await press(page, "Mute my microphone")
        await page.until("document.querySelector('[data-action=mute]').getAttribute('aria-pressed') === 'true'")
        last = await page.run("window.sent.filter((event) => event.type === 'input_audio_buffer.append').at(-1).audio")
        sounds = "window.sent.filter((event) => event.type === 'input_audio_buffer.append').length"
        count = await page.run(sounds)
        await press(page, "Run")
        await page.until(f"{PROBLEM}.includes('number')")  # is missing
        assert await page.run("document.querySelector('[data-action=mute]').getAttribute('aria-pressed')") == "true"
        assert await page.run(sounds) == count
        await press(page, "Muted – press to speak")
        await page.until(f"{sounds} > {count} + 5")
        await press(page, "Hang up")
        await press(page, "Press again to hang up")
        code, _ = await caller.closed()
        await page.until("document.querySelector('#call-title').innerText === 'Call, over'")
        await page.until("window.live().length === 0")

    assert not any(base64.b64decode(last))
    assert code == 1000


@needs_browser
async def test_whoever_may_only_take_calls_sees_those_who_wait() -> None:
    """No other call; the brief in full; a caller who may not be given back stays, and is heard again."""
    async with (
        desk(TEAM, REFUND) as at,
        at.caller() as caller,
        worker(at.url, role="doctor") as page,
    ):
        await ask_for_a_person(at, caller, "nurse")
        await press(page, "Accept")
        await heard_person(caller)
        await page.until("document.querySelector('#call-brief').innerText.includes('wants a refund')")
        assert await page.run("document.querySelector('#all').checkVisibility()") is False
        assert await page.run("document.querySelector('#facts').checkVisibility()") is False
        await fill(page, to="front")
        await press(page, "Give back")
        await page.until(f"{PROBLEM}.includes('needs order')")
        await page.until("document.querySelector('[data-action=mute]').getAttribute('aria-pressed') === 'false'")
        before = len(heard_by(caller))
        await caller.until("response.output_audio.delta", len(caller.of("response.output_audio.delta")) + 100)
        heard = heard_by(caller)[before:]
        await caller.socket.close()
        await page.until("!document.querySelector('#call').checkVisibility()")
        sent = await page.run("window.sent.map((event) => event.type)")

    assert like(heard, PERSON_HZ)
    assert set(sent) == {"team.person.accept", "team.person.give_back", "input_audio_buffer.append"}


@needs_browser
async def test_the_agent_is_told_something() -> None:
    """A note that it knows, something to say, and an instruction, each with when it is spoken of."""
    async with desk(TEAM, REFUND, ears=ears) as at, at.caller() as caller, worker(at.url) as page:
        await caller.until("team.call.started")
        await page.until("document.querySelector('#calls button') !== null")
        await page.click("#calls button")
        front = await at.service.session("front")
        for purpose, when in (("note", "silent"), ("say", "when_idle"), ("instruct", "interrupt")):
            await fill(page, words=f"to {purpose}")
            choose = f"(field) => {{ field.value = '{purpose}'; field.dispatchEvent(new Event('change')); }}"
            await page.run(f"({choose})(document.querySelector('[name=purpose]'))")
            if when == "interrupt":
                await fill(page, when=when)
            await press(page, "Tell")
        async with asyncio.timeout(PATIENCE):
            while "to instruct" not in json.dumps(front.received):
                await front.wait_for("conversation.item.create", len(front.of("conversation.item.create")) + 1)
        sent = await page.run("window.sent.filter((event) => event.text).map(({ type, when }) => [type, when])")

    assert sent == [
        ["team.person.note", "silent"],
        ["team.person.say", "when_idle"],
        ["team.person.instruct", "interrupt"],
    ]
    assert all(f"to {purpose}" in json.dumps(front.received) for purpose in ("note", "say"))


@needs_browser
async def test_secrets_are_not_shown() -> None:
    """Of a variable that is secret only that it is known."""
    async with desk(TEAM, REFUND) as at, at.caller() as caller, worker(at.url) as page:
        await caller.until("team.call.started")
        await page.until("document.querySelector('#calls button') !== null")
        await page.click("#calls button")
        await caller.type("My card is 4111222244443333.")
        await page.until("document.querySelector('#variables').innerText.includes('••••')")
        await caller.until("response.done")
        await page.run("document.querySelector('#calls button').click()")
        await page.until("document.querySelector('#transcript').innerText.includes('My card is')")
        markup = await page.run("document.documentElement.outerHTML")

    assert "not known" in markup  # the order
    assert "4111222244443333" not in markup


@needs_browser
async def test_the_first_who_accepts_has_the_call() -> None:
    """The others are told, and have nobody in their queue any more."""
    async with desk(TEAM, REFUND) as at, at.caller() as caller, worker(at.url) as page:
        waiting = await ask_for_a_person(at, caller)
        await page.until("document.querySelector('#queue li') !== null")
        address, key = f"{at.url}/v1/realtime?desk=support", {"authorization": "Bearer desk-key-1"}
        async with connect(address, additional_headers=key) as other:
            await other.send(json.dumps({"type": "team.person.accept", "call": waiting}))
            await caller.until("team.handoff.completed")
            await page.until(f"{STATUS} === 'Somebody else has taken the call'")
            await page.until("document.querySelector('#queue li') === null")
            await page.click("#calls button")
            await press(page, "Take over")
            await page.until("!document.querySelector('#problem').hidden")


@needs_browser
async def test_a_person_declines() -> None:
    """When nobody else is there, the caller goes on with the agent that the file names."""
    async with desk(TEAM, REFUND) as at, at.caller() as caller, worker(at.url) as page:
        await ask_for_a_person(at, caller)
        await press(page, "Decline")
        missed = await caller.until("team.person.missed")
        await page.until("document.querySelector('#queue li') === null")

    assert missed["agent"] == "colleague"


@asynccontextmanager
async def line_to(at: Desk) -> AsyncIterator[tuple[Line, asyncio.Server, int]]:
    """Put a line between a browser and the server; yields it, who listens at its end, and the port."""
    line = Line(int(at.url.rpartition(":")[2]))
    listening = await asyncio.start_server(line.connect, "127.0.0.1", 0)
    try:
        yield line, listening, listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        line.cut()
        await asyncio.gather(*line.tasks)


@needs_browser
async def test_a_lost_connection_is_made_again_and_the_caller_kept() -> None:
    """The page asks for its caller at once, and both hear each other again."""
    async with desk(TEAM, REFUND, ears=ears) as at, at.caller() as caller, line_to(at) as (line, _, port):
        async with worker(f"ws://127.0.0.1:{port}") as page:
            await ask_for_a_person(at, caller)
            await press(page, "Accept")
            await heard_person(caller)
            line.cut()
            await page.until("window.sent.filter((event) => event.type === 'team.person.accept').length > 1")
            await page.until(f"{STATUS} === 'You have a caller'")
            await page.until("document.querySelector('[data-action=mute]') !== null")
            await heard_person(caller)
            assert await page.run("document.querySelector('#problem').hidden")

        assert len(caller.of("team.handoff.completed")) == 1


@needs_browser
async def test_whoever_is_away_for_too_long_is_told() -> None:
    """Their caller is with an agent again."""
    async with (
        desk(TEAM, REFUND, ears=ears, desk_lease=0.4) as at,
        at.caller() as caller,
        line_to(at) as (line, listening, port),
        worker(f"ws://127.0.0.1:{port}") as page,
    ):
        await ask_for_a_person(at, caller)
        await press(page, "Accept")
        await heard_person(caller)
        listening.close()
        line.cut()
        await caller.until("team.person.left")
        await page.until(f"{PROBLEM}.includes('Connecting again')")
        await page.until("window.live().length === 0")
        async with await asyncio.start_server(line.connect, "127.0.0.1", port):
            await page.until(f"{STATUS} === 'Open for support'")
            await page.until(f"{PROBLEM}.startsWith('You do not have your caller any more.')")


@needs_browser
async def test_a_key_is_kept_out_of_sight() -> None:
    """A wrong key, or a wrong role, is told; the right one works and is stored nowhere."""
    async with desk(TEAM, REFUND) as at, worker(at.url, key="wrong") as page:
        await page.until(f"{PROBLEM}.includes('Incorrect API key')")
        await enter(page, "desk-key-1")
        await page.until(f"{STATUS} === 'Open for support'")
        stored = await page.run(
            "location.href + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie"
        )
        markup = await page.run("document.documentElement.outerHTML")

    assert "desk-key-1" not in stored + markup


@needs_browser
async def test_a_person_decides_whether_a_tool_may_run() -> None:
    """Who wants to run what, with which arguments, also after the page was loaded again; the agent gets the answer."""
    async with desk(TEAM, REFUND) as at, at.caller() as caller, worker(at.url) as page:
        front = await at.service.session("front")
        for number, (press_, reason) in enumerate((("Decline", "too much"), ("Approve", "")), start=1):
            at.service.reply("front", call("refund", amount=40))
            at.service.reply("front", say(f"That was answer {number}."))
            await caller.type("I want my money back.")
            await page.until("document.querySelectorAll('#decisions li').length === 1")
            shown = await page.run("document.querySelector('#decisions li').innerText")
            await picture(page, "desk-decisions")
            if number == 1:
                await page.open(f"{at.url.replace('ws', 'http', 1)}/desk?role=support")
                await enter(page, KEYS["support"])
                await page.until("document.querySelectorAll('#decisions li').length === 1")
            await page.run(f"document.querySelector('#decisions input').value = '{reason}'")
            await press(page, press_)
            await caller.until("team.approval.answered", number)
            await page.until("document.querySelector('#deciding').hidden")
            await caller.until("response.done", where=partial(says, f"That was answer {number}."))

    assert "front wants to run refund" in shown
    assert "amount: 40" in shown
    assert "too much" in outputs(front)[0]
    assert outputs(front)[1] == "40 euros are on their way."


def says(words: str, event: Event) -> bool:
    """Return whether an event holds some words."""
    return words in json.dumps(event)


def outputs(session: ScriptedConnection) -> list[str]:
    """Return what an agent's functions were answered with."""
    items = [event["item"] for event in session.of("conversation.item.create")]
    return [str(item["output"]) for item in items if item["type"] == "function_call_output"]


@needs_browser
async def test_a_caller_on_the_telephone() -> None:
    """The page speaks the format of the call: µ-law, also 20 ms at a time."""
    telephone = {"format": {"type": "audio/pcmu"}}
    async with desk(TEAM, REFUND) as at, at.caller() as caller, worker(at.url) as page:
        formats = {"type": "realtime", "audio": {"input": telephone, "output": telephone}}
        await caller.send("session.update", session=formats)
        await caller.until("session.updated")
        await ask_for_a_person(at, caller)
        await press(page, "Accept")
        await page.until("window.sent.some((event) => event.type === 'input_audio_buffer.append')")
        samples = np.frombuffer(voice(CALLER_HZ, 1000), np.int16)[::3]
        await page.run("window.played.length = 0")
        for at_ in range(0, len(samples), 160):
            audio = base64.b64encode(g711.encode(samples[at_ : at_ + 160], law="audio/pcmu")).decode()
            await caller.send("input_audio_buffer.append", audio=audio)
        await page.until("window.played.length > 40")
        rates = await page.run("[...new Set(window.played.map(({ rate }) => rate))]")
        loudest = await page.run("Math.max(...window.played.flatMap(({ samples }) => samples))")
        sent = await page.run("window.sent.filter((event) => event.type === 'input_audio_buffer.append')")

    assert rates == [8000]
    assert abs(32768 * loudest / int(samples.max()) - 1) < 0.05
    assert {len(base64.b64decode(event["audio"])) for event in sent} == {160}


# Remembers the connections of the page, and what is heard on their tracks.
LISTEN = """
window.connections = []; window.track = [];
const Connection = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Connection {
  constructor(...given) {
    super(...given);
    window.connections.push(this);
    this.addEventListener("track", ({ track }) => {
      const context = new AudioContext({ sampleRate: 24000 });
      const recorder = context.createScriptProcessor(1024, 1, 1);
      recorder.onaudioprocess = (event) => {
        window.track.push(...event.inputBuffer.getChannelData(0));
        window.track.splice(0, window.track.length - 24000);
      };
      context.createMediaStreamSource(new MediaStream([track])).connect(recorder).connect(context.destination);
    });
  }
};
"""
UP = "window.connections.at(-1)?.connectionState === 'connected'"
LOUD = "window.track.filter((one) => Math.abs(one) > 0.05).length > 6000"
SENT = "window.sent.filter((event) => event.type === 'input_audio_buffer.append').length"


async def talk_on(caller: CallerClient) -> None:
    """Let the caller talk at the pace of speech, until somebody stops them."""
    clock = asyncio.get_running_loop().time
    due, pcm = clock(), voice(CALLER_HZ, 1000)
    while True:
        for at in range(0, len(pcm), 960):
            await caller.send("input_audio_buffer.append", audio=base64.b64encode(pcm[at : at + 960]).decode())
            due += 0.02
            await asyncio.sleep(max(0.0, due - clock()))


async def loudest_of(page: Page) -> float:
    """Wait until the page hears something by WebRTC; returns the loudest frequency of it, in Hz."""
    await page.until(LOUD)
    samples = 32767 * np.array(await page.run("window.track")).clip(-1, 1)
    return strongest(samples.astype(np.int16).tobytes(), RATE)


@needs_browser
async def test_audio_goes_by_webrtc_where_the_server_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both hear each other, muting holds; in frames again when the connection is gone; closed with the call."""
    monkeypatch.undo()
    flag = "--allow-loopback-in-peer-connection"
    async with (
        desk(TEAM, REFUND, ears=ears) as at,
        at.caller() as caller,
        worker(at.url, flag, script=SPY + LISTEN) as page,
        asyncio.TaskGroup() as group,
    ):
        await ask_for_a_person(at, caller)
        assert await page.run("window.connections.length") == 0
        await press(page, "Accept")
        await page.until(UP)
        count = await page.run(SENT)
        talking = group.create_task(talk_on(caller))
        heard = await loudest_of(page)
        await heard_person(caller)
        await page.until(f"{LINES}.includes('You (colleague): {PERSON_WORDS}')")
        assert await page.run(SENT) == count
        await press(page, "Mute my microphone")
        await page.until("window.live().every((one) => !one.enabled)")
        async with asyncio.timeout(PATIENCE):
            while any(heard_by(caller)[-RATE:]):
                deltas = len(caller.of("response.output_audio.delta"))
                await caller.until("response.output_audio.delta", deltas + 10)
        await press(page, "Muted – press to speak")
        await heard_person(caller)
        await page.run("window.played.length = 0")
        (anna,) = at.calls.desk._present
        assert isinstance(anna, desk_worker.Worker)
        assert anna._line._peer is not None
        await anna._line._peer.close()
        await page.until(f"{SENT} > {count} + 20")
        await page.until("window.played.length > 20")
        await page.until("window.connections.every((one) => one.connectionState === 'closed')")
        talking.cancel()
        await press(page, "Hang up")
        await press(page, "Press again to hang up")
        await page.until("window.live().length === 0")

    assert heard == pytest.approx(CALLER_HZ, rel=0.05)


NAMELESS = """[...document.querySelectorAll('button, input, select')].filter((one) => one.checkVisibility()
    && !(one.getAttribute('aria-label') || one.innerText || one.labels?.length)).length"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@needs_browser
@pytest.mark.parametrize("width", [1280, 400])
async def test_many_calls_can_be_seen(width: int) -> None:
    """None, one and thirty, on a wide and on a narrow screen: nothing is cut off, everything has a name."""
    async with desk(TEAM, REFUND) as at, worker(at.url) as page, AsyncExitStack() as callers:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        await page.command("Emulation.setDeviceMetricsOverride", **size)
        for count in (0, 1, 30):
            while len(at.calls.board.entries()) < count:
                caller = await callers.enter_async_context(at.caller())
                await caller.until("team.call.started")
            if count:
                await ask_for_a_person(at, caller)
                await page.until("document.querySelector('#queue .brief')?.innerText !== ''")
            await page.until(f"document.querySelectorAll('#calls li').length === {count}")
            await picture(page, f"desk-{count}-{width}")
            assert await page.run(TOO_WIDE) <= 0
            assert await page.run(NAMELESS) == 0
        await page.click("#calls button")
        await page.until("!document.querySelector('#facts').hidden")
        await picture(page, f"desk-call-{width}")
        assert await page.run(TOO_WIDE) <= 0
        assert await page.run(NAMELESS) == 0


@needs_browser
@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
async def test_telephone_audio_is_coded_as_on_the_telephone(law: str) -> None:
    """Every sample and every code, as the tables of this package have them."""
    async with desk(TEAM, REFUND) as at, tab() as page:
        await page.open(f"{at.url.replace('ws', 'http', 1)}/desk")
        module = f"{at.url.replace('ws', 'http', 1)}/console/g711.js"
        samples = "Int16Array.from({ length: 65536 }, (_, at) => at - 32768)"
        codes = await page.run(f"import('{module}').then((g) => [...g.encode({samples}, '{law}')])")
        levels = await page.run(
            f"import('{module}').then((g) => [...g.decode(Uint8Array.from({{ length: 256 }}, (_, at) => at), '{law}')])"
        )

    assert bytes(codes) == g711.encode(np.arange(-32768, 32768).astype(np.int16), law=law)
    assert levels == g711.decode(bytes(range(256)), law=law).tolist()
