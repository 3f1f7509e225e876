"""What a person decides before a tool runs."""

from __future__ import annotations

import pytest

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.people.events import PersonDecided
from orchestrator.core.tools.rules import ToolRule
from orchestrator.team.people import Confirm
from tests.core.people.desks import DESK, TOOLS, announced
from tests.core.scene import BILLING, FRONT, Scene, expired, only, refused, told

APPROVED = ToolRule(approval=Confirm(by="person", within=30, refusal="Nobody was there."))
RULES = DESK.replace("rules: [card stays in billing]", "rules: [card stays in billing, refund at most 1 per call]")


def asked() -> tuple[Scene, do.Announce]:
    """A call in which billing wants to refund something."""
    scene = Scene(RULES, TOOLS)
    scene.call = Call(scene.call.state.team, {**TOOLS, "billing": {"refund": APPROVED}}, seed="test")
    scene.open("billing")
    scene.moved("front", "billing")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    effects = scene.function("billing", "opening_fc1", "refund", '{"amount": 50}', call_id="fc2")
    assert not only(do.RunTool, effects)
    (request,) = announced(effects, "approval.requested")
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    return scene, request


def test_the_desk_is_asked() -> None:
    """With who asks, for what, with which arguments, and how long there is."""
    _, request = asked()

    assert dict(request.fields) == {
        "id": request.fields["id"],
        "desk": "support",
        "within": 30,
        "agent": "billing",
        "name": "refund",
        "arguments": '{"amount": 50}',
    }


def test_what_is_approved_runs_and_its_result_is_told() -> None:
    """As if nobody had been asked."""
    scene, request = asked()
    effects = scene.feed(PersonDecided(request.fields["id"], approve=True))
    (run,) = only(do.RunTool, effects)
    assert (run.name, run.arguments) == ("refund", '{"amount": 50}')
    assert announced(effects, "approval.answered")[0].fields["approve"] is True
    effects = scene.feed(ev.ToolReturned(run.call_id, "refunded"))

    assert told(effects) == "refunded"
    assert only(do.CreateResponse, effects)


@pytest.mark.parametrize(
    ("event", "words"),
    [("no", "not approved this. Tell"), ("why", "(too much)"), ("late", "Nobody was there.")],
)
def test_what_is_not_approved_is_told_to_the_caller(event: str, words: str) -> None:
    """By the agent, which may go on; the tool may be asked for again."""
    scene, request = asked()
    made = str(request.fields["id"])
    answer = PersonDecided(made, approve=False, reason="too much" if event == "why" else "")
    effects = scene.feed(expired(TimerKind.APPROVAL, made) if event == "late" else answer)

    assert words in refused(effects)["error"]
    assert only(do.CreateResponse, effects)
    assert scene.call.state.functions.runs["refund"] == 0


def test_it_is_decided_once() -> None:
    """By the first who answers; what comes later, or is about something else, means nothing."""
    scene, request = asked()
    made = str(request.fields["id"])
    scene.feed(PersonDecided(made, approve=True))

    assert scene.feed(PersonDecided(made, approve=False)) == []
    assert scene.feed(PersonDecided("call_other", approve=True)) == []


def test_a_request_that_waits_counts() -> None:
    """`refund at most 1 per call` cannot be outrun."""
    scene, _ = asked()
    scene.turn("billing", "i2")
    scene.feed(ev.ResponseStarted(BILLING, "r2"))

    assert "once per call" in refused(scene.function("billing", "r2", "refund", call_id="fc3"))["error"]


def test_the_caller_hears_that_it_takes_a_moment() -> None:
    """The call goes on meanwhile, and silence does not end it."""
    scene, _ = asked()
    effects = scene.after(400, expired(TimerKind.SILENCE))

    assert not only(do.EndCall, effects)
    assert scene.call.state.caller.goodbye is None


def test_nothing_is_decided_after_the_end() -> None:
    """The timer stops with the call."""
    scene, request = asked()
    scene.feed(ev.CallerLeft())

    assert scene.feed(PersonDecided(str(request.fields["id"]), approve=True)) == []
