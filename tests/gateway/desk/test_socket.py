"""The socket of a worker."""

from __future__ import annotations

import json
from contextlib import suppress

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.calls import desk
from tests.worker import OFFICE, OFFICE_TOOLS, wait_for, worker


async def test_a_worker_is_called_by_a_name() -> None:
    """What cannot be printed is left out of it, and the role stands for whoever names none."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, worker(at, "trainee") as tom:
        for query, title in (("&name=An%00na", "Anna"), ("&name=" + "x" * 100, "x" * 64), ("", "support")):
            async with at.caller() as caller, worker(at, query=query) as anna:
                await wait_for(at, caller)
                call_id = str(caller.of("session.created")[0]["session"]["id"])
                await anna.do("accept", call=call_id)
                await anna.told("joined")
                assert title in [event["by"] for event in tom.of("team.person.accepted")]


async def test_a_worker_may_come_for_one_call() -> None:
    """They watch it at once, and need not name it; other calls can be named."""
    async with (
        desk(OFFICE, OFFICE_TOOLS) as at,
        at.caller() as caller,
        worker(at, query=f"&call_id={at.calls.board.entries()[0].call}") as anna,
    ):
        assert (await anna.told("watching"))["call"] == at.calls.board.entries()[0].call
        await anna.do("note", text="They are a good customer.")
        await (await at.service.session("front")).wait_for("conversation.item.create")
        await caller.type("Hello.")
        await caller.until("response.done")


async def test_there_is_no_such_call() -> None:
    """The socket is closed with the reason."""
    async with desk(OFFICE, OFFICE_TOOLS) as at:
        async with connect(f"{at.url}/v1/realtime?desk=support&call_id=sess_none") as socket:
            events = []
            with suppress(ConnectionClosed):
                async for frame in socket:
                    events.append(json.loads(frame))  # noqa: PERF401 - what has come is looked at

        assert events[-1]["error"]["code"] == "call_not_found"
        assert at.calls.desk._present == {}
