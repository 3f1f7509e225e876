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
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestrator.core.events import CallerAsked, CallerSpoke, CallerTruncated, CallerTyped, Ending, Event
from orchestrator.gateway.console.pages import FILES
from tests.gateway.serving import Gateway, ScriptedCall, serve
from tests.gateway.webrtc.browser import CHROMIUM, Page, chromium
from tests.patience import PATIENCE

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
async def opened(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *flags: str, **said: Any
) -> AsyncIterator[tuple[Gateway, Page]]:
    """Serve, start a browser and open the page."""
    async with serve(monkeypatch, **said) as gateway, chromium(folder / "profile", *flags) as page:
        await page.open(gateway.url)
        yield gateway, page


async def begin(gateway: Gateway, page: Page) -> ScriptedCall:
    """Start the call in the page, as far as the request for the greeting."""
    await page.until("document.querySelector('#start').disabled === false")
    await page.click("#start")
    await page.until("document.querySelector('#status').innerText === 'Connected'")
    assert isinstance(await until(gateway.calls[0], CallerAsked), CallerAsked)
    return gateway.calls[0]


def violations(page: Page) -> list[str]:
    """Return what the browser complained about."""
    return [
        message for message in page.messages if "Content Security Policy" in message or "exception" in message.lower()
    ]


@needs_browser
async def test_a_call_with_a_handoff_in_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The page shows the team, asks for the greeting, shows words with agents' names, and lights who has the caller."""
    async with opened(monkeypatch, tmp_path) as (gateway, page):
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
        speak(call, 2, "Which invoice is it?", 300)
        call.caller.announce("handoff.completed", {"from": "front", "to": "billing", "seconds": 0.2})
        await page.until("document.querySelector('#agent-billing').classList.contains('active')")
        await page.until("document.querySelectorAll('#transcript li').length === 4")
        rows = "[...document.querySelectorAll('#transcript li')].map(row => row.innerText.replace(/\\n/g, ': '))"
        shown = await page.run(rows)
        if folder := os.environ.get("CONSOLE_PICTURES"):
            (Path(folder) / "console.png").write_bytes(await page.picture())

    assert [row.removeprefix(": ") for row in shown] == [
        "front: Welcome to the helpdesk.",
        "You: my invoice is wrong",
        "front hands you over to billing",
        "billing: Which invoice is it?",
    ]
    assert violations(page) == []


@needs_browser
async def test_barge_in_tells_what_was_really_played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """At `speech_started` the sound stops, and the item is truncated to less than was sent."""
    async with opened(monkeypatch, tmp_path) as (gateway, page):
        call = await begin(gateway, page)
        speak(call, 1, "This is a very long answer indeed.", 20_000)
        await page.until("document.querySelector('#transcript li') !== null")
        call.caller.tell({"type": "input_audio_buffer.speech_started", "item_id": "item_u", "audio_start_ms": 0})
        truncated = await until(call, CallerTruncated)
        await page.until("document.querySelector('#transcript li.cut') !== null")

    assert truncated.item_id == "item_1"
    assert 0 <= truncated.ms < 20_000


@needs_browser
async def test_the_microphone_is_heard_at_24_khz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A press on the button sends the microphone's sound in chunks of 40 ms; a second press sends silence and stops."""
    voice = tmp_path / "voice.wav"
    with wave.open(str(voice), "wb") as file:
        file.setparams((1, 2, 44100, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(12000 * math.sin(index / 8))) for index in range(44100 * 3)))
    async with opened(monkeypatch, tmp_path, f"--use-file-for-fake-audio-capture={voice}") as (gateway, page):
        call = await begin(gateway, page)
        await page.click("#talk")
        frames = [await until(call, CallerSpoke) for _ in range(20)]
        assert await page.run("document.querySelector('#talk').getAttribute('aria-pressed')") == "true"
        await page.click("#talk")
        await page.until("document.querySelector('#talk').getAttribute('aria-pressed') === 'false'")
        while (await until(call, CallerSpoke)).ms != 100:
            pass

    assert {frame.ms for frame in frames} == {40.0}
    heard = b"".join(base64.b64decode(json.loads(frame.frame)["audio"]) for frame in frames)
    assert max(abs(sample) for (sample,) in struct.iter_unpack("<h", heard)) > 1000


@needs_browser
async def test_a_key_is_asked_for_and_kept_out_of_sight(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server with keys makes the page ask; a wrong key is told, the right one works and is stored nowhere."""
    async with opened(monkeypatch, tmp_path, api_keys="page-key-1") as (gateway, page):
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
async def test_problems_are_told_in_plain_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A call that ends with a failure says so, and another can be started."""
    async with opened(monkeypatch, tmp_path) as (gateway, page):
        call = await begin(gateway, page)
        call.end(Ending.UNREACHABLE, "agents unreachable")
        await page.until("document.querySelector('#problem').innerText.includes('agents cannot be reached')")

        assert await page.run("document.querySelector('#start').hidden") is False


async def get(gateway: Gateway, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        return await client.get(path)


async def test_the_page_is_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page may run and load its own files only, and all of them are there."""
    async with serve(monkeypatch) as gateway:
        page = await get(gateway, "/")
        files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        answers = [await get(gateway, f"/{path}") for path in files]

        again = await get(gateway, "/console/index.html")

    policy = page.headers["content-security-policy"]
    assert again.headers["content-security-policy"] == policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert [answer.status_code for answer in answers] == [200] * len(files)
    assert {"console/console.js", "console/style.css"} <= set(files)


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
