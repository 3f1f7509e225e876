"""Calls that are recorded: one record for all callers of a call, from sockets to the database and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchestrator.core.memory.shared import Shared
from orchestrator.observe.facts import FirstAudio, HandedOver, ToolRan
from orchestrator.observe.story import Story
from orchestrator.records import Archive, Filter
from orchestrator.records.format.decoding import Moment, read
from orchestrator.records.recorder import Caller
from orchestrator.records.recorders import Recorders
from orchestrator.replay.exact import replay
from orchestrator.team.limits import Record
from orchestrator.testing.script import call, say
from tests.calls import TEAM, desk
from tests.core.scene import HELPDESK, TOOLS, team
from tests.records.recorded import Memory, team_header

SECRET = "variables: {{customer: null, card: {{secret: true}}}}"
CARD = "4929183827463951"
SETS = '''
"""Tools of the test team."""


def find_order(number: str, call) -> str:
    """Find an order."""
    call.variables["card"] = number
    return f'{{"card": "{number}"}}'
'''


def bytes_in(folder: Path) -> list[bytes]:
    """Return what is in the files of a folder."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def recorders(memory: Memory) -> tuple[Recorders, Shared]:
    """Record the calls of a team."""
    played = team(HELPDESK)
    return Recorders(memory, team_header(played, TOOLS), Record()), Shared(played)


def test_a_record_ends_with_the_last_caller() -> None:
    """Whoever that is."""
    memory = Memory()
    calls, shared = recorders(memory)
    calls.begin("party", shared, Caller("sess_1", "caller", "front", "a"), {}, 1.0)
    calls.begin("party", shared, Caller("sess_2", "tech", "tech", "b"), {}, 2.5)
    assert calls.find("party") is not None
    done: list[str] = []
    calls.left("party", 9.0, lambda: done.append("first"))
    assert (memory.summary, done) == (None, ["first"])
    calls.left("party", 9.0, lambda: done.append("last"))
    calls.left("party", 9.0, lambda: done.append("nobody"))

    assert done == ["first", "last", "nobody"]
    assert memory.summary is not None
    assert calls.find("party") is None
    said = {"call": "sess_2", "agent": "tech", "seed": "b", "formats": {}}
    assert json.loads(memory.lines[1]) == {"t": 1.5, "seat": "tech", "joined": said}


async def test_a_call_over_sockets_runs_again(tmp_path: Path) -> None:
    """With a handoff, a tool and an interruption; its facts can be told from the record alone."""
    address = f"sqlite:///{tmp_path}/calls.db"
    async with desk(records=address) as house:
        async with house.caller() as caller:
            await caller.speak(20)
            house.service.reply("front", call("find_order", number="7"))
            house.service.reply("front", say("There it is."))
            await caller.type("where is my order")
            await caller.until("response.done")
            house.service.reply("front", call("transfer_to_billing", reason="an invoice"))
            await caller.type("my invoice")
            await caller.until("team.handoff.completed")
            await caller.send("response.cancel")
        await house.quiet()
    archive = Archive(address)
    (summary,) = archive.find(Filter())
    lines = list(archive.lines(summary["id"]))
    done = replay(lines)

    assert done.first is None
    assert done.events > 20
    assert (summary["agents"], summary["handoffs"], summary["tools"]) == (["front", "billing"], 1, 1)
    facts: list[Any] = []
    story = Story((facts.append,), began=0.0)
    for moment in read(lines).moments():
        assert isinstance(moment, Moment)
        story.observe(moment.event, moment.effects, moment.t)
    assert {ToolRan, HandedOver, FirstAudio} <= {type(fact) for fact in facts}


async def test_a_secret_is_nowhere_in_the_files_of_the_database(tmp_path: Path) -> None:
    """Although it was typed and spoken of before any tool knew that it is one."""
    address = f"sqlite:///{tmp_path}/calls.db"
    text = TEAM.replace("variables: {{customer: null}}", SECRET)
    async with desk(text, SETS, records=address) as house:
        async with house.caller() as caller:
            await caller.type(f"my card is {CARD[:8]} {CARD[8:]}")
            await caller.until("response.done")
            house.service.reply("front", call("find_order", number=CARD))
            house.service.reply("front", say(f"It is {CARD}."))
            await caller.type("pay it")
            await caller.until("response.done", 2)
        await house.quiet()
    found = b"".join(bytes_in(tmp_path))

    assert b"secret:card" in found
    assert not any(CARD[at : at + 6].encode() in found for at in range(len(CARD) - 5))


async def test_a_team_that_wants_no_record_has_none(tmp_path: Path) -> None:
    """The database is not even made."""
    async with desk(f"{TEAM}record: false\n", records=f"sqlite:///{tmp_path}/calls.db") as house:
        async with house.caller() as caller:
            await caller.type("hello")
            await caller.until("response.done")
        await house.quiet()

    assert bytes_in(tmp_path) == []
