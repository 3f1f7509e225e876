"""The journal: what it has of a call is enough to make the call again, as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.core import Call
from orchestrator.core import events as ev
from orchestrator.core.in_progress import ToolFillers
from orchestrator.gateway.projection import Projection
from orchestrator.gateway.resuming.journal import CallJournal
from orchestrator.gateway.resuming.past import Happened, read
from orchestrator.gateway.session import SessionView
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import FRONT, HELPDESK, TEAMWORK, TEAMWORK_TOOLS, TOOLS, Scene, team
from tests.core.walk import World
from tests.records.walks import watch

STEPS = 400
WALKS = 4


def lines_of(call: Any) -> list[str]:
    """Return the list that the journal of a call goes to from here on."""
    lines: list[str] = []
    journal = CallJournal(lines.append, 0.0)
    watch(call, journal.observe)
    call.flush = journal.flush
    return lines


def view() -> SessionView:
    """Return a session object."""
    return SessionView(session_id="sess_1", model="helpdesk", expires_at=1, reserved=frozenset())


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
def test_a_call_is_made_again_as_it_was(said: str, tools: ToolFillers) -> None:
    """Hundreds of events, audio and words counted together: the call that is made of their lines knows the same."""
    for seed in range(WALKS):
        world = World(team(said), tools, seed)
        lines = lines_of(world.call)
        world.feed(ev.CallerJoined())
        while not world.over and world.steps < STEPS:
            world.step()
        world.call.flush()  # type: ignore[attr-defined]
        again = World(team(said), tools, seed).call
        for happened in read(lines).events(view(), Projection()):
            again.handle(happened.event, happened.t)

        assert known(again) == known(world.call), f"seed {seed}"


def test_audio_and_words_are_counted_and_come_before_what_follows() -> None:
    """A second of frames is one line, written before the next event; frames are not in it."""
    scene = Scene(HELPDESK)
    lines = lines_of(scene.call)
    for _ in range(20):
        scene.now += 0.02
        scene.feed(ev.CallerSpoke("a long frame", 20.0))
    assert lines == []

    scene.feed(ev.CallerCleared())

    spoke, cleared = (json.loads(line)["in"] for line in lines)
    assert (spoke["type"], spoke["frames"], spoke["ms"]) == ("CallerSpoke", 20, 400)
    assert cleared["type"] == "CallerCleared"
    assert "a long frame" not in "".join(lines)
    (happened, _) = read(lines).events(view(), Projection())
    assert isinstance(happened.event, ev.CallerSpoke)
    assert happened.event.ms == 400


@pytest.mark.parametrize("kind", ["response.output_audio_transcript.delta", "response.output_text.delta"])
def test_words_come_back_with_what_the_caller_was_sent(kind: str) -> None:
    """As a frame that can be forwarded, where it was one; else as a payload of its type."""
    lines: list[str] = []
    journal = CallJournal(lines.append, 0.0)
    payload = {"type": kind, "response_id": "r", "item_id": "i", "delta": "Good day"}
    whole = {"frame": json.dumps(payload)} if "audio" in kind else {"payload": payload}
    journal.observe(ev.TranscriptProduced(FRONT, "r", "i", "Good day", **whole), [], 1.0)
    journal.flush()
    (happened,) = read(lines).events(view(), Projection())

    event = happened.event
    assert isinstance(event, ev.TranscriptProduced)
    told = json.loads(event.frame) if event.frame else event.payload
    assert (told["type"], told["delta"], told["response_id"], told["item_id"]) == (kind, "Good day", "r", "i")
    assert bool(event.frame) is ("audio" in kind)


def test_nothing_is_hidden_and_no_word_left_out() -> None:
    """What is secret in a record is needed here; whoever keeps the lines seals them."""
    lines: list[str] = []
    journal = CallJournal(lines.append, 0.0)
    journal.observe(ev.ToolReturned("call_1", "The card is 4111222244443333.", {"card": "4111222244443333"}), [], 1.0)

    assert lines[0].count("4111222244443333") == 2


def test_the_callers_side_knows_again_what_it_was_told() -> None:
    """The session object, names of own tools, and items that the caller makes are in lines of the gateway's own."""
    before, lines = view(), list[str]()
    before.update({"type": "realtime", "tools": [{"type": "function", "name": "look", "parameters": {}}]})
    journal = CallJournal(lines.append, 10.0)
    journal.session(before.kept(), 11.0)
    journal.own_item("item_mine", "root", 12.0)
    after, projection = view(), Projection()

    assert list(read(lines).events(after, projection)) == []
    assert after.echo() == before.echo()
    assert after.tool_names == {"look"}
    assert projection.knows("item_mine")


def test_an_event_of_another_version_is_left_out() -> None:
    """A node of an older version goes on without it; the end of the journal is known all the same."""
    past = read(['{"t":1.0,"in":{"type":"NeverHeardOf"}}', '{"t":2.0,"in":{"type":"CallerCleared"}}'])

    assert past.steps == [Happened(2.0, ev.CallerCleared())]
    assert past.ends == 2.0
