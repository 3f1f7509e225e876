"""The official `openai` client, unchanged, against the server as a user starts it: the sample team on `local`.

The example of the guide is tried out here, too, as a server is needed for it that takes seconds to start.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.voices import VOICES
from tests.docs.pages import CLIENTS, block
from tests.patience import BUSY, PATIENCE

pytestmark = pytest.mark.speech
ROOT = Path(__file__).parent.parent
FRAME = 960  # bytes: 20 ms
# `orchestrator serve` as a user starts it, but as patient with the embedded models as the tests are: on a busy machine
# they may take longer than a service may, and then the call goes another way.
SERVE = f"""
import sys
from orchestrator.core import handoff, state
from orchestrator.providers import configure
handoff.HANDOFF_SECONDS = state.ANSWER_SECONDS = configure.configure.__kwdefaults__["seconds"] = {PATIENCE}
from orchestrator.cli import main
sys.exit(main())
"""


@contextmanager
def serving() -> Iterator[str]:
    """Run `orchestrator serve` and yield where it listens."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "ORCHESTRATOR_"))}
    environ["ORCHESTRATOR_MAX_LAG"] = str(BUSY)
    command = (sys.executable, "-c", SERVE, "serve", str(ROOT / "agents.yaml"), "--port", "0")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, text=True)
    assert process.stdout is not None
    late = Timer(PATIENCE, process.kill)
    late.start()
    try:
        said = ""
        while not (found := re.search(r"ws://(127\.0\.0\.1:\d+)", said)):
            line = process.stdout.readline()
            assert line, "the server ended, or said nothing"
            said += line
        late.cancel()
        yield found.group(1)
    finally:
        late.cancel()
        process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """Where a server listens that the tests share."""
    with serving() as where:
        yield where


@asynccontextmanager
async def calling(host: str) -> AsyncIterator[AsyncRealtimeConnection]:
    """Connect as the guide says."""
    client = AsyncOpenAI(api_key="x", base_url=f"http://{host}/v1", websocket_base_url=f"ws://{host}/v1")
    async with client, client.realtime.connect(model="helpdesk") as call:
        yield call


async def until(call: AsyncRealtimeConnection, words: str) -> list[Any]:
    """Read events until the team has said certain words to the end of that response."""
    seen: list[Any] = []
    while True:
        event = await asyncio.wait_for(call.recv(), PATIENCE)
        assert event.type != "error", event
        seen.append(event)
        told = " ".join(one.transcript for one in seen if one.type == "response.output_audio_transcript.done")
        if words in told and event.type == "response.done":
            return seen


class Microphone:
    """The caller's voice, at the pace of speech; silence between the sentences."""

    def __init__(self, call: AsyncRealtimeConnection) -> None:
        self.call = call
        # What is left to be said.
        self.sound = b""

    async def run(self) -> None:
        """Send what is heard until cancelled."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            frame, self.sound = self.sound[:FRAME].ljust(FRAME, b"\0"), self.sound[FRAME:]
            await self.call.input_audio_buffer.append(audio=base64.b64encode(frame).decode())
            due += 0.02
            await asyncio.sleep(max(0.0, due - clock()))


def spoken(text: str) -> bytes:
    """Return something said with a voice."""
    return hibari_speaker().synthesize(text, VOICES["shimmer"], 1.0).tobytes()


async def test_a_text_call_with_a_handoff_and_a_tool(host: str) -> None:
    """The order number reaches the tool of the second agent intact; the caller sees one conversation."""
    async with calling(host) as call:
        item: Any = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Where is my order? The number is 48213."}],
        }
        await call.conversation.item.create(item=item)
        await call.response.create()
        seen = await until(call, "48213")

    created = [event.response.id for event in seen if event.type == "response.created"]
    done = [event.response.id for event in seen if event.type == "response.done"]
    added = [event for event in seen if event.type == "conversation.item.added"]
    assert created == done
    assert [event.previous_item_id for event in added[1:]] == [event.item.id for event in added[:-1]]
    assert not any(event.type.startswith("response.function_call") for event in seen)


async def test_an_audio_call_with_a_handoff_and_a_tool(host: str) -> None:
    """P72: spoken words move the caller to another voice, and a spoken number reaches the tool."""
    question, number = spoken("Where is my order?"), spoken("The number is four, eight, two, one, three.")
    async with calling(host) as call:
        microphone = Microphone(call)
        speaking = asyncio.ensure_future(microphone.run())
        try:
            microphone.sound = question
            seen = await until(call, "order number")
            microphone.sound = number
            seen += await until(call, "48213")
        finally:
            speaking.cancel()

    kinds = [event.type for event in seen]
    assert kinds.index("input_audio_buffer.speech_started") < kinds.index("input_audio_buffer.committed")
    audio = sum(len(event.delta) for event in seen if event.type == "response.output_audio.delta")
    assert audio * 3 // 4 > 48_000


async def test_the_example_in_the_guide_runs(host: str, tmp_path: Path) -> None:
    """As printed, with the address filled in."""
    path = tmp_path / "example.py"
    path.write_text(block(CLIENTS, "client openai").replace("127.0.0.1:8080", host), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(sys.executable, str(path), stdout=asyncio.subprocess.PIPE)
    told, _ = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert "Order 48213" in told.decode()
