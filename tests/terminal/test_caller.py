"""The caller in the terminal, against the real gateway with a scripted service behind it."""

from __future__ import annotations

import asyncio
import base64
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.asyncio.server import ServerConnection, serve

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.audio import PCM_RATE
from orchestrator.terminal import caller as terminal
from orchestrator.terminal.caller import FRAME, WAITING, Hangup, Talk, speech_end
from orchestrator.terminal.talk import call as connect
from orchestrator.testing import call, say
from tests.calls import PATIENCE, TEAM, desk

SPEECH = array("h", [5000] * (PCM_RATE // 10)).tobytes()  # 100 ms


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let turns be over sooner than people like it."""
    monkeypatch.setattr(terminal, "QUIET_SECONDS", 0.2)


class Line:
    """A talk whose lines are kept; listening and speaking run beside the test."""

    def __init__(self, talk: Talk, told: list[str], listening: asyncio.Task[None]) -> None:
        self.talk, self.told, self.listening = talk, told, listening

    def lines(self) -> list[str]:
        """Return what was shown, without the figures that differ from run to run."""
        return [line.split("   [")[0].split(" (0.")[0] for line in self.told]


@asynccontextmanager
async def talking(url: str, *, aloud: bool = False) -> AsyncIterator[Line]:
    """Call; `aloud` sends audio all the time, as with a recording."""
    socket = await connect(url, None)
    async with socket:
        told: list[str] = []
        talk = Talk(socket, told.append, lambda text: told.append(f"warned {text}"))
        listening = asyncio.ensure_future(talk.listen())
        speaking = asyncio.ensure_future(talk.speak_forever()) if aloud else listening
        yield Line(talk, told, listening)
        for task in (listening, speaking):
            task.cancel()
            with suppress(asyncio.CancelledError, Hangup, OrchestratorError):
                await task


class Ear:
    """Speakers that remember."""

    def __init__(self) -> None:
        self.heard = b""
        self.stops = 0

    def play(self, pcm: bytes) -> None:
        self.heard += pcm

    def stop(self) -> None:
        self.stops += 1


async def test_a_typed_call_shows_who_speaks() -> None:
    """Greeting, tool, handoff and answers with their agents; the turn is over when all of it was heard."""
    async with desk() as desk_, talking(desk_.url) as line:
        desk_.service.reply("front", say("Hello, this is Acme."))
        desk_.service.reply("front", call("find_order", number="7"))
        desk_.service.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
        desk_.service.reply("billing", say("Which invoice is it?"))
        await line.talk.greet()
        await line.talk.type("My invoice is wrong.")

        assert line.lines() == [
            "front ▸ Hello, this is Acme.",
            "· find_order by front",
            "front ▸ I will connect you.",
            "→ billing",
            "billing ▸ Which invoice is it?",
        ]
        assert line.talk.figures.handoffs == 1
        assert line.talk.summary().split(": ")[1].startswith("1 answers, 1 handoffs, first audio after ")
        assert line.talk.player.end <= line.talk.now


async def test_the_latency_is_shown_once() -> None:
    """It belongs to the first answer of a turn; the greeting answers nobody."""
    async with desk() as desk_, talking(desk_.url) as line:
        await line.talk.greet()
        assert line.told == ["front ▸ Okay."]
        assert "first audio" not in line.talk.summary()

        await line.talk.type("Hi.")
        assert line.told[-1].startswith("front ▸ Okay.   [")
        assert line.told[-1].endswith(" ms]")


async def test_recorded_speech_is_sent_and_answered() -> None:
    """The recording reaches the service frame by frame, then silence; what was understood is shown."""
    async with desk() as desk_, talking(desk_.url, aloud=True) as line:
        desk_.service.reply("front", say("Which order?"))
        session = await desk_.service.session("front")
        saying = asyncio.ensure_future(line.talk.say(SPEECH))
        await session.wait_for("input_audio_buffer.append", 7)
        await session.hear(" Where is my order?")
        await asyncio.wait_for(saying, PATIENCE)

        assert line.lines() == ["you ▸ Where is my order?", "front ▸ Which order?"]
        audio = b"".join(base64.b64decode(event["audio"]) for event in session.of("input_audio_buffer.append"))
        assert SPEECH in audio
        assert len(audio) % FRAME == 0
        assert audio.strip(b"\0") == SPEECH.strip(b"\0")


async def test_interrupting_stops_the_player_and_says_how_much_was_played() -> None:
    """Barge-in: the queue is dropped and the service is told what was heard, not more."""
    ear = Ear()
    async with desk() as desk_, talking(desk_.url, aloud=True) as line:
        line.talk._speakers = ear
        desk_.service.reply("front", say("A very long story.", ms=60_000))
        session = await desk_.service.session("front")
        greeting = asyncio.ensure_future(line.talk.greet())
        await session.wait_for("input_audio_buffer.append", 5)
        item_id = await session.hear_start()
        truncate = await session.wait_for("conversation.item.truncate")
        await session.hear_end(item_id, "Stop!")
        await asyncio.wait_for(greeting, PATIENCE)

        assert 0 < truncate["audio_end_ms"] < 30_000
        assert ear.stops == 1
        assert line.talk.player.end < 30
        assert line.lines()[-2:] == ["you ▸ Stop!", "front ▸ Okay."]


async def test_what_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that does not answer is given up after a bounded time."""
    monkeypatch.setattr(terminal, "PATIENCE_SECONDS", 0.2)
    async with desk() as desk_, talking(desk_.url) as line:
        desk_.service.faults.ignore_creates = 9
        await line.talk.greet()

        assert line.told == ["warned ! waited 0.2 s in vain for an answer"]


async def test_a_failed_handoff_is_told() -> None:
    """The agent that stays answers, and the turn ends with that."""
    cold = TEAM.replace("model: service/front", "model: service/front\n    warm: none")
    async with desk(cold) as desk_, talking(desk_.url) as line:
        desk_.service.reply("front", call("transfer_to_tech"))
        await desk_.service.session("front")
        desk_.service.faults.status = 401
        await line.talk.type("It is broken.")

        assert any(told.startswith("→ tech failed: ") for told in line.told), line.told
        assert line.told[-1].startswith("front ▸ Okay.")


async def test_a_failed_tool_is_told() -> None:
    """The agent answers nevertheless."""
    async with desk() as desk_, talking(desk_.url) as line:
        desk_.service.reply("front", call("break_down"))
        await line.talk.greet()

        assert line.lines() == ["· break_down failed for front", "front ▸ Okay."]


async def test_a_failed_answer_is_told() -> None:
    """A response that the service gave up is not silence."""
    async with desk() as desk_, talking(desk_.url) as line:
        desk_.service.reply("front", fails="rate_limit_exceeded")
        await line.talk.greet()

        assert line.told[0].startswith("warned ! the answer failed: ")


async def test_a_lost_session_is_told() -> None:
    """The caller reads why it is quiet for a moment."""
    async with desk() as desk_, talking(desk_.url) as line:
        await line.talk.greet()
        (await desk_.service.session("front")).drop()
        await desk_.service.session("front", 1)
        await line.talk.type("Still there?")

        assert "warned ! the session of front was lost" in line.told


async def test_a_team_of_text_is_read() -> None:
    """Answers by text are shown like spoken ones."""
    async with desk() as desk_, talking(desk_.url) as line:
        session = {"type": "realtime", "output_modalities": ["text"]}
        await line.talk.send("session.update", session=session)
        await line.talk.greet()

        assert line.told == ["front ▸ Okay."]


async def test_a_refused_event_is_told() -> None:
    """An `error` event is shown in the server's words."""
    async with desk() as desk_, talking(desk_.url) as line:
        await line.talk.send("no.such.event")
        await line.talk.greet()

        assert line.told[0].startswith("warned ! ")


@asynccontextmanager
async def closing(code: int, reason: str) -> AsyncIterator[str]:
    """Serve a socket that closes at the first event."""

    async def close(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(code, reason)

    async with serve(close, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def test_a_close_in_order_is_a_hangup() -> None:
    """1000: the call is over."""
    async with closing(1000, "the call is over") as url, talking(url) as line:
        await line.talk.send("response.create")
        with pytest.raises(Hangup):
            await asyncio.wait_for(line.listening, PATIENCE)
        await line.talk.send("response.create")  # ignored: there is nobody


async def test_a_close_for_a_fault_says_why() -> None:
    """Any other code comes with the server's reason."""
    async with closing(4004, "no such team") as url, talking(url) as line:
        await line.talk.send("response.create")
        with pytest.raises(OrchestratorError, match=r"closed the call: no such team \(4004\)"):
            await asyncio.wait_for(line.listening, PATIENCE)


async def test_a_microphone_does_not_pile_up() -> None:
    """When the network is slower than the microphone the oldest frames go."""
    async with closing(1000, "") as url, talking(url) as line:
        for number in range(WAITING + 10):
            line.talk.hear_microphone(bytes([number]))

        assert len(line.talk._voice) == WAITING
        assert line.talk._voice[0] == bytes([10])


def test_speech_ends_where_silence_begins() -> None:
    """Latency counts from the last word, not from the end of the file."""
    assert speech_end(SPEECH + bytes(PCM_RATE)) == 0.1
    assert speech_end(bytes(PCM_RATE)) == 0.5
    assert speech_end(b"") == 0.0
