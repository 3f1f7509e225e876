"""What is remembered about a call: who listens, what is in force, how a session is asked and told."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionKind, Timer, TimerKind
from orchestrator.core.session import Consult, SessionState
from orchestrator.core.state import PHASE_MOVES, ROUNDS, Phase
from orchestrator.core.wording import EXACTLY, FILLER, MARKER
from tests.core.scene import FRONT, HELPDESK, TEAMWORK, TEAMWORK_TOOLS, Scene, calling


def test_illegal_phases_are_mistakes_of_ours() -> None:
    """The table names every legal move."""
    scene = Scene()

    with pytest.raises(AssertionError, match=r"OPENING to Phase.HANDING_OFF"):
        scene.call.state.move(Phase.HANDING_OFF)
    assert set(PHASE_MOVES) == set(Phase)


def test_a_timer_is_stopped_only_while_it_runs() -> None:
    """Stopping one twice is no effect."""
    state = Scene().call.state
    state.start_timer(TimerKind.ANSWER, 8.0, FRONT)
    state.stop_timer(TimerKind.ANSWER, FRONT)
    state.stop_timer(TimerKind.ANSWER, FRONT)

    timer = Timer(TimerKind.ANSWER, FRONT)
    assert state.agenda.take() == [do.StartTimer(timer, 8.0), do.StopTimer(timer)]
    assert state.agenda.take() == []


def test_the_listener_is_the_target_as_soon_as_it_was_asked() -> None:
    """Until then nobody listens, and what the caller says is held."""
    scene = Scene()
    scene.open()
    state = scene.call.state
    assert (state.listener.agent, state.listening) == ("front", True)

    scene.transfer("front", "billing")
    assert (state.listener.agent, state.listening) == ("front", False)

    scene.open("billing")
    assert (state.listener.agent, state.listening) == ("billing", True)
    assert state.active.agent == "front"


def test_a_line_is_said_exactly_or_in_the_agents_own_words() -> None:
    """Either is marked, so that nobody has to recognise a sentence; no function is called."""
    state = Scene().call.state
    exact, free = state.line("Hold on.", "Say something.", FILLER), state.line(None, "Say something.", FILLER)

    assert (exact.options["instructions"], exact.extra) == ("Say exactly: Hold on.", "")
    assert exact.options["metadata"] == {MARKER: EXACTLY}
    assert (free.options.get("instructions"), free.extra) == (None, "Say something.")
    assert free.options["metadata"] == {MARKER: FILLER}
    assert exact.options["tool_choice"] == free.options["tool_choice"] == "none"


def test_after_many_rounds_an_agent_is_asked_for_words() -> None:
    """It has called functions over and over."""
    scene = Scene()
    scene.open()
    scene.call.state.active.response.rounds = ROUNDS
    scene.call.state.ask(scene.call.state.active)

    assert do.CreateResponse(FRONT, {"output_modalities": ["audio"], "tool_choice": "none"}) in (
        scene.call.state.agenda.take()
    )


def test_what_a_session_is_told_is_no_news_for_the_caller() -> None:
    """It goes by an id of ours, which is noted."""
    scene = Scene()
    scene.open()
    state = scene.call.state
    state.tell(state.active, "Something happened.")
    (added,) = state.agenda.take()

    assert isinstance(added, do.AddItem)
    assert state.active.seeded == {added.item["id"]}


def test_a_consulted_session_hears_nothing_of_the_callers_settings() -> None:
    """It is asked in text; every other session has them."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open(settings=ev.CallerSettings(instructions="Be brief."))
    state = scene.call.state
    question = Consult(FRONT, "fc1", state.team.agents["front"].consult[0], "How?", 1)
    consulted = state.sessions.add("planner", SessionKind.CONSULT, question)
    successor = state.sessions.add("front", SessionKind.SUCCESSOR)

    assert state.configuration(consulted).settings == ev.CallerSettings(modalities=("text",))
    assert state.configuration(successor).settings.instructions == "Be brief."
    assert state.configuration(state.active) == state.active.configured


