"""Tools of servers that the provider calls itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind, TimerKind
from orchestrator.core.people.events import PersonDecided
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.core.tools import hosted
from orchestrator.core.tools.events import HostedAsked, HostedEnded, HostedReported
from orchestrator.core.tools.rules import PLAIN, ToolRule, ToolRules, WhenLate
from orchestrator.team.people import Confirm
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import BILLING, FRONT, TEAMWORK, TEAMWORK_TOOLS, Scene, expired, only, rules, team
from tests.core.tools.hosting import Hosting, with_server

TEXT = """
team: helpdesk
variables: {account: null}
rules: [refund needs account, find at most 1 per call]
mcp_servers: {crm: {url: "https://crm.example.com/mcp", hosted: true}}
people: {support: {}}
agents:
  front: {instructions: Help., tools: ["mcp:crm", agents/x.py], handoffs: [billing], consult: [expert]}
  billing: {instructions: Solve., handoffs: [front]}
  expert: {kind: text, instructions: Know.}
"""
ASKS = Confirm(by="person", within=30)


def calling(rule: ToolRule = PLAIN, **more: ToolRule) -> Scene:
    """A call in which front, which has a server's tools, has begun a response."""
    scene = Scene(TEXT, {"front": {"mcp:crm": rule, **more}, "billing": {}, "expert": {}})
    scene.open("billing")
    scene.turn("front", "i1")
    scene.feed(ev.ResponseStarted(FRONT, "r1", {"type": "response.created"}))
    return scene


def wants(scene: Scene, name: str = "find", request: str = "q1", arguments: str = "{}", **how: Any) -> list[do.Effect]:
    """Let the provider ask whether it may call a tool."""
    of = {"session": FRONT, "response_id": "r1", "server": "crm", **how}
    return scene.feed(HostedAsked(item_id=request, name=name, arguments=arguments, **of))


def item(request: str = "q1", **known: Any) -> HostedReported:
    """What the provider tells of a call."""
    of: dict[str, Any] = {"session": FRONT, "item_id": f"m_{request}", "server": "crm", "name": "find", **known}
    return HostedReported(request_id=request, **of)


def over(scene: Scene) -> list[do.Effect]:
    """Let the response end."""
    return scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))


