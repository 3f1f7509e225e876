"""What agents had done for them."""

from __future__ import annotations

from functools import partial

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.effects import Announce, CancelTool
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.tools.events import HostedReported, ToolsChanged
from orchestrator.observe.facts import Consulted, Outcome, ToolRan
from tests.core.scene import FRONT
from tests.observe.told import Told, told_bank


def calls_tool() -> Told:
    """A call in which front has called a tool."""
    scene = Told()
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order", '{"number": "48213"}')
    return scene


def test_a_tool_is_told_with_what_it_got_and_returned() -> None:
    """And the variables that it set; one that fails, with its reason."""
    scene = calls_tool()
    scene.after(0.5, ev.ToolReturned(scene.ours("fc1"), "12.50", {"account": "A1"}))
    scene.function("front", "r1", "find_order", "{}", "fc2")
    scene.after(1.0, ev.ToolFailed(scene.ours("fc2"), "no such order"))

    good, bad = scene.all(ToolRan)
    assert (good.agent, good.name, good.arguments, good.output) == (
        "front",
        "find_order",
        '{"number": "48213"}',
        "12.50",
    )
    assert (good.start, good.end, good.outcome, good.variables) == (0.0, 0.5, Outcome.COMPLETED, {"account": "A1"})
    assert (bad.end, bad.outcome, bad.output) == (1.5, Outcome.FAILED, "no such order")


@pytest.mark.parametrize(
    ("listed", "server"),
    [
        ({}, ""),
        ({"front": {"find_order": "mcp:desk/find_order"}}, "desk"),
        ({"billing": {"find_order": "mcp:desk"}}, ""),
    ],
)
def test_a_tool_is_told_with_the_server_that_has_it(listed: dict[str, dict[str, str]], server: str) -> None:
    """As servers list their tools then; an agent's own is of none."""
    scene = Told()
    scene.open()
    scene.story.observe(ToolsChanged(listed), [], scene.now)
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order", "{}")
    scene.after(0.5, ev.ToolReturned(scene.ours("fc1"), "12.50"))

    assert [ran.server for ran in scene.all(ToolRan)] == [server]


def test_a_tool_that_is_not_waited_for_is_cancelled() -> None:
    """By an effect, or by the end of the call; what comes later is nothing."""
    scene = calls_tool()
    made = scene.ours("fc1")
    scene.story.observe(ev.SeatsStirred(), [CancelTool(made)], scene.now + 1)
    scene.story.observe(ev.ToolReturned(made, "late"), [], scene.now + 2)
    scene.function("front", "r1", "find_order", "{}", "fc2")
    scene.leave()

    assert [(ran.outcome, ran.end) for ran in scene.all(ToolRan)] == [
        (Outcome.CANCELLED, 1.0),
        (Outcome.CANCELLED, 0.0),
    ]


def test_a_consult_is_told_by_whom_it_asked() -> None:
    """Two that run beside each other are told apart by how long they took."""
    scene = told_bank()
    ends = {"agent": "front", "name": "ask_planner"}
    for at, name, fields in (
        (1.0, "consult.started", {"from": "front", "to": "planner"}),
        (2.0, "consult.started", {"from": "front", "to": "lawyer"}),
        (4.0, "consult.returned", {**ends, "ok": False, "seconds": 2.0}),
        (5.0, "consult.returned", {**ends, "ok": True, "seconds": 4.0}),
        (5.0, "consult.returned", {**ends, "ok": True, "seconds": 4.0}),
        (6.0, "consult.started", {"from": "front", "to": "planner"}),
    ):
        scene.story.observe(ev.SeatsStirred(), [Announce(name, fields)], 100.0 + at)
    scene.now += 7
    scene.leave()

    assert [(one.to, one.start, one.end, one.outcome) for one in scene.all(Consulted)] == [
        ("lawyer", 2.0, 4.0, Outcome.FAILED),
        ("planner", 1.0, 5.0, Outcome.COMPLETED),
        ("planner", 6.0, 7.0, Outcome.CANCELLED),
    ]


def test_what_a_provider_calls_is_told_like_any_tool() -> None:
    """By its question, or by its name where the provider names none; without hidden arguments. One may be given up."""
    scene = Told()
    for number in range(4):
        run = do.RunHosted(FRONT, f"q{number}", f"made{number}", "find", "crm", '{"pin": "4821"}', ("pin",))
        scene.story.observe(ev.SeatsStirred(), [run], scene.now)
    report = partial(HostedReported, FRONT, "m", server="crm", name="find")
    for event in (
        report(request_id="q1"),
        report(request_id="q1", over=True, ok=False, output="Bad gateway"),
        report(request_id="", over=True, output="Ada"),
        report(request_id="another", over=True),
        ev.TimerExpired(Timer(TimerKind.HOSTED, "made2")),
        ev.TimerExpired(Timer(TimerKind.FILLER, "made3")),
    ):
        scene.story.observe(event, [], scene.now)

    assert [(ran.call_id, ran.outcome, ran.output, ran.arguments) for ran in scene.all(ToolRan)] == [
        ("made1", Outcome.FAILED, "Bad gateway", '{"pin": "•••"}'),
        ("made0", Outcome.COMPLETED, "Ada", '{"pin": "•••"}'),
        ("made2", Outcome.FAILED, "", '{"pin": "•••"}'),
    ]
