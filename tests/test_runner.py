"""One running call: events in, effects performed, everything closed at the end. In-process fakes, real core."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
import structlog

from orchestrator.core.events import CallerAsked, CallerLeft, CallerSettings, CallerSpoke, Ending
from orchestrator.errors import RealtimeError, ToolError
from orchestrator.providers.choosing import Choice
from orchestrator.providers.port import Take
from orchestrator.runner import RunningCall
from orchestrator.tools import Tool
from tests.core.scene import team
from tests.patience import PATIENCE

TEAM = team("team: t\nlimits: {tool: 5}\nagents: {front: {instructions: Hi}}\n")


class QuietSession:
    """A session that confirms its configuration, says what it is fed, and remembers what it is sent."""

    max_age = None

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.frames: asyncio.Queue[str | Exception] = asyncio.Queue()
        self.frames.put_nowait('{"type":"session.created"}')
        self.closed = False
        self.news = asyncio.Event()

    def send(self, frame: str) -> None:
        self.sent.append(frame)
        self.news.set()
        if "session.update" in frame:
            self.frames.put_nowait('{"type":"session.updated"}')

    async def read(self, take: Take) -> None:
        enough = False
        while not enough:
            frame = await self.frames.get()
            if isinstance(frame, Exception):
                raise frame
            enough = take(frame)

    async def was_sent(self, part: str) -> None:
        """Wait until a frame with these words was sent."""
        async with asyncio.timeout(PATIENCE):
            while not any(part in frame for frame in self.sent):
                self.news.clear()
                await self.news.wait()

    async def close(self) -> None:
        self.closed = True


class Provider:
    """Opens quiet sessions, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sessions: list[QuietSession] = []
        self.opened = asyncio.Event()

    async def open(self, model: str) -> QuietSession:
        if self.error is not None:
            raise self.error
        self.sessions.append(QuietSession())
        self.opened.set()
        return self.sessions[-1]

    async def open_text(self, model: str) -> QuietSession:
        return await self.open(model)


class Ear:
    """A caller that remembers what it is told; may break."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.told: list[tuple[str, Any]] = []
        self.ended: tuple[Ending, str] | None = None
        self.changed = asyncio.Event()

    def _note(self, kind: str, value: Any) -> None:
        if self.broken:
            raise RuntimeError("a mistake of ours")
        self.told.append((kind, value))
        self.changed.set()

    def play(self, item_id: str, frame: str) -> None:
        self._note("play", frame)

    def stop_playback(self) -> None:
        self._note("stop", None)

    def tell(self, payload: Mapping[str, Any]) -> None:
        self._note("tell", payload["type"])

    def end_response(self, response_id: str, status: str) -> None:
        self._note("end_response", status)

    def refuse(self, code: str, message: str, param: str | None, event_id: str | None) -> None:
        self._note("refuse", code)

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        if name == "call.started":
            return
        self._note("announce", name)

    def end(self, ending: Ending, reason: str) -> None:
        self.ended = (ending, reason)


def call(provider: Provider, ear: Ear, *tools: Tool) -> RunningCall:
    models = {"front": (Choice("p", "m", "test"),)}
    return RunningCall(
        call_id="call_1", team=TEAM, tools={"front": tools}, providers={"p": provider}, models=models, caller=ear
    )


async def started(running: RunningCall, provider: Provider) -> tuple[asyncio.Task[None], QuietSession]:
    """Run a call until its first session is configured and used."""
    task = asyncio.ensure_future(running.run(CallerSettings(), {}))
    running.feed(CallerAsked())
    await asyncio.wait_for(provider.opened.wait(), PATIENCE)
    await provider.sessions[0].was_sent("response.create")
    return task, provider.sessions[0]


async def test_p33_a_call_leaves_nothing_behind() -> None:
    """P33: session closed, tasks gone, timers cancelled; events after the end mean nothing."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear)
    task, session = await started(running, provider)
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)
    running.feed(CallerSpoke("frame", 20.0))

    assert session.closed
    assert ear.ended == (Ending.LEFT, "hang-up")
    assert running._timers == {}
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []


