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
from orchestrator.terminal import turn_end
from orchestrator.terminal.caller import FRAME, WAITING, Caller, Hangup, speech_end
from orchestrator.terminal.connection import open_connection
from orchestrator.testing import call, say
from tests.calls import TEAM, desk
from tests.patience import PATIENCE
from tests.worker import OFFICE, OFFICE_TOOLS, worker

SPEECH = array("h", [5000] * (PCM_RATE // 10)).tobytes()  # 100 ms


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let turns be over sooner than people would like."""
    monkeypatch.setattr(turn_end, "QUIET_SECONDS", 0.2)


class Line:
    """A caller whose lines are kept; receiving and sending run beside the test."""

    def __init__(self, caller: Caller, shown: list[str], receiving: asyncio.Task[None]) -> None:
        self.caller, self.shown, self.receiving = caller, shown, receiving

    def lines(self) -> list[str]:
        """Return what was shown, without the figures that differ from run to run."""
        return [line.split("   [")[0].split(" (0.")[0] for line in self.shown]


@asynccontextmanager
async def talking(url: str, *, aloud: bool = False) -> AsyncIterator[Line]:
    """Call; `aloud` sends audio all the time, as with a recording."""
    socket = await open_connection(url, None)
    async with socket:
        shown: list[str] = []
        caller = Caller(socket, shown.append, lambda text: shown.append(f"warned {text}"))
        receiving = asyncio.ensure_future(caller.receive())
        sending = asyncio.ensure_future(caller.send_audio()) if aloud else receiving
        yield Line(caller, shown, receiving)
        for task in (receiving, sending):
            task.cancel()
            with suppress(asyncio.CancelledError, Hangup, OrchestratorError):
                await task


class Ear:
    """Speakers that record what they play."""

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
        await line.caller.greet()
        await line.caller.type("My invoice is wrong.")

        assert line.lines() == [
            "front ▸ Hello, this is Acme.",
            "· find_order by front",
            "front ▸ I will connect you.",
            "→ billing",
            "billing ▸ Which invoice is it?",
        ]
        assert line.caller.figures.handoffs == 1
        assert line.caller.summary().split(": ")[1].startswith("1 answer, 1 handoff, median latency ")
        assert line.caller.playback.end <= line.caller.now


async def test_the_latency_is_shown_once() -> None:
    """With the first answer of a turn; the greeting answers nobody."""
    async with desk() as desk_, talking(desk_.url) as line:
        await line.caller.greet()
        assert line.shown == ["front ▸ Okay."]
        assert "latency" not in line.caller.summary()

        await line.caller.type("Hi.")
        assert line.shown[-1].startswith("front ▸ Okay.   [")
        assert line.shown[-1].endswith(" ms]")


async def test_recorded_speech_is_sent_and_answered() -> None:
    """The recording reaches the service frame by frame, then silence; its transcript is shown."""
    async with desk() as desk_, talking(desk_.url, aloud=True) as line:
        desk_.service.reply("front", say("Which order?"))
        session = await desk_.service.session("front")
        saying = asyncio.ensure_future(line.caller.speak(SPEECH))
        await session.wait_for("input_audio_buffer.append", 7)
        await session.hear(" Where is my order?")
        await asyncio.wait_for(saying, PATIENCE)

        assert line.lines() == ["you ▸ Where is my order?", "front ▸ Which order?"]
        audio = b"".join(base64.b64decode(event["audio"]) for event in session.of("input_audio_buffer.append"))
        assert SPEECH in audio
        assert len(audio) % FRAME == 0
        assert audio.strip(b"\0") == SPEECH.strip(b"\0")


async def test_barge_in_stops_the_playback_and_reports_how_much_was_heard() -> None:
    """Barge-in: the queue is dropped, and the service is told how much was heard."""
    ear = Ear()
    async with desk() as desk_, talking(desk_.url, aloud=True) as line:
        line.caller._speakers = ear
        desk_.service.reply("front", say("A very long story.", ms=60_000))
        session = await desk_.service.session("front")
        greeting = asyncio.ensure_future(line.caller.greet())
        await session.wait_for("input_audio_buffer.append", 5)
        item_id = await session.hear_start()
        truncate = await session.wait_for("conversation.item.truncate")
        await session.hear_end(item_id, "Stop!")
        await asyncio.wait_for(greeting, PATIENCE)

        assert 0 < truncate["audio_end_ms"] < 30_000
        assert ear.stops == 1
        assert line.caller.playback.end < 30
        assert line.lines()[-2:] == ["you ▸ Stop!", "front ▸ Okay."]


async def test_a_person_who_takes_over_is_heard_at_once() -> None:
    """What the agent has sent already is not played."""
    async with desk(OFFICE, OFFICE_TOOLS) as desk_, talking(desk_.url) as line, worker(desk_) as anna:
        ear = line.caller._speakers = Ear()
        desk_.service.reply("front", say("Hello, this is Acme.", 30_000))
        greeting = asyncio.ensure_future(line.caller.greet())
        session = await desk_.service.session("front")
        await session.wait_for("response.create")
        while not ear.heard:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        await anna.do("take", call=desk_.calls.board.entries()[0].call)
        truncate = await session.wait_for("conversation.item.truncate")
        greeting.cancel()

        assert 0 < truncate["audio_end_ms"] < 30_000
        assert ear.stops == 1


async def test_an_answer_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller waits for a bounded time and says what it waited for."""
    monkeypatch.setattr(turn_end, "PATIENCE_SECONDS", 0.2)
    async with desk() as desk_, talking(desk_.url) as line:
        desk_.service.faults.ignore_creates = 9
        await line.caller.greet()

        assert line.shown == ["warned ! gave up waiting for an answer"]


async def test_a_failed_handoff_is_shown() -> None:
    """The agent that stays answers, and the turn ends with that."""
    cold = TEAM.replace("model: service/front", "model: service/front\n    warm: none")
    async with desk(cold) as desk_, talking(desk_.url) as line:
        desk_.service.reply("front", call("transfer_to_tech"))
        await desk_.service.session("front")
        desk_.service.faults.status = 401
        await line.caller.type("It is broken.")

        assert any(shown.startswith("→ tech failed: ") for shown in line.shown), line.shown
        assert line.shown[-1].startswith("front ▸ Okay.")


async def test_a_failed_tool_is_shown() -> None:
    """The agent answers anyway."""
    async with desk() as desk_, talking(desk_.url) as line:
        desk_.service.reply("front", call("break_down"))
        await line.caller.greet()

        assert line.lines() == ["· break_down failed for front", "front ▸ Okay."]


async def test_a_failed_answer_is_shown() -> None:
    """A failed response must not look like silence."""
    async with desk() as desk_, talking(desk_.url) as line:
        desk_.service.reply("front", fails="rate_limit_exceeded")
        await line.caller.greet()

        assert line.shown[0].startswith("warned ! the answer failed: ")


async def test_a_lost_session_is_shown() -> None:
    """It explains a moment of silence."""
    async with desk() as desk_, talking(desk_.url) as line:
        await line.caller.greet()
        (await desk_.service.session("front")).drop()
        await desk_.service.session("front", 1)
        await line.caller.type("Still there?")

        assert "warned ! the session of front was lost" in line.shown


async def test_answers_as_text_are_shown() -> None:
    """Like the transcripts of spoken ones."""
    async with desk() as desk_, talking(desk_.url) as line:
        session = {"type": "realtime", "output_modalities": ["text"]}
        await line.caller.send("session.update", session=session)
        await line.caller.greet()

        assert line.shown == ["front ▸ Okay."]


async def test_a_refused_event_is_shown() -> None:
    """An `error` event is shown in the server's words."""
    async with desk() as desk_, talking(desk_.url) as line:
        await line.caller.send("no.such.event")
        await line.caller.greet()

        assert line.shown[0].startswith("warned ! ")


@asynccontextmanager
async def closing(code: int, reason: str) -> AsyncIterator[str]:
    """Serve a socket that closes at the first event."""

    async def close(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(code, reason)

    async with serve(close, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def test_a_normal_close_is_a_hangup() -> None:
    """1000: the call is over."""
    async with closing(1000, "the call is over") as url, talking(url) as line:
        await line.caller.send("response.create")
        with pytest.raises(Hangup):
            await asyncio.wait_for(line.receiving, PATIENCE)
        await line.caller.send("response.create")  # ignored: there is nobody


async def test_any_other_close_is_an_error() -> None:
    """Any other code comes with the server's reason."""
    async with closing(4004, "no such team") as url, talking(url) as line:
        await line.caller.send("response.create")
        with pytest.raises(OrchestratorError, match=r"closed the call: no such team \(4004\)"):
            await asyncio.wait_for(line.receiving, PATIENCE)


async def test_frames_of_the_microphone_do_not_pile_up() -> None:
    """On a slow network the oldest frames are dropped."""
    async with closing(1000, "") as url, talking(url) as line:
        for number in range(WAITING + 10):
            line.caller.queue_frame(bytes([number]))

        assert len(line.caller._frames) == WAITING
        assert line.caller._frames[0] == bytes([10])


def test_speech_ends_where_silence_begins() -> None:
    """Latency counts from the last word, not from the end of the file."""
    assert speech_end(SPEECH + bytes(PCM_RATE)) == 0.1
    assert speech_end(bytes(PCM_RATE)) == 0.5
    assert speech_end(b"") == 0.0
