"""The recorded calls of the corpus, each taken over after any of its events."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.session import SessionState
from orchestrator.core.state import Phase
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.records.format.decoding import Moment, read
from orchestrator.replay.callers import Callers
from tests.core.scene import only
from tests.core.takeover.crash import told
from tests.replay.record import CORPUS

RECORDS = sorted(path for path in CORPUS.glob("*.jsonl") if '"joined"' not in path.read_text(encoding="utf-8"))
MOST = 60  # of the places in a record at which it is taken over


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_call_can_be_taken_over_after_any_event(path: Path) -> None:
    """Its sessions are opened, the caller gets their agent, and nothing that was said is lost."""
    reading = read(path.read_text(encoding="utf-8").splitlines())
    header, team = reading.header, reading.header.team
    moments = [one for one in reading.moments(header.stand_ins) if isinstance(one, Moment)]
    assert len(moments) > 20
    for length in range(1, len(moments), max(1, len(moments) // MOST)):
        call = Callers(header, team).calls["caller"]
        for moment in moments[:length]:
            call.handle(moment.event, moment.t)
        state, now = call.state, moments[length - 1].t + 1.5
        if state.phase is Phase.ENDED or state.shared.began is None:
            continue
        before = told(state)
        effects = call.handle(CallTakenOver(), now)
        assert not any(session.ready for session in state.sessions)
        assert only(do.CloseSession, effects) == []
        for _ in range(3):
            for session in [one for one in state.sessions if one.state is SessionState.OPENING]:
                if session.agent not in team.persons:
                    effects += call.handle(ev.SessionOpened(session.id), now)
        assert state.phase in (Phase.TALKING, Phase.HANDING_OFF)
        assert state.listener.ready
        after = {item_id: text for _, _, item_id, text in told(state)}
        assert all(text is None or text == after[item_id] or not after[item_id] for _, _, item_id, text in before)
        effects = call.handle(ev.CallerLeft(), now + 1)
        assert only(do.EndCall, effects)