async def test_cancelling_a_call_hangs_up() -> None:
    """The gateway may stop at any moment."""
    provider, ear = Provider(), Ear()
    task, session = await started(call(provider, ear), provider)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert session.closed
    assert ear.ended == (Ending.LEFT, "cancelled")


async def test_an_event_that_cannot_be_read_is_spared() -> None:
    """The session goes on with the next; the log hears of each kind once."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear)
    with structlog.testing.capture_logs() as logs:
        task, session = await started(running, provider)
        for _ in range(2):
            session.frames.put_nowait('{"type":"input_audio_buffer.committed","item_id":{"type":7}}')
        session.frames.put_nowait('{"type":"rate_limits.updated"}')
        async with asyncio.timeout(PATIENCE):
            await ear.changed.wait()
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)

    assert ear.told == [("tell", "rate_limits.updated")]
    assert len(provider.sessions) == 1
    assert [line["reason"] for line in logs if line["event"] == "event dropped"] == [
        "The service sent a input_audio_buffer.committed event that is not complete."
    ]


async def test_a_mistake_of_ours_ends_only_this_call_and_with_a_word() -> None:
    """An exception inside is logged; the caller is closed with 1011."""
    provider, ear = Provider(), Ear(broken=True)
    task, session = await started(call(provider, ear), provider)
    session.frames.put_nowait('{"type":"rate_limits.updated"}')
    await asyncio.wait_for(task, PATIENCE)

    assert ear.ended == (Ending.FAILED, "internal error")
    assert session.closed


@pytest.mark.parametrize(
    "error", [RealtimeError("no", fatal=True), RuntimeError("a bug of the provider")], ids=["refused", "bug"]
)
async def test_a_provider_that_fails_ends_in_a_close_code(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a provider raises, the caller is told."""
    from orchestrator.core import recovery

    monkeypatch.setattr(recovery, "PAUSE", 0.0)
    ear = Ear()
    await asyncio.wait_for(call(Provider(error), ear).run(CallerSettings(), {}), PATIENCE)

    assert ear.ended == (Ending.UNREACHABLE, "the agent 'front' cannot be reached")


async def test_a_tool_may_give_a_cause_that_was_never_raised() -> None:
    """It has no place to tell of; the model is told what the tool said, and the call goes on."""

    def find() -> str:
        """Find."""
        raise ToolError("not today") from KeyError("k")

    provider, ear = Provider(), Ear()
    running = call(provider, ear, Tool(find))
    task, session = await started(running, provider)
    item = '{"id":"i","type":"function_call","status":"completed","call_id":"c","name":"find","arguments":"{}"}'
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r"}}')
    session.frames.put_nowait(f'{{"type":"response.output_item.done","response_id":"r","item":{item}}}')
    await session.was_sent("not today")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)


async def test_p08_nothing_is_sent_to_a_session_that_is_lost_while_it_closes() -> None:
    """P08: closing takes time; what the caller says meanwhile is for the next session."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear)
    task, session = await started(running, provider)
    closing = asyncio.Event()
    session.close = closing.wait  # type: ignore[assignment, method-assign]
    provider.opened.clear()
    session.frames.put_nowait(RealtimeError("unreadable", code="bad_frame"))
    await asyncio.wait_for(provider.opened.wait(), PATIENCE)
    running.feed(CallerSpoke("what was said meanwhile", 20.0))
    await provider.sessions[1].was_sent("what was said meanwhile")
    closing.set()
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)

    assert "what was said meanwhile" not in session.sent


async def test_a_tool_that_breaks_inside_is_an_answer() -> None:
    """Even a failure that is not the tool's own."""

    def find() -> str:
        """Find."""
        return "found"

    tool = Tool(find)
    tool._output = None  # type: ignore[assignment, method-assign]
    provider, ear = Provider(), Ear()
    running = call(provider, ear, tool)
    task, session = await started(running, provider)
    item = '{"id":"i","type":"function_call","status":"completed","call_id":"c","name":"find","arguments":"{}"}'
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r"}}')
    session.frames.put_nowait(f'{{"type":"response.output_item.done","response_id":"r","item":{item}}}')
    await session.was_sent("function_call_output")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)

    assert any("failed inside" in frame for frame in session.sent)
