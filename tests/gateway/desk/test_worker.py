"""One worker: what they are told, and what becomes of what they send; whole calls are in `tests/test_people.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from orchestrator.gateway.desk import worker as module
from orchestrator.gateway.desk.worker import masked
from orchestrator.testing import call
from tests.calls import CallerClient, Desk, desk
from tests.worker import OFFICE, OFFICE_TOOLS, WorkerClient, connected, wait_for, worker


@asynccontextmanager
async def office(
    role: str = "support", callers: int = 1
) -> AsyncIterator[tuple[Desk, list[CallerClient], WorkerClient]]:
    """Serve callers, and somebody at the desk."""
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(desk(OFFICE, OFFICE_TOOLS))
        clients = [await stack.enter_async_context(at.caller()) for _ in range(callers)]
        yield at, clients, await stack.enter_async_context(worker(at, role))


def ids(at: Desk) -> list[str]:
    """Return the ids of the calls."""
    return [entry.call for entry in at.calls.board.entries()]


async def test_a_worker_sees_which_calls_there_are() -> None:
    """When they come: who has the caller, since when, who waits."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, at.caller():
        await wait_for(at, caller)
        async with worker(at) as anna, worker(at, "ward") as nurse:
            opened = anna.of("team.desk.opened")[0]
            assert opened["role"] == "support"
            assert opened["may"] == ["approve", "listen", "note", "take"]
            assert [one["call"] for one in opened["calls"]] == ids(at)
            assert opened["calls"][0]["waiting"]["reason"] == "wants a human"
            assert len(nurse.of("team.desk.opened")[0]["calls"]) == 2


async def test_messages_are_in_the_queue_of_their_desk() -> None:
    """Of the role they are for, which need not see other calls; until somebody reads them."""
    written = OFFICE.replace("tools: [tools.py:wait_long]", "messages: [colleague]").replace(
        "support: {{}}", "support: {{may: [take]}}"
    )
    async with (
        desk(written, OFFICE_TOOLS) as at,
        at.caller() as caller,
        worker(at) as anna,
        worker(at, "ward") as nurse,
    ):
        at.service.reply("front", call("message_colleague", text="They are angry.", urgent=False))
        await caller.type("I am angry.")
        message = await anna.told("message")
        await caller.until("response.done")
        async with worker(at) as later, worker(at, "writer") as writer:
            assert [one["id"] for one in later.of("team.desk.opened")[0]["messages"]] == [message["id"]]
            assert writer.of("team.desk.opened")[0]["messages"] == []
        await wait_for(at, caller)
        await anna.do("accept", call=message["call"])
        delivered = await anna.until("team.message.delivered")
        async with worker(at) as later:
            assert later.of("team.desk.opened")[0]["messages"] == []

    assert (message["from"], message["to"], message["text"]) == ("front", "colleague", "They are angry.")
    assert delivered["id"] == message["id"]
    assert "They are angry." in [event["text"].removeprefix("Message from front: ") for event in anna.of(TOLD)]
    assert nurse.of("team.person.message") != []  # it may listen, and sees what goes on in all calls
    assert writer.of("team.person.message") == []


TOLD = "team.person.told"


