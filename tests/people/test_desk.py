"""Who waits, who is there, and who has taken which call."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.people.desk import Desk
from orchestrator.people.session import PersonSession
from tests.patience import PATIENCE
from tests.people.fakes import Scribes, Somebody


async def waiting(desk: Desk, call: str = "c1") -> asyncio.Task[PersonSession]:
    """Let a call wait for somebody."""
    task = asyncio.get_running_loop().create_task(desk.open(call, "colleague", "support", Scribes().listen))
    await asyncio.sleep(0)
    return task


def staffed(*roles: str) -> tuple[Desk, list[Somebody]]:
    """A desk, and who is there."""
    desk, people = Desk(), [Somebody() for _ in roles]
    for person, role in zip(people, roles, strict=True):
        desk.come(person, role)
    return desk, people


async def test_the_first_who_accepts_has_the_call() -> None:
    """Nobody else; and nobody of another role."""
    desk, (anna, tom, nurse) = staffed("support", "support", "ward")
    assert not desk.accept("c1", anna)
    task = await waiting(desk)

    assert [desk.accept("c1", one) for one in (nurse, anna, tom)] == [False, True, False]
    session = await task
    assert session.held_by(anna)
    assert desk.session("c1") is session
    await session.close()
    assert desk.session("c1") is None
    assert anna.names() == ["released"]


async def test_everybody_has_to_decline() -> None:
    """Everybody who is there; who has gone does not count."""
    desk, (anna, tom, ben, nurse) = staffed("support", "support", "support", "ward")
    desk.decline("c1", anna)  # nobody waits yet
    task = await waiting(desk)
    for one in (anna, tom, nurse):
        desk.decline("c1", one)
    await asyncio.sleep(0)
    assert not task.done()
    desk.go(ben)
    with pytest.raises(RealtimeError, match="declined"):
        await task
    assert not desk.accept("c1", tom)


async def test_nobody_there_is_waited_for() -> None:
    """Somebody may come."""
    desk, (anna,) = staffed("support")
    task = await waiting(desk)
    desk.go(anna)
    await asyncio.sleep(0)
    assert not task.done()
    desk.come(anna, "support")
    assert desk.accept("c1", anna)
    await (await task).close()


async def test_who_accepts_as_the_caller_leaves_is_free_again() -> None:
    """The two may meet."""
    desk, (anna,) = staffed("support")
    task = await waiting(desk)
    desk.accept("c1", anna)
    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()
    assert anna.names() == ["released"]


async def test_a_caller_who_leaves_waits_no_longer() -> None:
    """Also when everybody has declined at this moment."""
    desk, (anna,) = staffed("support")
    for decline in (False, True):
        task = await waiting(desk)
        if decline:
            desk.decline("c1", anna)
        task.cancel()
        await asyncio.wait({task})
        assert not desk.accept("c1", anna)
    assert anna.told == []


async def test_a_call_is_claimed_once() -> None:
    """Then it has somebody."""
    desk, (anna, tom) = staffed("support", "support")
    assert desk.claim("c1", anna)
    assert not desk.claim("c1", tom)
    session = await asyncio.wait_for(desk.open("c1", "colleague", "support", Scribes().listen), PATIENCE)

    assert session.held_by(anna)
    assert not desk.claim("c1", tom)
    await session.close()


async def test_a_claim_of_somebody_who_is_gone_comes_to_nothing() -> None:
    """The call goes on without them; one that has ended is forgotten."""
    desk, (anna,) = staffed("support")
    desk.claim("c1", anna)
    desk.claim("c2", anna)
    desk.forget("c2")
    desk.go(anna)
    with pytest.raises(RealtimeError, match="gone"):
        await desk.open("c1", "colleague", "support", Scribes().listen)
    assert desk.claim("c2", anna)


async def test_a_call_whose_person_is_away_can_be_gone_on_with() -> None:
    """By anybody of the role, once."""
    desk, (anna, tom, nurse) = staffed("support", "support", "ward")
    task = await waiting(desk)
    desk.accept("c1", anna)
    session = await task
    session.detach()

    assert [desk.accept("c1", one) for one in (nurse, tom, anna)] == [False, True, False]
    assert session.held_by(tom)
    assert tom.names() == ["joined"]
    await session.close()


async def test_a_session_that_closes_late_does_not_take_the_next_one_along() -> None:
    """The call may have a person again."""
    desk, (anna, tom) = staffed("support", "support")
    task = await waiting(desk)
    desk.accept("c1", anna)
    old = await task
    task = await waiting(desk)
    desk.accept("c1", tom)
    new = await task
    await old.close()

    assert desk.session("c1") is new
    await new.close()
