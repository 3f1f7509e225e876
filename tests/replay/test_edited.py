"""A recorded call with an edited team: what would have been different, and since when nobody knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.core import events as ev
from orchestrator.replay.edited import Verdict, compare
from tests.core.scene import BILLING, FRONT
from tests.records.test_recorder import call, said, scene, talk
from tests.replay.talks import TEAM, billed, changed, edited, edited_team, ended, header


@pytest.mark.parametrize(
    "edit",
    [
        ("Solve", "Solve"),
        ("warm: next", "warm: none"),
        ("warm: none", "warm: all"),
        ("Guard account", "Watch over account"),
        ("silence: 300", "silence: 299"),
        ("    instructions: Solve", "    voice: cedar\n    instructions: Solve"),
    ],
    ids=["nothing", "fewer warm", "more warm", "an agent nobody met", "a limit nobody reached", "a voice"],
)
def test_an_edit_that_nobody_noticed_changes_nothing(edit: tuple[str, str], tmp_path: Path) -> None:
    """Every model is asked the same, and what comes of it is the same."""
    done = edited(tmp_path, edit)

    assert (done.verdict, done.asked, done.stopped, done.changes) == (Verdict.UNCHANGED, [], None, [])
    assert done.events == 22


def test_the_first_model_that_is_asked_something_else_is_named(tmp_path: Path) -> None:
    """Not when its session is opened, but when it answers; the rest supposes that it answers the same."""
    done = edited(tmp_path, ("Solve questions", "Solve all questions"))

    assert done.verdict is Verdict.UNKNOWN
    (asked,) = done.asked
    assert (asked.t, asked.agent, asked.what) == (0.26, "billing", "billing would have been asked something else")
    assert asked.said == ["front: Hello, this is Acme.", "caller: My invoice, please."]
    assert "-  instructions: Solve questions about invoices." in asked.diff
    assert "+  instructions: Solve all questions about invoices." in asked.diff
    assert done.stopped is None
    assert done.events == 22


def test_a_refusal_is_noticed_before_any_model_is(tmp_path: Path) -> None:
    """The caller would have stayed; what the first agent would have said then is not in the record."""
    done = edited(tmp_path, ("handoffs: 5", "handoffs: 0"))

    assert done.verdict is Verdict.CHANGED
    refusals = next(change for change in done.changes if change.name == "refusals")
    assert (refusals.then, refusals.now) == ([], ["front: transfer_to_billing (handoffs)"])
    assert (refusals.t, refusals.supposing) == (0.2, False)
    agents = next(change for change in done.changes if change.name == "agents")
    assert (agents.then, agents.now) == (["front", "billing (on the way)"], ["front"])
    assert done.asked[0].what == "front would have been asked, not billing"
    assert any("handed over too often" in line for line in done.asked[0].diff)
    assert done.stopped is not None
    assert done.stopped.why.startswith("front would have had the caller: ")


def test_a_tool_that_is_gone_is_refused(tmp_path: Path) -> None:
    """What it set is not set; this supposes that the model calls it although it is not offered."""
    done = edited(tmp_path, ("    tools: [tools.py:find_invoice]\n", ""))

    assert done.asked[0].agent == "billing"
    assert {change.name: change.now for change in done.changes} == {
        "refusals": ["billing: find_invoice (unknown)"],
        "tools": [],
        "variables": [],
    }
    assert all(change.supposing for change in done.changes)


def test_an_agent_that_is_gone_ends_the_comparison(tmp_path: Path) -> None:
    """Nobody answers in its place."""
    done = edited(tmp_path, ("billing", "money"))

    assert done.stopped is not None
    assert done.stopped.why == "the edited team has no billing"
    whole = compare(header(billed(text=TEAM), agent="nobody"), edited_team(tmp_path))
    assert whole.stopped is not None
    assert whole.stopped.t == 0.0


def test_a_tool_that_was_refused_has_no_result(tmp_path: Path) -> None:
    """The rule is dropped: the tool would run now, and what it returns is not in the record."""
    one, memory, kept = scene(None, f"{TEAM}rules: [find_order needs account]\n")
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.ResponseStarted(FRONT, "r1"))
    talk(one, call(FRONT, "r1", "find_order", {"number": "7"}), ev.CallerLeft())
    kept.close(9.0)
    done = edited(tmp_path, lines=memory.lines)

    assert done.stopped is not None
    assert done.stopped.why == "find_order would have run: what it would have returned is not recorded"


def test_a_question_that_nobody_asked_has_no_answer(tmp_path: Path) -> None:
    """The comparison stops where another agent is asked for the first time."""
    asks = "    handoffs:\n      billing: invoices", "    consult: [wise]\n    handoffs:\n      billing: invoices"
    wise = "  vault:\n", "  wise: {kind: text, instructions: Be wise.}\n  vault:\n"
    lines = changed(billed(text=TEAM), "transfer_to_billing", "ask_wise")
    done = edited(tmp_path, asks, wise, lines=changed(lines, '\\"reason\\"', '\\"question\\"'))

    assert done.stopped is not None
    assert done.stopped.why == "wise would have been asked: its answer is not recorded"
    assert done.asked[0].agent == "front"


def test_a_limit_of_the_edited_team_is_kept(tmp_path: Path) -> None:
    """Its timer runs out when its time is over, whatever the record says of the old one."""
    one, memory, kept = scene(None, TEAM)
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.ResponseStarted(FRONT, "r0"))
    talk(one, ev.AudioProduced(FRONT, "r0", "i0", 20.0, "a"), ended(FRONT, "r0", "i0", "Hello, this is Acme."))
    one.now += 60
    talk(one, ev.SpeechStarted(FRONT, "t1"), ev.TurnCommitted(FRONT, "t1"), said(FRONT, "t1", "Are you there?"))
    one.now += 60
    talk(one, ev.ResponseStarted(FRONT, "r1"), ev.CallerLeft())
    kept.close(9.0)
    done = edited(tmp_path, ("silence: 300", "silence: {at: 20, say: Goodbye.}"), lines=memory.lines)

    (ending,) = done.changes
    assert (ending.name, ending.then, ending.now) == ("ending", ["left, with front"], ["silence, with front"])


def test_a_call_that_would_have_gone_on_is_said_so(tmp_path: Path) -> None:
    """The record knows nothing of what comes after the old end."""
    one, memory, kept = scene(None, TEAM.replace("silence: 300", "silence: {at: 1, say: Goodbye.}"))
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT))
    for timer in ("silence", "goodbye", "goodbye"):
        one.now += 20
        for running in list(one.call.state.agenda.timers):
            if running.kind == timer:
                one.feed(ev.TimerExpired(running))
    kept.close(9.0)
    done = edited(tmp_path, lines=memory.lines)

    assert done.stopped is not None
    assert done.stopped.why == "the call would have gone on"
    assert done.changes[0].name == "ending"


def test_what_the_core_names_is_named_anew(tmp_path: Path) -> None:
    """A tool less, and every id after it is another one: what other tools return reaches them all the same."""
    one, memory, kept = scene(None, TEAM)
    open_now = one.call.state.functions.open
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.ResponseStarted(FRONT, "r1"))
    talk(one, call(FRONT, "r1", "find_order", {"number": "7"}), ev.ResponseFinished(FRONT, "r1", "completed"))
    talk(one, ev.ToolReturned(next(iter(open_now)), "Seven."), ev.ResponseStarted(FRONT, "r2"))
    talk(one, call(FRONT, "r2", "transfer_to_billing", {"reason": "x"}))
    talk(one, ev.ResponseFinished(FRONT, "r2", "completed"), ev.SessionOpened(BILLING))
    talk(one, ev.ResponseStarted(BILLING, "r3"), call(BILLING, "r3", "find_invoice", {"number": "7"}))
    talk(one, ev.ResponseFinished(BILLING, "r3", "completed"))
    talk(one, ev.ToolReturned(next(iter(open_now)), "It is paid.", {"account": "A-2"}), ev.CallerLeft())
    kept.close(9.0)
    done = edited(tmp_path, ("    tools: [tools.py:find_order]\n", ""), lines=memory.lines)

    assert {change.name: change.now for change in done.changes} == {
        "refusals": ["front: find_order (unknown)"],
        "tools": ['billing: find_invoice({"number": "7"})'],
    }


def test_a_record_with_a_gap_is_compared_up_to_it(tmp_path: Path) -> None:
    """As what was asked after it cannot be known."""
    lines = billed(text=TEAM)
    at = next(number for number, line in enumerate(lines) if '"t":0.2,' in line)
    done = edited(tmp_path, lines=[*lines[:at], '{"t":0.2,"gap":3}', *lines[at:]])

    assert done.stopped is not None
    assert done.stopped.why == "3 entries were not recorded"


def test_a_seat_with_an_agent_that_is_gone_ends_the_comparison(tmp_path: Path) -> None:
    """One with an agent that is there goes on."""
    lines = billed(text=TEAM)
    joined = {"call": "sess_2", "agent": "tech", "seed": "b", "formats": {}}
    seat = [json.dumps({"t": 0.41, "seat": "tech", "joined": joined})]
    came = [json.dumps({"t": 0.41, "seat": "tech", "in": {"type": "CallerJoined"}})]
    both = [*lines[:-9], *seat, *came]

    assert edited(tmp_path, lines=both).verdict is Verdict.UNCHANGED
    gone = edited(tmp_path, lines=[line.replace('"tech"', '"nobody"') for line in both[:-1]])
    assert gone.stopped is not None
    assert gone.stopped.why == "a caller joins nobody, which the edited team does not have"


def test_a_handoff_that_was_refused_leads_elsewhere_now(tmp_path: Path) -> None:
    """Billing would have had the caller while the record has the first agent's words."""
    one, memory, kept = scene(None, TEAM.replace("billing: invoices", "billing: {when: invoices, needs: [account]}"))
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.ResponseStarted(FRONT, "r1"))
    talk(one, call(FRONT, "r1", "transfer_to_billing", {"reason": "x"}))
    talk(one, ev.ResponseFinished(FRONT, "r1", "completed"), ev.ResponseStarted(FRONT, "r2"), ev.CallerLeft())
    kept.close(9.0)
    done = edited(tmp_path, lines=memory.lines)

    assert done.stopped is not None
    assert "billing" in done.stopped.why
    agents = next(change for change in done.changes if change.name == "agents")
    assert agents.now == ["front", "billing (on the way)"]
