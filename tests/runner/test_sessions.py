"""Sessions of a running call that fail, or say what cannot be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
import structlog

from orchestrator.core.effects import Effect
from orchestrator.core.events import CallerLeft, CallerSettings, CallerSpoke, Ending, Event, ItemReported
from orchestrator.errors import RealtimeError
from orchestrator.observe.watch import Lookers
from orchestrator.protocol.frames import server_frame
from orchestrator.settings import MEBIBYTE
from tests.patience import PATIENCE
from tests.runner.fakes import Ear, Provider, call, started


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
        "The service sent a input_audio_buffer.committed event that cannot be read."
    ]


class Watching:
    """Notes the items that are reported to the core."""

    def __init__(self) -> None:
        self.items: list[str] = []

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        if isinstance(event, ItemReported):
            self.items.append(event.item_id)


async def test_what_a_service_says_of_items_that_the_core_has_put_there_is_no_event() -> None:
    """A session that is opened again reports each line that it was told twice: nobody has to handle that."""
    provider, ear, watching = Provider(), Ear(), Watching()
    running = call(provider, ear, lookers=Lookers(observers=(watching,)))
    task, session = await started(running, provider)
    running.state.tell(running.state.active, "Something happened.")
    (seeded,) = running.state.active.seeded
    for item_id in (seeded, "item_1"):
        for kind in ("added", "done"):
            item = {"id": item_id, "type": "message", "role": "user", "content": []}
            session.frames.put_nowait(server_frame(f"conversation.item.{kind}", previous_item_id=None, item=item))
    session.frames.put_nowait('{"type":"rate_limits.updated"}')
    async with asyncio.timeout(PATIENCE):
        while ("tell", "rate_limits.updated") not in ear.told:
            ear.changed.clear()
            await ear.changed.wait()
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)

    assert watching.items == ["item_1", "item_1"]


@pytest.mark.parametrize("kind", ["response.output_text.delta", "response.output_audio_transcript.delta"])
async def test_p54_a_response_without_end_loses_its_session(kind: str) -> None:
    """P54: before it fills the memory; many responses of a usual length do not."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear, memory=MEBIBYTE)
    place = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    words = json.dumps({"type": kind, "event_id": "e", **place, "delta": "x" * 20_000})
    done = json.dumps({"type": "response.done", "response": {"id": "r", "status": "completed", "output": []}})
    with structlog.testing.capture_logs() as logs:
        task, session = await started(running, provider)
        provider.opened.clear()
        for _ in range(10):
            for frame in (words, words, words, done):
                session.frames.put_nowait(frame)
        for _ in range(20):
            session.frames.put_nowait(words)
        await asyncio.wait_for(provider.opened.wait(), PATIENCE)
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)
    assert [line["code"] for line in logs if line["event"] == "session lost"] == ["too_much"]


@pytest.mark.parametrize(
    "error", [RealtimeError("no", fatal=True), RuntimeError("a bug of the provider")], ids=["refused", "bug"]
)
async def test_a_provider_that_fails_ends_in_a_close_code(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a provider raises, the caller is told."""
    from orchestrator.core import recovery

    monkeypatch.setattr(recovery, "PAUSE", 0.0)
    ear = Ear()
    await asyncio.wait_for(call(Provider(error), ear).run(CallerSettings, {}), PATIENCE)

    assert ear.ended == (Ending.UNREACHABLE, "the agent 'front' cannot be reached")


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
