"""From a record to what happened; the lines are those of a whole call over sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from orchestrator.observe.facts import CallEnded, Outcome, SessionHeld, ToolRan
from orchestrator.records import Archive, Filter, UnknownCall
from orchestrator.records.reading import read_call
from orchestrator.testing import call
from tests.calls import desk
from tests.patience import PATIENCE
from tests.records.recording import Recorder

SLOW = '''
"""Tools of the test team."""

import asyncio


async def find_order(number: str) -> str:
    """Find an order."""
    await asyncio.Event().wait()
    return number
'''


async def test_a_call_is_read_while_it_goes_on_and_when_it_is_over(tmp_path: Path) -> None:
    """A tool that runs and sessions that are open are told as that; then as what became of them."""
    archive = Archive(f"sqlite:///{tmp_path}/calls.db")
    async with desk(tools=SLOW, records=f"sqlite:///{tmp_path}/calls.db") as house:
        async with house.caller() as caller:
            house.service.reply("front", call("find_order", number="7"))
            await caller.type("Where is my order?")
            await caller.until("team.tool.called")

            def running() -> bool:
                calls = archive.find(Filter())
                return bool(calls) and any(isinstance(one, ToolRan) for one in read_call(archive, calls[0]["id"])[1])

            async with asyncio.timeout(PATIENCE):
                while not await asyncio.to_thread(running):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)  # it is written twice a second
            (open_call,) = archive.find(Filter())
            live, facts = await asyncio.to_thread(read_call, archive, open_call["id"])
        await house.quiet()
    over, ended = await asyncio.to_thread(read_call, archive, open_call["id"])

    assert (live["ended"], live["ending"], live["agent"], live["turns"]) == (None, None, "front", 1)
    assert (open_call["turns"], open_call["agents"], open_call["ended"]) == (1, ["front"], None)
    assert [one.outcome for one in facts if isinstance(one, ToolRan)] == [Outcome.OPEN]
    assert {one.fate for one in facts if isinstance(one, SessionHeld)} == {"open"}
    assert (over["ending"], over["agents"], over["tools"]) == ("left", ["front"], 1)
    assert [one.outcome for one in ended if isinstance(one, ToolRan)] == [Outcome.CANCELLED]
    assert isinstance(ended[-1], CallEnded)


def test_a_call_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    """Whether or not there is a database."""
    with pytest.raises(UnknownCall):
        read_call(Archive(f"sqlite:///{tmp_path}/calls.db"), "sess_none")


def test_what_a_record_says_is_newer_than_what_was_noted(archive: Archive) -> None:
    """Of a call without an end; when it has ended, its summary is whole."""
    recorder = Recorder(archive)
    writing = recorder.open("sess_1", encode=lambda lines: [str(line) for line in lines])
    writing.note({"turns": 7, "agents": ["front"], "agent": "front", "ending": None, "reason": ""})
    recorder.flush()
    live, _ = read_call(archive, "sess_1")
    writing.close({"turns": 7, "ending": "left"}, "")
    recorder.flush()
    over, _ = read_call(archive, "sess_1")

    assert (live["turns"], live["ending"], live["delivery"]) == (0, None, None)
    assert (over["turns"], over["ending"]) == (7, "left")