def announced(effects: list[do.Effect]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what was announced of tools."""
    return [(one.name, one.fields) for one in only(do.Announce, effects) if one.name.startswith("tool")]


def test_what_no_rule_forbids_is_called_and_the_agent_goes_on() -> None:
    """The question is answered with yes; with the result the agent is asked to speak, as soon as it can."""
    scene = calling()
    effects = wants(scene, arguments='{"name": "Ada"}')
    (run,) = only(do.RunHosted, effects)
    assert (run.request_id, run.name, run.server, run.arguments) == ("q1", "find", "crm", '{"name": "Ada"}')
    assert ("tool.called", {"agent": "front", "name": "find", "call_id": run.call_id, "kind": "hosted"}) in announced(
        effects
    )
    assert not only(do.CreateResponse, over(scene))

    effects = scene.after(1, item(), item(over=True, output="Ada"))
    assert len(only(do.TellCaller, effects)) == 2
    assert [fields["ok"] for name, fields in announced(effects) if name == "tool.returned"] == [True]
    assert len(only(do.CreateResponse, effects)) == 1
    assert "find → Ada" in str(scene.call.state.transcript.history()[-1])
    assert [one.output for one in scene.call.state.functions.seen.values()] == ["Ada"]
    assert not scene.call.state.functions.open


def test_a_question_is_answered_once() -> None:
    """It is reported as an item of the conversation, and of the response."""
    scene = calling()

    assert only(do.RunHosted, wants(scene, response_id=""))
    assert not only(do.RunHosted, wants(scene))


def test_rules_hold() -> None:
    """The model is told why, counts as for any tool, and goes on."""
    scene = calling()
    effects = wants(scene, "refund")
    (no,) = only(do.RefuseHosted, effects)
    assert "account" in no.reason
    assert rules(effects) == ["needs"]
    assert only(do.RunHosted, wants(scene, "find", "q2"))
    often = wants(scene, "find", "q3")
    assert rules(often) == ["at most"]
    assert not only(do.RunHosted, often)
    scene.feed(item("q2", over=True))

    assert len(only(do.CreateResponse, over(scene))) == 1


def test_the_nearest_entry_counts() -> None:
    """A tool by name, then a pattern, then the server; none: the agent has no such tool."""
    exact, pattern = ToolRule(idempotent=True), ToolRule(hidden=frozenset({"pin"}))
    scene = calling(**{"mcp:crm/find": exact, "mcp:crm/get_*": pattern})
    state = scene.call.state

    assert hosted.rule_of(state, "front", "crm", "find") is exact
    assert hosted.rule_of(state, "front", "crm", "get_all") is pattern
    assert hosted.rule_of(state, "front", "crm", "other") is PLAIN
    assert hosted.rule_of(state, "front", "else", "find") is None
    assert rules(wants(scene, server="else")) == ["unknown"]


def test_nobody_waits_for_what_an_agent_does_without_the_caller() -> None:
    """Beside the conversation, or once the call ends."""
    scene = calling()
    scene.feed(ev.ResponseStarted(FRONT, "a1", {"response": {}}, aside=True))
    assert rules(wants(scene, response_id="a1")) == ["unwanted"]
    assert rules(wants(scene, request="q2", session=BILLING, response_id="r9")) == ["unwanted"]

    over(scene)
    scene.feed(expired(TimerKind.CALL))
    scene.feed(ev.ResponseStarted(FRONT, "r2"))
    assert rules(wants(scene, request="q3", response_id="r2")) == ["ending"]


@pytest.mark.parametrize("approve", [True, False])
def test_a_person_decides(approve: bool) -> None:
    """What they decline was not begun, and the model is told."""
    scene = calling(ToolRule(approval=ASKS, hidden=frozenset({"pin"})))
    effects = wants(scene, arguments='{"pin": "4821"}')
    (asked,) = (one for one in only(do.Announce, effects) if one.name == "approval.requested")
    assert not only(do.RunHosted, effects)
    assert asked.fields["arguments"] == '{"pin": "•••"}'
    over(scene)
    effects = scene.feed(PersonDecided(asked.fields["id"], approve, "not today"))

    if approve:
        assert only(do.RunHosted, effects)[0].hidden == ("pin",)
    else:
        assert "not today" in only(do.RefuseHosted, effects)[0].reason
        assert scene.call.state.functions.runs["find"] == 0
        assert only(do.CreateResponse, effects)


def test_what_fails_is_told_by_the_provider() -> None:
    """The agent goes on with it."""
    scene = calling()
    wants(scene)
    over(scene)
    effects = scene.feed(item(over=True, ok=False, output="Bad gateway"))

    assert [fields["ok"] for name, fields in announced(effects) if name == "tool.returned"] == [False]
    assert only(do.CreateResponse, effects)


def test_a_call_is_found_by_its_tool_when_the_provider_names_no_question() -> None:
    """The oldest one; what belongs to no call is only shown."""
    scene = calling()
    wants(scene)
    over(scene)
    assert not announced(scene.feed(item("", name="other", over=True)))
    assert announced(scene.feed(item("", over=True)))
    assert scene.feed(item("", over=True)) == [do.TellCaller({})]


def test_an_end_without_a_result_is_waited_for_a_moment() -> None:
    """Then the agent goes on without it."""
    scene = calling()
    wants(scene)
    (made,) = scene.call.state.functions.open
    over(scene)
    effects = scene.feed(item(), HostedEnded(FRONT, "m_q1"), HostedEnded(FRONT, "another"))
    (timer,) = only(do.StartTimer, effects)
    assert (timer.timer.kind, timer.seconds) == (TimerKind.HOSTED, hosted.ANNOUNCED)

    effects = scene.after(1, expired(TimerKind.HOSTED, made))
    assert "has not answered in time" in str(only(do.AddItem, effects))
    assert only(do.CreateResponse, effects)


def test_a_late_result_is_one_like_any_other() -> None:
    """Silent, or in the middle of what is said."""
    for when, asked, cut in [(WhenLate.SILENT, 0, 0), (WhenLate.INTERRUPT, 0, 1)]:
        scene = calling(ToolRule(when_late=when))
        wants(scene)
        over(scene)
        scene.turn("front", "i2")
        scene.speech("front", "r2", ms=4000)
        effects = scene.feed(item(over=True, output="Ada"))
        effects += scene.feed(ev.ResponseFinished(FRONT, "r2", "cancelled" if cut else "completed"))
        assert len(only(do.CancelResponse, effects)) == cut
        assert bool(only(do.CreateResponse, effects)) == bool(asked or cut)


def test_of_a_call_whose_session_drops_nobody_knows_what_came_of_it() -> None:
    """The new session is told so, and goes on; also in another process."""
    for gone in (ev.SessionLost(FRONT, "gone"), CallTakenOver()):
        scene = calling()
        wants(scene)
        (made,) = scene.call.state.functions.open
        over(scene)
        effects = scene.feed(gone)
        assert do.StartTimer(expired(TimerKind.HOSTED, made).timer, 0.0) in effects
        effects = scene.feed(expired(TimerKind.HOSTED, made), ev.SessionOpened(FRONT))
        assert "not known whether this was done" in str(only(do.AddItem, effects))
        assert only(do.CreateResponse, effects)


def test_a_call_that_was_not_allowed_yet_is_not_made_when_its_session_drops() -> None:
    """Whoever decides then finds nothing to decide."""
    scene = calling(ToolRule(approval=ASKS))
    wants(scene)
    (made,) = scene.call.state.functions.open
    over(scene)
    scene.feed(ev.SessionLost(FRONT, "gone"), ev.SessionOpened(FRONT))
    effects = scene.feed(expired(TimerKind.HOSTED, made))
    assert "was not called" in str(only(do.AddItem, effects))
    assert scene.call.state.functions.runs["find"] == 0
    assert not scene.feed(PersonDecided(made, approve=True))


@pytest.mark.parametrize(("approve", "told"), [(True, "was not called"), (False, "has not approved")])
def test_a_decision_may_come_before_that_is_known(approve: bool, told: str) -> None:
    """The session that asked is gone: nothing is called, and the new one is told in words."""
    scene = calling(ToolRule(approval=ASKS))
    wants(scene)
    (made,) = scene.call.state.functions.open
    over(scene)
    scene.feed(ev.SessionLost(FRONT, "gone"), ev.SessionOpened(FRONT))
    effects = scene.feed(PersonDecided(made, approve=approve))

    assert not only(do.RefuseHosted, effects) + only(do.RunHosted, effects)
    assert told in str(only(do.AddItem, effects))
    assert scene.call.state.functions.runs["find"] == 0


def test_a_server_whose_tools_cannot_be_listed_is_told() -> None:
    """To the agent and to whoever looks."""
    scene = calling()
    effects = scene.feed(ev.SessionReported(FRONT, {"type": "mcp_list_tools.failed", "item_id": "l1"}))

    assert "crm" in str(only(do.AddItem, effects))
    assert only(do.Announce, effects)[0].fields == {"servers": ["crm"]}


def test_a_client_does_not_see_what_is_hidden() -> None:
    """In no event of a call; what is not hidden passes as it is."""
    scene = calling(ToolRule(hidden=frozenset({"pin"})))
    wants(scene)
    called = {"type": "mcp_call", "server_label": "crm", "name": "find", "arguments": '{"pin": "4821"}'}
    of = {"response_id": "r1", "item_id": "m_q1"}
    steps = [("done", "arguments"), ("delta", "delta")]
    seen = scene.feed(
        item(payload={"type": "conversation.item.done", "item": called}),
        *(
            ev.ResponseProgressed(FRONT, "r1", {"type": f"response.mcp_call_arguments.{step}", **of, key: "4821"})
            for step, key in steps
        ),
    )
    message = {"type": "message"}
    done = {"type": "response.done", "response": {"output": [called, message, {**called, "server_label": "else"}]}}
    ended = scene.feed(ev.ResponseFinished(FRONT, "r1", "completed", payload=done))
    assert len(only(do.TellCaller, seen)) == 3
    assert "4821" not in str(only(do.TellCaller, seen))
    (told,) = only(do.TellCaller, ended)
    assert [one.get("arguments") for one in told.payload["response"]["output"]] == [
        '{"pin": "•••"}',
        None,
        '{"pin": "4821"}',
    ]


def test_an_item_by_which_a_provider_was_answered_is_shown_to_nobody() -> None:
    """Whatever its id."""
    scene = calling()
    answer = {"item": {"id": "x", "type": "mcp_approval_response"}}

    assert scene.feed(ev.ItemReported(FRONT, "x", answer)) == []


def test_a_consulted_agent_is_held_to_the_rules_too() -> None:
    """What it does is for the agent that asked; the caller's client sees nothing of it."""
    scene = Scene(TEXT, {"expert": {"mcp:crm": PLAIN}, "front": {}, "billing": {}})
    expert = SessionId("expert", SessionKind.CONSULT, 1)
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "ask_expert", '{"question": "Who is Ada?"}')
    scene.feed(ev.SessionOpened(expert), ev.ResponseStarted(expert, "e1"))
    effects = wants(scene, session=expert, response_id="e1")
    assert only(do.RunHosted, effects)
    scene.feed(ev.ResponseFinished(expert, "e1", "completed"))
    effects = scene.feed(replace(item(), session=expert), HostedEnded(expert, "m_q1"))
    effects += scene.feed(replace(item(over=True, output="Ada"), session=expert))

    assert not only(do.TellCaller, effects)
    assert [one.session for one in only(do.CreateResponse, effects)] == [expert]


STEPS = int(os.environ.get("WALK_STEPS", "12000"))


@pytest.mark.parametrize(
    ("said", "tools"),
    [
        (TEAMWORK, with_server(TEAMWORK_TOOLS, "front", "billing", "planner")),
        (WARD, with_server(WARD_TOOLS, "front", "billing")),
    ],
    ids=["teamwork", "people"],
)
def test_rules_hold_for_hosted_tools_in_any_legal_order(said: str, tools: ToolRules) -> None:
    """Each question has one answer, no rule is broken, nothing hangs, whatever drops or comes twice."""
    walked, steps, seed, called = team(said), 0, 0, 0
    while steps < STEPS:
        world = Hosting(walked, tools, seed)
        world.arrive()
        while not world.over and world.steps < 600:
            try:
                world.step()
            except Exception as error:
                trail = "\n".join(map(str, world.trail[-15:]))
                raise AssertionError(f"seed {seed}, step {world.steps}:\n{trail}") from error
            called += isinstance(world.trail[-1], HostedReported)
        steps, seed = steps + world.steps, seed + 1

    assert called > 20
