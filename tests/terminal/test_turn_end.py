"""What must still happen before a turn is over."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.terminal import turn_end
from orchestrator.terminal.turn_end import ANSWER, HANDOFF, Awaited
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for moments instead of seconds."""
    monkeypatch.setattr(turn_end, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(turn_end, "PATIENCE_SECONDS", 30.0)


def silent() -> float:
    """Say that no audio is left to be heard."""
    return 0.0


async def test_a_turn_is_over_when_nothing_is_awaited() -> None:
    """After a moment without events."""
    assert await asyncio.wait_for(Awaited().all_quiet(silent), PATIENCE) == []


async def test_an_answer_is_waited_for() -> None:
    """Longer than a moment; it is not given up when it comes."""
    pending = Awaited()
    pending.add(ANSWER)
    assert ANSWER in pending

    def answer() -> None:
        pending.done(ANSWER, HANDOFF)
        pending.news()

    asyncio.get_running_loop().call_later(0.2, answer)
    assert await asyncio.wait_for(pending.all_quiet(silent), PATIENCE) == []


async def test_audio_is_heard_to_its_end() -> None:
    """A turn is not over while the team is still speaking."""
    clock = asyncio.get_running_loop().time
    began = clock()
    await asyncio.wait_for(Awaited().all_quiet(lambda: 0.2), PATIENCE)

    assert clock() - began >= 0.2


async def test_what_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and the next turn does not wait for it again."""
    monkeypatch.setattr(turn_end, "PATIENCE_SECONDS", 0.05)
    pending = Awaited()
    pending.add(HANDOFF)
    pending.add(ANSWER)

    assert await asyncio.wait_for(pending.all_quiet(silent), PATIENCE) == ["a handoff", "an answer"]
    assert ANSWER not in pending
