"""A call with a person by real speech on `local`: a caller asks for one, both speak, and the caller is given back."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.voices import VOICES
from orchestrator.server.serve import build, running
from orchestrator.settings import Settings
from tests.calls import CallerClient, load
from tests.gateway.serving import only
from tests.patience import BUSY, PATIENCE
from tests.test_story import Caller, Overhearing
from tests.worker import WorkerClient

pytestmark = pytest.mark.speech
FRAME = 960  # bytes: 20 ms
SAID, HEARD = "response.output_audio_transcript.done", "conversation.item.input_audio_transcription.completed"
TEAM = """
team: shop
defaults: {model: local}
agents:
  front:
    instructions: You are the front desk of a shop. Find out what the caller needs.
    greeting: Good day, this is the shop. What can I do for you?
    handoffs:
      colleague: {when: the caller wants a human being, examples: [I want to speak to a person]}
  colleague:
    kind: person
    description: a colleague of flesh and blood
    desk: support
    wait: {limit: 60, say: I am looking for a colleague., then: front}
people: {support: {}}
"""


class Voice:
    """The person's voice, at the pace of speech; silence between the sentences."""

    def __init__(self, worker: WorkerClient) -> None:
        self.worker, self.sound = worker, b""
        self.speaking = asyncio.ensure_future(self._speak())

    def say(self, text: str) -> None:
        """Begin to say something."""
        self.sound = hibari_speaker().synthesize(text, VOICES["cedar"], 1.0).tobytes()

    async def _speak(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            frame, self.sound = self.sound[:FRAME].ljust(FRAME, b"\0"), self.sound[FRAME:]
            await self.worker.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode())
            due += 0.02
            await asyncio.sleep(max(0.0, due - clock()))


async def written(client: CallerClient, kind: str, words: str) -> None:
    """Wait until certain words were written down."""
    try:
        async with asyncio.timeout(PATIENCE):
            await client.until(kind, where=lambda event: bool(re.search(words, event["transcript"], re.IGNORECASE)))
    except (TimeoutError, AssertionError):
        said = [event["transcript"] for event in client.events if event["type"] in (SAID, HEARD)]
        raise AssertionError(f"{words!r} was not written down: {said[-6:]}") from None


async def test_the_agent_knows_what_the_two_have_said(tmp_path: Path) -> None:
    """It goes on without a greeting, with the note, and with the words of both."""
    path = tmp_path / "agents.yaml"
    path.write_text(TEAM, encoding="utf-8")
    settings = Settings(port=0, drain=0.0, max_lag=BUSY)
    house = build(path, settings, {})
    load(house)
    overhearing = Overhearing(only(house.teams).providers["local"])
    only(house.teams).providers["local"] = overhearing  # type: ignore[index]
    async with (
        running(house, settings) as url,
        connect(f"{url}/v1/realtime?model=shop&events=team", max_size=None) as line,
        connect(f"{url}/v1/realtime?desk=support", max_size=None) as desk,
    ):
        client, anna = CallerClient(line), WorkerClient(desk)
        caller = Caller(client)
        await client.send("response.create")
        await caller.hears("What can I do for you", 0)
        await caller.says("I want to speak to a person.", hears="looking for a colleague")
        brief = await anna.told("brief")
        assert "person" in brief["brief"]
        await anna.do("accept", call=brief["call"])
        await anna.told("joined")
        voice = Voice(anna)
        voice.say("Good day, I will send you the invoice on Monday.")
        await written(client, SAID, "invoice")
        caller.microphone.say("Thank you, my order was damaged.")
        await written(client, HEARD, "damaged")
        voice.speaking.cancel()
        since = len(client.events)
        await anna.do("give_back", note="The invoice is promised for Monday.")
        await anna.told("released")
        await client.until("team.handoff.completed", 2)
        await client.until(SAID, len([event for event in client.events[:since] if event["type"] == SAID]) + 1)
        caller.microphone.speaking.cancel()
    await client.reading
    await anna.reading
    front = "\n".join(overhearing.told[0])
    briefed = front[front.index("given back") :]

    assert "The invoice is promised for Monday." in briefed
    assert re.search(r"colleague: .*invoice", briefed)
    assert re.search(r"Caller: .*damaged", briefed)
    answers = [event["transcript"] for event in client.events[since:] if event["type"] == SAID]
    assert not re.search("good day", json.dumps(answers), re.IGNORECASE)
