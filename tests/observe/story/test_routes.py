"""Where the caller went."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core import events as ev
from orchestrator.core.effects import Announce
from orchestrator.core.ids import SessionId, TimerKind
from orchestrator.observe.facts import HandedOver, Outcome, PersonWaited, Refused
from orchestrator.observe.story.routes import Routes
from tests.core.scene import FRONT, expired
from tests.observe.told import Told, show


def test_a_handoff_ends_with_the_first_sound_of_the_next_agent() -> None:
    """Its session was open, and it was asked at once: nothing of the time is ours."""
    scene = Told()
    scene.open("tech")
    scene.transfer("front", "tech")
    scene.after(0.1, ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.after(0.2)
    scene.speech("tech", "hello")

    way = scene.one(HandedOver)
    assert (way.source, way.target, way.reason, way.warm) == ("front", "tech", "an invoice", True)
    assert (way.start, way.asked, round(way.end, 3), way.outcome) == (0.0, 0.0, 0.3, Outcome.COMPLETED)


def test_a_handoff_to_a_session_that_is_not_open_takes_longer() -> None:
    """From the function call until it was asked is our own part."""
    scene = Told()
    scene.open()
    scene.transfer("front", "billing")
    scene.after(0.5, ev.SessionOpened(SessionId("billing")))
    scene.leave()

    way = scene.one(HandedOver)
    assert (way.warm, way.asked, way.outcome, way.fault) == (False, 0.5, Outcome.CANCELLED, "the call ended")


def test_a_handoff_that_fails_says_why() -> None:
    """One that took too long, and one that the program wanted and never began."""
    scene = Told()
    scene.open()
    scene.transfer("front", "billing")
    scene.after(10.0, expired(TimerKind.HANDOFF))
    scene.feed(ev.CallerReferred("nobody"))

    late, never = scene.all(HandedOver)
    assert (late.end - late.start, late.outcome, late.fault) == (10.0, Outcome.FAILED, "it did not answer in time")
    assert (never.end - never.start, never.target, never.outcome) == (0.0, "nobody", Outcome.FAILED)


def test_the_next_handoff_ends_one_whose_agent_was_not_heard() -> None:
    """It hands over in its first response."""
    scene = Told()
    scene.open("billing", "tech")
    scene.moved("front", "billing")
    scene.after(0.5)
    scene.function("billing", "opening_fc1", "transfer_to_tech", "{}", "fc2")
    scene.feed(ev.ResponseFinished(SessionId("billing"), "opening_fc1", "completed"))
    scene.speech("tech", "hello")

    assert [(way.target, way.outcome) for way in scene.all(HandedOver)] == [
        ("billing", Outcome.CANCELLED),
        ("tech", Outcome.COMPLETED),
    ]


@pytest.mark.parametrize(
    ("name", "fields", "outcome"),
    [
        ("person.missed", {"agent": "helper"}, Outcome.FAILED),
        ("person.left", {"agent": "helper"}, Outcome.CANCELLED),
        ("handoff.completed", {"from": "front", "to": "helper"}, Outcome.COMPLETED),
        ("handoff.completed", {"from": "front", "to": "billing"}, Outcome.CANCELLED),
    ],
)
def test_waiting_for_a_person_ends_in_one_of_three_ways(name: str, fields: dict[str, str], outcome: Outcome) -> None:
    """They come, nobody does, or the caller goes elsewhere."""
    facts: list[PersonWaited] = []
    routes = Routes(facts.append, "caller")  # type: ignore[arg-type]
    show(routes, "person.waiting", {"agent": "helper"}, 1.0)
    show(routes, name, fields, 5.0)
    routes.finish(6.0, Outcome.CANCELLED)

    (waited,) = facts
    assert (waited.agent, waited.start, waited.outcome) == ("helper", 1.0, outcome)


def test_what_a_rule_refuses_is_told() -> None:
    """With the kind of rule, and what the model was told."""
    scene = Told()
    scene.open()
    fields = {"agent": "front", "name": "refund", "rule": "needs", "reason": "refund needs verified"}
    scene.story.observe(ev.SeatsStirred(), [Announce("function.refused", fields)], scene.now + 1)

    refused = scene.one(Refused)
    assert (refused.start, refused.agent, refused.name, refused.rule) == (1.0, "front", "refund", "needs")


def test_a_session_that_is_gone_is_not_warm() -> None:
    """It was lost before the handoff."""
    scene = Told()
    scene.open("billing")
    scene.feed(ev.SessionLost(SessionId("billing"), "gone"))
    scene.transfer("front", "billing")
    scene.leave()

    assert not scene.one(HandedOver).warm


def test_a_handoff_says_what_the_model_wrote() -> None:
    """Its function call, and what the local router had to choose among."""
    scene = Told()
    scene.open("billing")
    decision = {"why": "wants something", "candidates": {"transfer_to_billing": 0.7, "find_order": 0.4}}
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    call = ("r1", "item_1", "fc1", "transfer_to_billing", '{"reason": "an invoice"}', {"decision": decision})
    scene.feed(ev.FunctionCalled(FRONT, *call))
    scene.leave()

    way = scene.one(HandedOver)
    assert (way.function, way.arguments, way.decision) == ("transfer_to_billing", '{"reason": "an invoice"}', decision)


def test_a_handoff_that_no_model_wants_names_no_function() -> None:
    """Neither the last one that was called, nor one that was refused before."""
    scene = Told()
    scene.open("billing", "tech")
    scene.moved("front", "billing")
    scene.speech("billing", "hello")
    scene.after(1.0, ev.CallerReferred("tech", reason="the program knows better"))
    scene.leave()

    wanted, referred = scene.all(HandedOver)
    assert (wanted.function, wanted.decision) == ("transfer_to_billing", {})
    assert (referred.function, referred.arguments, referred.reason) == ("", "", "the program knows better")


def test_who_waits_for_a_person_does_so_for_a_reason() -> None:
    """That of the function call, which the handoff to them has too once they come."""
    facts: list[Any] = []
    routes = Routes(facts.append, "caller")
    call = ev.FunctionCalled(FRONT, "r1", "item_1", "fc1", "transfer_to_helper", '{"reason": "anger"}')
    show(routes, ev.FunctionCalled, call, 1.0)
    show(routes, "person.waiting", {"agent": "helper", "reason": "anger"}, 1.0)
    way = {"from": "front", "to": "helper"}
    show(routes, "handoff.started", {**way, "reason": "anger"}, 5.0)
    show(routes, "handoff.completed", way, 5.5)

    handed, waited = facts
    assert (waited.agent, waited.reason, waited.end) == ("helper", "anger", 5.5)
    assert (handed.function, handed.arguments, handed.reason) == ("transfer_to_helper", '{"reason": "anger"}', "anger")


def test_a_reason_that_is_not_kept_is_none() -> None:
    """The record of a team without transcripts has none; it is not the word `None`."""
    facts: list[Any] = []
    routes = Routes(facts.append, "caller")
    way = {"from": "front", "to": "billing", "reason": None}
    show(routes, "handoff.started", way, 1.0)
    show(routes, "handoff.failed", way, 2.0)
    show(routes, "function.refused", {"agent": "front", "name": "refund", "rule": "needs", "reason": None}, 3.0)

    failed, refused = facts
    assert (failed.reason, failed.fault, refused.reason) == (None, None, None)
