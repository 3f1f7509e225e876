"""A doubt waits for words, and asks for them while the caller speaks."""

from __future__ import annotations

import asyncio

from orchestrator.errors import OrchestratorError, RealtimeError
from orchestrator.local.interruptions.doubt import AGAIN_MS, LOOK_MS, Doubt


class Case:
    """A doubt in an English call."""

    def __init__(self, *, asked: bool = False) -> None:
        self.doubt = Doubt(lambda: None, "en", asked=asked)
        self.convinced = False

    async def looks(self, heard: str | OrchestratorError, spoken_ms: float) -> bool:
        """Let it look, and find these words; returns whether it is convinced."""

        async def recognize() -> str | OrchestratorError:
            return heard

        def convince() -> None:
            self.convinced = True

        task = asyncio.create_task(recognize(), name="recognition")  # noqa: TID251 - as the session spawns it
        self.doubt.look(task, spoken_ms, convince)
        await task
        await asyncio.sleep(0)
        return self.convinced


def test_what_is_heard_at_a_pause_decides() -> None:
    """A backchannel is nothing, anything else is a turn; nothing is known before."""
    doubt = Case().doubt
    assert not doubt.is_nothing
    assert not doubt.hear("Mm-hmm.", 400)
    assert doubt.is_nothing
    assert doubt.hear("I have another question.", 900)
    assert not doubt.is_nothing


def test_after_a_pause_it_listens_again() -> None:
    """What is said next may be a turn; it is looked at soon."""
    doubt = Case().doubt
    doubt.hear("Okay.", 400)
    doubt.resume(400)
    assert not doubt.is_nothing
    assert not doubt.wants_look(400 + AGAIN_MS - 1)
    assert doubt.wants_look(400 + AGAIN_MS)


async def test_it_looks_again_until_it_is_convinced() -> None:
    """The first look shows "okay", the second more."""
    case = Case()
    assert case.doubt.wants_look(LOOK_MS)
    assert not await case.looks("Okay.", LOOK_MS)
    assert not case.doubt.wants_look(LOOK_MS + AGAIN_MS - 1)
    assert case.doubt.wants_look(LOOK_MS + AGAIN_MS)
    assert await case.looks("Okay, but when", LOOK_MS + AGAIN_MS)


async def test_it_looks_once_at_a_time() -> None:
    """And forgets what it has not seen when it ends."""
    doubt = Case().doubt
    never: asyncio.Future[str | OrchestratorError] = asyncio.get_running_loop().create_future()

    async def recognize() -> str | OrchestratorError:
        return await never

    task = asyncio.create_task(recognize(), name="recognition")  # noqa: TID251 - as the session spawns it
    doubt.look(task, LOOK_MS, lambda: None)
    assert doubt.looking is task
    assert not doubt.wants_look(10_000)
    doubt.end()
    assert doubt.looking is None
    await asyncio.wait({task})
    assert task.cancelled()


async def test_a_recogniser_that_fails_cannot_doubt() -> None:
    """The caller is believed then."""
    assert await Case().looks(RealtimeError("The server is gone.", code="server_error"), LOOK_MS)


async def test_where_something_is_asked_a_yes_is_a_turn() -> None:
    """The agent need not finish its question."""
    assert await Case(asked=True).looks("Yes.", LOOK_MS)
