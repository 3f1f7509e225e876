"""The bank of `docs/team-file.md` by real speech on `local`: a refund that needs verification, a consult, the way back.

The caller speaks and hears over a real WebSocket; what each agent's session was told and every line of the log are read
afterwards, because a card number was said.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from orchestrator.gateway.monitoring import watching
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.voices import VOICES
from orchestrator.observe.names import Names
from orchestrator.observe.samples import read, write
from orchestrator.observe.trace import Tracing
from orchestrator.providers.port import Provider, Session, Take
from orchestrator.server.serve import Deployment, build, running
from orchestrator.settings import Settings
from tests.bank import bank
from tests.calls import CallerClient, load
from tests.gateway.serving import only
from tests.observe.traced import Traced
from tests.patience import BUSY, PATIENCE

pytestmark = pytest.mark.speech
FRAME, EVERY = 960, 0.01  # bytes: 20 ms; seconds between two: the caller speaks twice as fast as one can
SAID = "response.output_audio_transcript.done"
CARD = "4929183827463951"
# Words of the instructions → whose they are.
AGENTS = {
    "front desk": "reception",
    "Ask for the account": "verify",
    "Pay refunds": "billing",
    "Work out a payment plan": "planner",
    "Take a message": "message",
}
SLOW = "    time.sleep(4)\n    return f"  # seconds that the planner's tool takes


class Overheard:
    """A session that keeps what it was told."""

    def __init__(self, session: Session, told: list[str]) -> None:
        self.session, self.told, self.max_age = session, told, session.max_age

    def send(self, frame: str) -> None:
        self.told.append(frame)
        self.session.send(frame)

    async def read(self, take: Take) -> None:
        await self.session.read(take)

    async def close(self) -> None:
        await self.session.close()


class Overhearing:
    """A provider whose sessions keep what they are told."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.told: list[list[str]] = []  # by session, in the order in which they were opened

    async def open(self, model: str) -> Overheard:
        self.told.append([])
        return Overheard(await self.provider.open(model), self.told[-1])

    async def open_text(self, model: str) -> Overheard:
        self.told.append([])
        return Overheard(await self.provider.open_text(model), self.told[-1])

    def by_agent(self) -> dict[str, str]:
        """Return all that each agent was told, but the caller's audio; agents are known by their instructions."""
        found: dict[str, str] = {}
        for told in filter(None, self.told):
            instructions = json.loads(told[0])["session"]["instructions"]
            agent = next(name for mark, name in AGENTS.items() if mark in instructions)
            events = "\n".join(frame for frame in told if not frame.startswith('{"type":"input_audio_buffer.append'))
            found[agent] = found.get(agent, "") + events
        return found


class Microphone:
    """The caller's voice, faster than the clock; silence between the sentences."""

    def __init__(self, caller: CallerClient) -> None:
        self.caller, self.sound = caller, b""
        self.speaking = asyncio.ensure_future(self._speak())

    def say(self, text: str) -> None:
        """Begin to say something."""
        self.sound = hibari_speaker().synthesize(text, VOICES["shimmer"], 1.0).tobytes()

    async def _speak(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            frame, self.sound = self.sound[:FRAME].ljust(FRAME, b"\0"), self.sound[FRAME:]
            await self.caller.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode())
            due += EVERY
            await asyncio.sleep(max(0.0, due - clock()))