@pytest.mark.parametrize("name", ["watch", "listen"])
async def test_only_so_many_calls_are_followed_at_a_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same one again does not count."""
    monkeypatch.setattr(module, "MOST_WATCHED", 1)
    async with office(callers=2) as (at, _, anna):
        first, second = ids(at)
        for _ in range(2):
            await anna.do(name, call=first)
        await anna.do(name, call=second)
        assert (await anna.refused())["code"] == "rate_limit_exceeded"
        await anna.do(name, call=first, on=False)
        await anna.do(name, call=second)
        await anna.told("watching" if name == "watch" else "listening", 3 if name == "watch" else 4)


async def test_a_call_can_be_taken_as_a_person_of_the_role_only() -> None:
    """A nurse is no colleague, and whose role has no person takes nobody."""
    async with office() as (at, _, anna), worker(at, "chief") as chief:
        await anna.do("take", call=ids(at)[0], agent="nurse")
        assert (await anna.refused())["message"] == "This role can take calls as colleague only."
        await chief.do("take", call=ids(at)[0])
        assert (await chief.refused())["message"] == "This role can take calls as no person of the team only."


async def test_a_call_that_waits_can_be_taken() -> None:
    """It is accepted with it."""
    async with office() as (at, (caller,), anna):
        await wait_for(at, caller)
        await anna.do("take", call=ids(at)[0])
        await anna.told("joined")
        await caller.until("team.handoff.completed")


async def test_a_call_that_is_being_handed_over_cannot_be_taken() -> None:
    """In a moment it can."""
    async with office() as (at, (caller,), anna):
        await connected(at, caller, anna)
        async with worker(at) as tom:
            await tom.do("take", call=ids(at)[0])
            assert "already with 'colleague'" in (await tom.refused())["message"]


async def test_only_whoever_has_the_caller_acts_for_them() -> None:
    """The others may see and hear."""
    async with office() as (at, (caller,), anna), worker(at) as tom:
        call_id = await connected(at, caller, anna)
        for number, (name, fields) in enumerate({"give_back": {}, "run": {"name": "x"}, "hang_up": {}}.items(), 1):
            await tom.do(name, call=call_id, **fields)
            assert (await tom.refused(number))["code"] == "not_yours"
        await anna.do("run", call=call_id, name="hand_back")
        await anna.told("released")
        await anna.do("give_back", call=call_id)
        assert (await anna.refused())["code"] == "not_yours"


async def test_whoever_listens_to_their_own_caller_hears_them_once() -> None:
    """And themselves, as a second track."""
    async with office() as (at, (caller,), anna):
        call_id = await connected(at, caller, anna)
        await anna.do("listen", call=call_id)
        await anna.told("listening")
        before = len(anna.heard())
        await caller.speak(3)
        await anna.speak(7)
        await anna.until("team.audio.delta", where=lambda event: event["leg"] == "team")
        await anna.do("listen", on=False)
        await anna.told("listening", 2)

        assert len(anna.heard()) == before + 3


async def test_a_binary_frame_is_answered() -> None:
    """And a bug of ours costs one event."""
    async with office() as (at, _, anna):
        await anna.socket.send(b"\x00")
        assert (await anna.refused())["code"] == "invalid_event"
        at.calls.board.find = None  # type: ignore[method-assign, assignment]
        await anna.do("watch", call="x")
        assert (await anna.refused(2))["code"] == "server_error"
        del at.calls.board.find


async def test_a_role_without_listening_sees_the_end_of_what_it_waits_for() -> None:
    """And all of the call that it has."""
    text = OFFICE.replace("support: {{}}", "support: {{may: [take]}}")
    async with desk(text, OFFICE_TOOLS) as at, at.caller() as caller, at.caller(), worker(at) as anna:
        assert anna.of("team.desk.opened")[0]["calls"] == []
        call_id = await connected(at, caller, anna)
        await anna.do("watch")
        await anna.told("watching")
        await anna.do("run", name="find_order", arguments={"number": "7"})
        await anna.until("team.tool.returned")
        await anna.do("watch", call=next(one for one in ids(at) if one != call_id))
        assert (await anna.refused())["code"] == "forbidden"
        await anna.do("give_back")
        await anna.told("released")
        await asyncio.gather(caller.until("team.handoff.completed", 2), anna.until("team.handoff.started", 2))


def test_everything_that_is_text_is_masked() -> None:
    """However deep it lies."""
    given = {"a": ["secret", 7, {"b": ("secret",)}], "c": None}

    assert masked(given, lambda text: text.replace("secret", "••••")) == {"a": ["••••", 7, {"b": ["••••"]}], "c": None}
