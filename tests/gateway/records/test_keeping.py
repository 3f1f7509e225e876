"""What is kept of the calls of a process; that it is kept is seen in whole calls, in tests/records."""

from __future__ import annotations

import asyncio
from pathlib import Path

from orchestrator.gateway.records.keeping import NOTHING, Keeping
from orchestrator.gateway.session import SessionView
from orchestrator.observe.facts import CallBegan
from orchestrator.records.audio import Recordings
from orchestrator.records.recorders import Recorders
from orchestrator.runner import Party
from orchestrator.team.limits import Record
from tests.core.scene import TOOLS, team
from tests.records.recorded import Memory, team_header

HELPDESK = team()


def view() -> SessionView:
    """A caller's session object."""
    return SessionView(session_id="sess_1", model="helpdesk", expires_at=0, reserved=frozenset())


def test_nothing_is_kept_that_is_not_wanted() -> None:
    """Neither a record nor sound."""
    place = Party("sess_1", HELPDESK).place("sess_1", "caller", "front")
    keeping = Keeping()

    assert keeping.begin(place, view(), "seed", str) is NOTHING
    keeping.left(place, 9.0)


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
    keeping.left(place, 9.0)
    await asyncio.to_thread(keeping.recordings.close)

    assert memory.summary is not None
    assert (memory.summary["agents"], memory.summary["ended"]) == (["front"], 9.0)
