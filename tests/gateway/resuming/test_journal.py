"""The journal: what it has of a call is enough to make the call again, as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.tools.rules import ToolRules
from orchestrator.gateway.projection import Projection
from orchestrator.gateway.resuming.journal import CallJournal
from orchestrator.gateway.resuming.past import events, steps
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import HELPDESK, TEAMWORK, TEAMWORK_TOOLS, TOOLS, Scene, team
from tests.core.walk import World
from tests.gateway.resuming.test_past import view
from tests.records.walks import watch

STEPS = 400
WALKS = 4


def entries(line: str) -> list[dict[str, Any]]:
    """Return the entries of a line."""
    found: list[dict[str, Any]] = json.loads(line)
    return found


def lines_of(call: Any) -> list[str]:
    """Return the list that the journal of a call goes to from here on."""
    lines: list[str] = []
    journal = CallJournal(lines.append, lambda: None, 0.0)
    watch(call, journal.observe)
    call.flush = journal.flush
    return lines


def test_what_only_counts_waits_to_be_written() -> None:
    """A second of audio is an entry; what comes after it is written at once, on one line with what has waited."""
    written: list[str] = []
    soon: list[int] = []
    journal = CallJournal(written.append, lambda: soon.append(len(written)), 0.0)
    for t in range(20):
        journal.observe(ev.CallerSpoke("", 100.0), (), t / 10)
    assert (written, soon) == ([], [0, 0])
    journal.observe(ev.CallerLeft("hang-up"), (do.EndCall(ev.Ending.LEFT, "hang-up"),), 2.0)
    journal.observe(ev.CallerLeft("hang-up"), (), 3.0)
    assert (len(written), soon) == (1, [0, 0, 1])
    journal.flush()
    journal.flush()

    types = [[entry["in"]["type"] for entry in entries(line)] for line in written]
    assert types == [["CallerSpoke", "CallerSpoke", "CallerLeft"], ["CallerLeft"]]
    assert ([entry["in"]["frames"] for entry in entries(written[0])[:2]], journal.entries) == ([10, 10], 4)


def test_no_more_than_a_hundred_entries_wait() -> None:
    """Also of a call that nobody can take over any more, for which nobody asks."""
    written: list[str] = []
    journal = CallJournal(written.append, lambda: None, 0.0)
    for t in range(250):
        journal.observe(ev.CallerLeft("hang-up"), (), float(t))

    assert [len(entries(line)) for line in written] == [100, 100]


def known(call: Call) -> Any:
    """Return what a call knows that a caller, or an agent, could notice."""
    state = call.state
    return (
        state.phase,
        state.route.active,
        state.route.handoff and state.route.handoff.target,
        [str(line) for line in state.transcript.history()],
        state.variables.values(),
        list(state.functions.open),
        {str(timer) for timer in state.agenda.timers},
        {session.id: session.state for session in state.sessions},
    )


@pytest.mark.parametrize(
    ("said", "tools"),
    [(HELPDESK, TOOLS), (TEAMWORK, TEAMWORK_TOOLS), (WARD, WARD_TOOLS)],
    ids=["ways", "teamwork", "people"],
)
def test_a_call_is_made_again_as_it_was(said: str, tools: ToolRules) -> None:
    """Hundreds of events, audio and words counted together: the call that is made of their lines knows the same."""
    for seed in range(WALKS):
        world = World(team(said), tools, seed)
        lines = lines_of(world.call)
        world.feed(ev.CallerJoined())
        while not world.over and world.steps < STEPS:
            world.step()
        world.call.flush()  # type: ignore[attr-defined]
        again = World(team(said), tools, seed).call
        for happened in events(steps(lines), view(), Projection()):
            again.handle(happened.event, happened.t)

        assert known(again) == known(world.call), f"seed {seed}"


def test_audio_and_words_are_counted_and_come_before_what_follows() -> None:
    """A second of frames is one entry, written before the next event; frames are not in it."""
    scene = Scene(HELPDESK)
    lines = lines_of(scene.call)
    for _ in range(20):
        scene.now += 0.02
        scene.feed(ev.CallerSpoke("a long frame", 20.0))
    assert lines == []

    scene.feed(ev.CallerCleared())
    scene.call.flush()  # type: ignore[attr-defined]

    spoke, cleared = (entry["in"] for entry in entries(*lines))
    assert (spoke["type"], spoke["frames"], spoke["ms"]) == ("CallerSpoke", 20, 400)
    assert cleared["type"] == "CallerCleared"
    assert "a long frame" not in "".join(lines)
    (happened, _) = events(steps(lines), view(), Projection())
    assert isinstance(happened.event, ev.CallerSpoke)
    assert happened.event.ms == 400


def test_nothing_is_hidden_and_no_word_left_out() -> None:
    """What is secret in a record is needed here; whoever keeps the lines seals them."""
    lines: list[str] = []
    journal = CallJournal(lines.append, lambda: None, 0.0)
    journal.observe(ev.ToolReturned("call_1", "The card is 4111222244443333.", {"card": "4111222244443333"}), [], 1.0)
    journal.flush()

    assert lines[0].count("4111222244443333") == 2