@pytest.mark.parametrize(
    ("team", "caller", "in_force"),
    [
        ({}, {}, {"create_response": True, "interrupt_response": True}),
        ({"type": "server_vad", "interrupt_response": False}, {}, {"type": "server_vad", "interrupt_response": False}),
        ({"type": "server_vad"}, {"type": "semantic_vad"}, {"type": "semantic_vad"}),
        ({"type": "server_vad", "threshold": 0.7}, {"type": "server_vad"}, {"threshold": 0.7}),
        ({"type": "server_vad"}, None, {}),
    ],
    ids=["default", "team", "other type", "same type", "by hand"],
)
def test_the_callers_turn_detection_goes_over_the_teams(
    team: dict[str, object], caller: dict[str, object] | None, in_force: dict[str, object]
) -> None:
    """Merged where both are of one type; null switches it off."""
    said = ", ".join(f"{key}: {str(value).lower()}" for key, value in team.items())
    text = HELPDESK.replace("    warm: next\n", f"    warm: next\n    turn_detection: {{{said}}}\n", 1)
    scene = Scene(text if team else HELPDESK)
    given = {} if caller == {} else {"turn_detection": caller}
    scene.open(settings=ev.CallerSettings(session={"audio": {"input": given}}))
    found = scene.call.state.turn_detection("front")

    assert in_force.items() <= found.items()
    assert bool(found) is bool(in_force)


def test_a_session_that_is_new_to_the_caller_hears_the_last_moment() -> None:
    """And it is remembered as sent, for the one after it."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.CallerSpoke("frame", 20.0))
    billing = scene.call.state.sessions.own["billing"]
    assert billing.state is SessionState.READY

    scene.call.state.replay(billing)
    assert scene.call.state.agenda.take() == [do.SendAudio(billing.id, "frame")]
    scene.call.state.replay(billing)
    assert len(scene.call.state.agenda.take()) == 1


NOTED = TEAMWORK.replace("variables:", "variables:\n  note: none").replace(
    "instructions: Check who calls.", 'instructions: "Check who calls, {{ variables.note }}."'
)


def test_p62_what_is_rendered_is_masked() -> None:
    """P62: a second variable that holds the secret, also when it was set before anybody knew that it is one."""
    scene = Scene(NOTED, TEAMWORK_TOOLS)
    scene.open("verify")
    verify, variables = scene.call.state.sessions.own["verify"], scene.call.state.variables
    variables.set("note", "four one one one 2222, 4444 3333")
    assert scene.call.state.configuration(verify).variables == {"note": "four one one one 2222, 4444 3333"}
    variables.set("card", "4111222244443333", "take_card")

    assert scene.call.state.configuration(verify).variables == {"note": "[card]"}


def test_p62_an_agent_reads_the_secret_that_its_instructions_mention() -> None:
    """P62: the team file sends it there, and with it what holds the same."""
    text = NOTED.replace(
        "instructions: Solve questions about invoices.",
        'instructions: "Solve questions about invoices, card {{ variables.card }}, {{ variables.note }}."',
    )
    scene = Scene(text, TEAMWORK_TOOLS)
    scene.call.state.variables.set("card", "4111222244443333", "take_card")
    scene.call.state.variables.set("note", "4111222244443333")
    billing = scene.call.state.sessions.own["billing"]

    assert set(scene.call.state.configuration(billing).variables.values()) == {"4111222244443333"}


def test_a_call_is_at_rest_when_it_is_the_callers_turn() -> None:
    """Not before the first session is open, nor while an answer, a function call or a handoff is under way."""
    scene = Scene()
    state = scene.call.state
    assert not state.at_rest  # the session is being opened
    scene.open()
    assert state.at_rest

    scene.feed(ev.CallerTyped({"id": "i1", "type": "message", "role": "user", "content": []}), ev.CallerAsked())
    assert not state.at_rest  # asked
    scene.speech("front", "r1")
    assert not state.at_rest  # speaking
    scene.function("front", "r1", "find_order")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    assert not state.at_rest  # a tool runs
    scene.feed(ev.ToolReturned(scene.ours("fc1"), "found"))
    assert not state.at_rest  # it is asked to go on
    scene.answer("front", "r2")
    assert state.at_rest

    scene.transfer("front", "billing", call_id="fc2")
    assert not state.at_rest  # handing off


def test_the_caller_is_awaited_while_their_own_tool_works() -> None:
    """Whoever answers the function call asks for the response, too."""
    scene, _ = calling("own_tool", ev.CallerSettings(tools=({"type": "function", "name": "own_tool"},)))
    assert not scene.call.state.at_rest
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    assert scene.call.state.at_rest