class Caller:
    """Somebody on the telephone with the bank."""

    def __init__(self, client: CallerClient) -> None:
        self.client, self.microphone = client, Microphone(client)

    async def hears(self, words: str, since: int) -> None:
        """Wait until an agent has said certain words, after so many events."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not any(re.search(words, event["transcript"]) for event in self.said(since)):
                    await self.client.until(SAID, len(self.client.of(SAID)) + 1)
        except TimeoutError:
            both = (SAID, "conversation.item.input_audio_transcription.completed")
            talk = [event["transcript"] for event in self.client.events if event["type"] in both]
            raise AssertionError(f"{words!r} was not said: {talk[-6:]}") from None
        await self.client.until("response.done", len(self.client.of("response.created")))

    def said(self, since: int = 0) -> list[dict[str, str]]:
        """Return what the agents have said after so many events."""
        return [event for event in self.client.events[since:] if event["type"] == SAID]

    async def says(self, text: str, *, hears: str) -> list[str]:
        """Say something and wait for the answer; returns all that was heard meanwhile."""
        since = len(self.client.events)
        self.microphone.say(text)
        await self.hears(hears, since)
        return [event["transcript"] for event in self.said(since)]


@asynccontextmanager
async def calling(house: Deployment, settings: Settings) -> AsyncIterator[Caller]:
    """Serve the bank and call it."""
    async with running(house, settings) as url:
        async with connect(f"{url}/v1/realtime?model=bank&events=team", max_size=None) as socket:
            caller = Caller(CallerClient(socket))
            try:
                yield caller
            finally:
                caller.microphone.speaking.cancel()
        await caller.client.reading


def written(folder: Path) -> Path:
    """Write the bank down, with a planner who takes time to think; nothing said to billing is kept from its record."""
    path = bank(folder)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("pause_in: [billing]", "pause_in: []"), encoding="utf-8")
    tools = folder / "agents" / "bank.py"
    text = tools.read_text(encoding="utf-8").replace('    return f"{amount:g} euros', f'{SLOW}"{{amount:g}} euros')
    tools.write_text(f"import time\n{text}", encoding="utf-8")
    return path


def tracing_to(traced: list[Traced], names: Names, *, content: bool) -> Tracing:
    """Trace the calls of a server into memory."""
    traced.append(Traced(names, content=content))
    return traced[0].tracing


async def test_a_refund_from_the_first_word_to_the_way_back(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets to billing unverified, the planner is asked meanwhile, and the card stays where it was said."""
    traced: list[Traced] = []
    monkeypatch.setattr(watching, "tracing", partial(tracing_to, traced))
    kept = tmp_path / "kept"
    settings = Settings(port=0, drain=0.0, max_lag=BUSY, trace_content=True, records=f"sqlite:///{kept}/calls.db")
    house = build(written(tmp_path), settings, {})
    load(house)
    overhearing = Overhearing(only(house.teams).providers["local"])
    only(house.teams).providers["local"] = overhearing  # type: ignore[index]
    async with calling(house, settings) as caller:
        await caller.client.send("response.create")
        await caller.hears("This call is recorded", 0)
        await caller.hears("What can I do for you", 0)
        heard = await caller.says("I want to speak to billing about a refund.", hears="account number")
        assert heard[0] == "My colleague checks who you are."
        await caller.says("My account number is two zero four one seven zero.", hears="PIN")
        await caller.says("My pin is four eight two one.", hears="card number")
        await caller.says("My card number is four nine two nine, one eight three eight.", hears="so far")
        asked = f"Shall I pay your money back to card {CARD}?"
        await caller.says("Two seven four six, three nine five one.", hears=asked)
        await caller.says("Yes, please.", hears="120 euros")
        heard = await caller.says("Can I pay three hundred euros in three months?", hears="100.00 euros a month")
        assert heard[0] == "I am asking our planner."
        heard = await caller.says("Please take me back to reception.", hears="taking over|do you need|can I do")
        assert "good day" not in " ".join(heard)
        check(caller)
        told = overhearing.by_agent()

    groups = [CARD[at : at + 8] for at in range(9)]
    for agent in ("reception", "verify", "planner"):
        digits = re.sub(r"\D", "", told[agent].replace(" ", ""))
        assert not any(group in digits for group in groups), agent
    assert "Caller: My card number is [card]" in told["reception"]
    logged = "".join(capfd.readouterr())
    assert "call ended" in logged
    figures = write(read(house.app.state.calls.watching.of("bank").registry)).decode()
    assert '"verify"' in figures
    for text in (logged, figures, traced[0].text()):
        assert not any(group in text for group in groups)
    check_trace(traced[0])
    check_record(kept)


def check_record(folder: Path) -> None:
    """Check that the card is nowhere in the files of the database, and its name is where it was."""
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found = b"".join(files.values())
    assert b"My card number is secret:card" in found
    assert not any(CARD[at : at + 6].encode() in found for at in range(len(CARD) - 5))
    assert not any(words in found for words in (b"four nine two nine", b"nine five one", b"4 9 2 9", b"49 29"))


def check_trace(traced: Traced) -> None:
    """Check that the trace tells the same."""
    lines = [line.strip() for line in traced.tree().splitlines()]
    ways = [line.removeprefix("team.handoff ") for line in lines if line.startswith("team.handoff")]
    assert ways[0] == "reception→billing"  # refused
    assert ways[1] == "reception→verify"
    assert ways[-1] == "billing→reception"
    assert lines[0] == "call"
    assert lines[-1] == "call.ended"
    assert "invoke_agent planner" in lines
    assert "My pin is" in traced.text()


def check(caller: Caller) -> None:
    """Check the way that the caller took, as the team's events tell it."""
    events = caller.client.events
    done = [(event["from"], event["to"]) for event in events if event["type"] == "team.handoff.completed"]
    assert done[0] == ("reception", "verify")
    assert done[-2:] == [("reception", "billing"), ("billing", "reception")]
    (failed,) = caller.client.of("team.handoff.failed")
    assert (failed["from"], failed["to"]) == ("reception", "billing")
    assert "needs verified" in failed["reason"]
    (asked,) = caller.client.of("team.consult.returned")
    assert (asked["agent"], asked["name"], asked["ok"]) == ("billing", "ask_planner", True)
    assert not json.dumps([event for event in events if event["type"].startswith("team.")]).count(CARD[:8])
