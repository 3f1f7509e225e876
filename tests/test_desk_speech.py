"""A call as it is in the world, with a person in it: real speech at both microphones, the team on `local`."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from orchestrator.local.speech.audio import Decoder
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.transcription import whisper
from orchestrator.local.speech.voices import VOICES
from orchestrator.terminal.wav import write_wav
from tests.calls import CallerClient, desk
from tests.gateway.console.test_desk import LINES, SPY, STATUS, fill, frames_only, press
from tests.gateway.console.test_pages import needs_browser, violations
from tests.gateway.webrtc.browser import Page, chromium

pytestmark = [pytest.mark.speech, pytest.mark.usefixtures(frames_only.__name__)]
RATE = 24_000
TEAM = """
team: helpdesk
agents:
  reception:
    model: local
    greeting: Brightwell Home, good morning.
    instructions: Find out what the caller needs.
    handoffs:
      colleague:
        when: the caller wants to talk to a person
        examples: [I want to talk to a person, Can I speak to a human]
        returns: true
  colleague:
    kind: person
    desk: support
    brief: spoken
    wait: {{limit: 120, say: I am looking for a colleague., then: reception}}
people: {{support: {{}}}}
"""


def spoken(words: str, voice: str) -> bytes:
    """Return somebody saying something, in PCM16 at 24 kHz."""
    return hibari_speaker().synthesize(words, VOICES[voice], 1.0).tobytes()


async def say(caller: CallerClient, pcm: bytes) -> None:
    """Say something at the pace of speech, and be silent for two seconds."""
    clock = asyncio.get_running_loop().time
    due, sound = clock(), pcm + bytes(4 * RATE)
    for at in range(0, len(sound), 960):
        await caller.send("input_audio_buffer.append", audio=base64.b64encode(sound[at : at + 960]).decode())
        due += 0.02
        await asyncio.sleep(max(0.0, due - clock()))


async def understood(pcm: bytes) -> str:
    """Return the words in a sound."""
    samples = Decoder("audio/pcm").decode(pcm, last=True)
    return await asyncio.to_thread(whisper(None).recognize, samples)


def heard(caller: CallerClient, since: int) -> bytes:
    """Return the sound that the caller was given from an event on."""
    frames = [event for event in caller.events[since:] if event["type"] == "response.output_audio.delta"]
    return b"".join(base64.b64decode(event["delta"]) for event in frames)


async def played(page: Page) -> bytes:
    """Return what the page has played."""
    pieces = await page.run("window.played.map(({ samples }) => samples)")
    return np.array([32767 * one for piece in pieces for one in piece]).astype("<i2").tobytes()


@asynccontextmanager
async def person(url: str, folder: Path, voice: bytes) -> AsyncIterator[Page]:
    """Open the desk in a browser whose microphone hears a person again and again."""
    recording = folder / "person.wav"
    write_wav(recording, voice + bytes(6 * RATE))
    async with chromium(f"--use-file-for-fake-audio-capture={recording}") as page:
        await page.command("Page.enable")
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=SPY)
        await page.open(f"{url.replace('ws', 'http', 1)}/desk?role=support")
        await page.click("#entry button")
        await page.until(f"{STATUS} === 'Open for support'")
        yield page
        assert violations(page) == []


@needs_browser
async def test_a_caller_talks_to_a_person_and_then_to_the_agent_again(tmp_path: Path) -> None:
    """They understand each other, both at once; the agent does not greet again, and knows what was promised."""
    asks, goes_on = (
        spoken(words, "alloy") for words in ("I want to talk to a person.", "Where is my new washing machine?")
    )
    promises = spoken("I will send you a new machine on Monday.", "cedar")
    async with desk(TEAM) as at, at.caller() as caller, person(at.url, tmp_path, promises) as page:
        opened = at.calls.find((await caller.until("team.call.started"))["call"])
        assert opened is not None
        await caller.send("response.create")
        greeting = "response.output_audio_transcript.done"
        await caller.until(greeting)
        await say(caller, asks)
        await caller.until("team.person.waiting")
        await page.until("document.querySelector('#queue .brief')?.innerText.includes('person')")
        await press(page, "Accept")
        await caller.until("team.handoff.completed")
        since = len(caller.events)  # without the hold sound
        await page.run("window.played.length = 0")
        await say(caller, goes_on)  # while the person speaks
        await page.until(f"{LINES}.some((line) => line.startsWith('Caller') && line.includes('machine'))")
        await page.until(f"{LINES}.some((line) => line.startsWith('You') && line.includes('Monday'))")
        at_the_desk, at_the_caller = await played(page), heard(caller, since)
        await fill(page, note="a new machine comes on Monday")
        await press(page, "Give back")
        await caller.until("team.handoff.completed", 2)
        known = json.dumps(opened.running.seen(secrets=False)["transcript"])
        said = await caller.until(greeting, len(caller.of(greeting)) + 1)

    assert "machine" in await understood(at_the_desk)
    assert "Monday" in await understood(at_the_caller)
    assert "Monday" in known
    assert "Brightwell" not in said["transcript"]
