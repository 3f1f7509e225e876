"""What is kept of the calls of a process; that it is kept is seen in whole calls, in tests/records."""

from __future__ import annotations

import asyncio
from pathlib import Path

from orchestrator.gateway.records.keeping import NOTHING, Keeping, Last
from orchestrator.gateway.session import SessionView
from orchestrator.observe.facts import CallBegan
from orchestrator.records.audio import Recordings
from orchestrator.records.recorders import Recorders
from orchestrator.runner import Party
from orchestrator.team.limits import Record
from tests.core.scene import TOOLS, team
from tests.patience import PATIENCE
from tests.records.recorded import Memory, team_header

HELPDESK = team()


def view() -> SessionView:
    """A caller's session object."""
    return SessionView(session_id="sess_1", model="helpdesk", expires_at=0, reserved=frozenset())


def test_nothing_is_kept_that_is_not_wanted() -> None:
    """Neither a record nor sound; then nobody has to wait for it."""
    place = Party("sess_1", HELPDESK).place("sess_1", "caller", "front")
    keeping = Keeping()

    assert keeping.begin(place, view(), "seed", str) is NOTHING
    over = list[str]()
    keeping.left(place, 9.0, lambda: over.append("over"))
    assert over == ["over"]


async def test_a_call_is_over_when_the_last_who_keep_it_are_done() -> None:
    """In whatever threads they are; a process that ends has no event loop any more in which it could be."""
    done: list[str] = []
    last = Last(2, lambda: done.append("over"))
    await asyncio.to_thread(last.done)
    await asyncio.sleep(0)
    assert done == []
    await asyncio.to_thread(last.done)
    await asyncio.sleep(0)
    assert done == ["over"]


def test_nothing_is_done_after_the_event_loop() -> None:
    """A thread may still write then."""
    done: list[str] = []

    async def begin() -> Last:
        return Last(1, lambda: done.append("over"))

    asyncio.run(begin()).done()

    assert done == []


async def test_a_record_and_the_sound_are_kept_from_the_start_to_the_end(tmp_path: Path) -> None:
    """The record ends with the last caller; the sound is written when the server stops."""
    memory, keeping = Memory(), Keeping()
    keeping.recorders = Recorders(memory, team_header(HELPDESK, TOOLS), Record())
    keeping.recordings = Recordings(tmp_path)
    place = Party("sess_1", HELPDESK).place("sess_1", "caller", "front")

    kept = keeping.begin(place, view(), "seed", str)
    assert kept.recording is not None
    assert (len(kept.takers), len(kept.observers)) == (1, 1)
    kept.takers[0](CallBegan(start=0.0, end=0.0, agent="front"))
    kept.recording.close()
    over = asyncio.Event()
    keeping.left(place, 9.0, over.set)
    await asyncio.wait_for(over.wait(), PATIENCE)
    await asyncio.to_thread(keeping.recordings.close)

    assert memory.summary is not None
    assert (memory.summary["agents"], memory.summary["ended"]) == (["front"], 9.0)
