"""What writes down both sides of a conversation between two people."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from orchestrator.people.ears import HELD, Ear, Ears
from orchestrator.protocol.audio import PCM
from tests.patience import PATIENCE
from tests.people.fakes import FAILED, GONE, TRANSCRIBED, Scribes, append, event, until


class Paper:
    """What was written down."""

    def __init__(self) -> None:
        self.turns: list[str] = []
        self.words: asyncio.Queue[tuple[str, str | None]] = asyncio.Queue()
        self.ear = Ear("caller", self.turns.append, lambda *words: self.words.put_nowait(words))

    async def next(self) -> tuple[str, str | None]:
        """Wait for the next words."""
        return await asyncio.wait_for(self.words.get(), PATIENCE)


async def test_turns_and_their_words_are_noted() -> None:
    """What cannot be read, or means nothing here, is passed over."""
    paper, scribes = Paper(), Scribes()
    task = asyncio.ensure_future(paper.ear.run(scribes.listen, PCM))
    await until(lambda: scribes.opened)
    (session,) = scribes.opened
    for frame in ("nonsense", event("x", 7), event("rate_limits.updated"), event("input_audio_buffer.committed")):
        session.frames.put_nowait(frame)
    session.frames.put_nowait(event(TRANSCRIBED, transcript="Hello."))
    assert await paper.next() == ("i1", "Hello.")
    session.frames.put_nowait(event(FAILED, "i2"))
    assert await paper.next() == ("i2", None)
    task.cancel()
    await asyncio.wait({task})

    assert paper.turns == ["i1"]
    assert session.closed


async def test_what_is_said_before_it_is_open_is_kept_for_it() -> None:
    """The oldest is dropped when it takes too long."""
    paper, scribes = Paper(), Scribes()
    for number in range(HELD + 1):
        paper.ear.hear(append(str(number)))
    task = asyncio.ensure_future(paper.ear.run(scribes.listen, PCM))
    await until(lambda: scribes.opened and scribes.opened[0].sent)
    paper.ear.hear(append("live"))

    assert scribes.opened[0].sent == [*(append(str(number)) for number in range(1, HELD + 1)), append("live")]
    task.cancel()
    await asyncio.wait({task})


async def test_a_turn_can_be_ended() -> None:
    """Only one that is being spoken: a service has nothing to make of silence."""
    paper, scribes = Paper(), Scribes()
    ear = paper.ear
    ear.finish()
    task = asyncio.ensure_future(ear.run(scribes.listen, PCM))
    await until(lambda: scribes.opened)
    (session,) = scribes.opened
    ear.finish()
    assert session.sent == []
    assert not ear.writing
    session.frames.put_nowait(event("input_audio_buffer.speech_started"))
    await until(lambda: ear.writing)
    ear.finish()
    assert session.sent == ['{"type":"input_audio_buffer.commit"}']
    session.frames.put_nowait(event("input_audio_buffer.committed"))
    await until(lambda: paper.turns)
    assert ear.writing
    session.frames.put_nowait(event(TRANSCRIBED))
    assert await paper.next() == ("i1", "")
    assert not ear.writing
    task.cancel()
    await asyncio.wait({task})


@pytest.mark.parametrize("error", [GONE, RuntimeError("a bug of ours")], ids=["lost", "bug"])
async def test_one_that_cannot_be_had_costs_the_words_only(error: Exception) -> None:
    """It is tried again; then the log says so, and nothing more is kept."""
    paper, scribes = Paper(), Scribes(error, error)
    with structlog.testing.capture_logs() as logs:
        await asyncio.wait_for(paper.ear.run(scribes.listen, PCM), PATIENCE)
    paper.ear.hear(append())

    assert [line["event"] for line in logs][-1] == "not written down"
    assert not paper.ear.writing


async def test_one_that_is_lost_in_a_long_call_is_opened_again() -> None:
    """Each time, if it has understood something between; what it owed is not understood."""
    paper, scribes = Paper(), Scribes()
    task = asyncio.ensure_future(paper.ear.run(scribes.listen, PCM))
    for number in range(4):
        await scribes.open(number + 1)
        session = scribes.opened[number]
        session.frames.put_nowait(event(TRANSCRIBED, f"a{number}", transcript="Hello."))
        session.frames.put_nowait(event("input_audio_buffer.committed", f"b{number}"))
        session.frames.put_nowait(GONE)
        assert await paper.next() == (f"a{number}", "Hello.")
        assert await paper.next() == (f"b{number}", None)
    task.cancel()
    await asyncio.wait({task})


async def test_both_sides_are_opened_once_and_closed() -> None:
    """In the format of the call."""
    scribes = Scribes()
    ears = Ears(Ear("caller"), Ear("person"), scribes.listen)
    await ears.close()  # which were never opened
    for _ in range(2):
        ears.open(PCM)
    await until(lambda: len(scribes.opened) == 2)
    for session in scribes.opened:
        for frame in (event("input_audio_buffer.committed"), event(FAILED), event("input_audio_buffer.speech_started")):
            session.frames.put_nowait(frame)
    await until(lambda: ears.caller.writing and ears.person.writing)
    assert ears.writing
    ears.finish()
    assert [session.sent for session in scribes.opened] == [['{"type":"input_audio_buffer.commit"}']] * 2
    await asyncio.wait_for(ears.close(), PATIENCE)

    assert scribes.formats == [PCM, PCM]
    assert all(session.closed for session in scribes.opened)
