"""The page at `/desk` in a real browser: persons see calls, listen, take them, speak in them and give them back."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import os
import struct
import wave
from array import array
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from orchestrator.people import session as person_session
from orchestrator.testing import call, say
from tests.calls import CallerClient, Desk, desk
from tests.gateway.console.test_pages import Line, needs_browser, violations
from tests.gateway.webrtc.browser import Page, chromium
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
    tools: [tools.py:find_order]
    handoffs: {{colleague: {{when: the caller wants a person, returns: true}}}}
  colleague:
    kind: person
    desk: support
    brief: spoken
    tools: [tools.py:find_order]
    wait: {{limit: 90, say: I am looking for a colleague., then: front}}
    handoffs: [front]
people:
  support: {{keys: desk-key-1}}
  trainee: {{may: [listen], keys: desk-key-2}}
"""
KEYS = {"support": "desk-key-1", "trainee": "desk-key-2"}
RATE = 24_000
CALLER_HZ, PERSON_HZ = 330, 160
CALLER_WORDS, PERSON_WORDS = "Where is my order?", "I promise you a refund."
# Remembers what the page plays, how often it asks for a microphone, and what it sends, from before its first line on.
SPY = """
window.played = []; window.asked = []; window.sent = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  window.played.push({ rate: this.buffer.sampleRate, samples: [...this.buffer.getChannelData(0)] });
  return start.apply(this, when);
};
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) => { window.asked.push(wanted); return ask(wanted); };
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) { window.sent.push(JSON.parse(text)); return send.call(this, text); };
"""
STATUS = "document.querySelector('#status').innerText"
PROBLEM = "document.querySelector('#problem').innerText"
LINES = "[...document.querySelectorAll('#transcript li')].map((row) => row.innerText.replace('\\n', ': '))"


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
    kept = loudest[:1600]
    lags = range(RATE // 500, RATE // 100)
    likeness = [sum(one * other for one, other in zip(kept[::4], loudest[lag : lag + 1600 : 4])) for lag in lags]
    return RATE / lags[max(range(len(lags)), key=likeness.__getitem__)]


def like(pcm: bytes, hz: int) -> bool:
    """Return whether a voice of a pitch is heard."""
    return abs(pitch(pcm) / hz - 1) < 0.1


def ears(pcm: bytes) -> str:
    """Understand both voices of these tests."""
    return PERSON_WORDS if like(pcm, PERSON_HZ) else CALLER_WORDS


def microphone(folder: Path) -> str:
    """Record the person's voice, with pauses; returns the flag with which a browser has it as its microphone."""
    path = folder / "person.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(voice(PERSON_HZ, 1500) + bytes(2 * RATE))
    return f"--use-file-for-fake-audio-capture={path}"


async def talk(caller: CallerClient, ms: int = 1000, pause: int = 1000) -> None:
    """Let the caller say something, in frames of 20 ms."""
    pcm = voice(CALLER_HZ, ms) + bytes(2 * RATE * pause // 1000)
    for at in range(0, len(pcm), 960):
        await caller.send("input_audio_buffer.append", audio=base64.b64encode(pcm[at : at + 960]).decode())


@asynccontextmanager
async def worker(
    url: str, folder: Path, *flags: str, role: str = "support", key: str | None = None
) -> AsyncIterator[Page]:
    """Open the page in a browser, and the desk with it."""
    folder.mkdir(exist_ok=True)
    async with chromium(folder / "profile", microphone(folder), *flags) as page:
        await page.command("Page.enable")
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=SPY)
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
    find = f"[...document.querySelectorAll('button')].find((one) => one.checkVisibility() && one.innerText === '{text}')"
    await page.until(f"({find}) !== undefined")
    await page.run(f"({find}).click()")


async def fill(page: Page, **fields: str) -> None:
    """Fill in fields of the call's forms."""
    for name, value in fields.items():
        await page.until(f"document.querySelector('[name=\"{name}\"]') !== null")
        await page.run(f"document.querySelector('[name=\"{name}\"]').value = {json.dumps(value)}")


async def ask_for_a_person(at: Desk, caller: CallerClient) -> str:
    """Let a caller wait for a person; returns the call's id."""
    at.service.reply("front", call("transfer_to_colleague", reason="wants a refund"))
    await caller.type("A person, please.")
    await caller.until("team.person.brief")
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
async def test_a_person_takes_a_call_and_gives_it_back(tmp_path: Path) -> None:
    """The brief is there before; both hear each other, and read it; the agent knows what was promised."""
    async with desk(TEAM, ears=ears) as at, at.caller() as caller, worker(at.url, tmp_path) as page:
        await ask_for_a_person(at, caller)
        await page.until("document.querySelector('#queue .brief')?.innerText.includes('A person, please.')")
        await picture(page, "desk-waiting")
        await page.run("window.played.length = 0")
        await press(page, "Accept")
        await caller.until("team.handoff.completed")
        await heard_person(caller)
        await talk(caller)
        await page.until(f"{LINES}.includes('Caller: {CALLER_WORDS}')")
        await page.until(f"{LINES}.includes('You (colleague): {PERSON_WORDS}')")
        heard = await played(page)
        await fill(page, **{"argument number": "7"})
        await press(page, "Run")
        await page.until("document.querySelector('#functions').innerText.includes('Order 7 is on its way.')")
        await picture(page, "desk-talking")
        at.service.reply("front", say("I am back."))
        await fill(page, note="we pay the money back")
        await press(page, "Give back")
        await caller.until("team.handoff.completed", 2)
        await page.until(f"{STATUS} === 'You have no caller'")
        session = await at.service.session("front")
        open_microphones = await page.run("window.tracks ?? 0")

    assert like(heard, CALLER_HZ)
    assert open_microphones == 0
    told = json.dumps(session.session.conversation, default=str) if hasattr(session.session, "conversation") else ""
    assert "we pay the money back" in told
