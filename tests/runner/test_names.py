"""Ids that are the same in several sessions."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from typing import Any

import pytest

from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.core.tools.events import HostedAsked, HostedReported
from orchestrator.errors import RealtimeError
from orchestrator.runner import names as names_module
from orchestrator.runner.names import Names
from orchestrator.testing.output import Output
from orchestrator.testing.script import Reply, call, say
from tests.calls import desk

FRONT, BILLING = SessionId("front"), SessionId("billing")


def two() -> tuple[Names, Names]:
    """Return the ids of two sessions of a call."""
    givers: OrderedDict[str, Names] = OrderedDict()
    return Names(givers), Names(givers)


def frame(**event: Any) -> str:
    return json.dumps(event)


def test_ids_that_were_given_in_another_process_are_not_given_again() -> None:
    """A call that was taken over has them already; a service that counts from 1 begins again."""
    past, one = two()
    past.gave(ev.ResponseStarted(FRONT, "r1"))
    past.gave(ev.ResponseStarted(FRONT, "r1"))
    past.gave(ev.CallerCleared())

    assert one.repeats(ev.ResponseStarted(FRONT, "r1"))
    assert not one.repeats(ev.ResponseStarted(FRONT, "r2"))
    assert json.loads(one.inward(frame(type="x", response_id="r1")))["response_id"] != "r1"


def test_p49_ids_of_one_session_stay_as_they_are() -> None:
    """P49: their frames too, which are not even read."""
    one, other = two()
    for given in ("r1", "r1", "r2"):
        assert not one.repeats(ev.ResponseStarted(FRONT, given))
    assert not other.repeats(ev.ResponseStarted(BILLING, "r3"))

    assert other.inward("nonsense") == other.outward("nonsense") == "nonsense"


@pytest.mark.parametrize(
    "event",
    [
        ev.ResponseStarted(BILLING, "x"),
        ev.FunctionCalled(BILLING, "r", "x", "c", "find", "{}"),
        ev.ItemReported(BILLING, "x", {}),
        HostedAsked(BILLING, "r", "x", "crm", "find", "{}"),
        HostedReported(BILLING, "x", "q", "crm", "find"),
        ev.SpeechStarted(BILLING, "x"),
        ev.TurnCommitted(BILLING, "x"),
        ev.ResponseProgressed(BILLING, "r", {"item": {"id": "x"}}),
    ],
)
def test_p49_an_id_that_another_session_gave_gets_another(event: ev.SessionSaid) -> None:
    """P49: in every place of an event, and back."""
    one, other = two()
    one.repeats(ev.ItemReported(FRONT, "x", {}))
    assert other.repeats(event)
    told = {"type": "t", "item_id": "x", "response_id": 5, "delta": "x", "item": {"id": "x"}, "part": {"id": "x"}}
    response = {"id": "x", "output": [{"id": "x"}, 7], "status": "x"}
    inward = json.loads(other.inward(frame(**told, response=response)))
    ours = inward["item_id"]

    assert ours != "x"
    assert inward == {
        **told,
        "item_id": ours,
        "item": {"id": ours},
        "response": {"id": ours, "output": [{"id": ours}, 7], "status": "x"},
    }
    assert not other.repeats(ev.ItemReported(BILLING, ours, {}))
    assert json.loads(other.outward(frame(type="t", previous_item_id=ours))) == {"type": "t", "previous_item_id": "x"}
    wanted = {"input": [{"type": "item_reference", "id": ours}, {"type": "message"}]}
    assert json.loads(other.outward(frame(type="t", response=wanted)))["response"]["input"][0]["id"] == "x"
    answer = {"type": "mcp_approval_response", "approval_request_id": ours}
    assert json.loads(other.outward(frame(type="t", item=answer)))["item"]["approval_request_id"] == "x"
    assert one.inward("nonsense") == "nonsense"
    with pytest.raises(RealtimeError):
        other.inward("nonsense")


def test_p49_an_item_that_we_add_keeps_its_id() -> None:
    """P49: a session that is opened again is told what the one before has heard, by the ids that the caller knows."""
    one, other = two()
    one.repeats(ev.ItemReported(FRONT, "x", {}))
    other.put("x")

    assert not other.repeats(ev.ItemReported(FRONT, "x", {}))


def test_p49_only_so_many_ids_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """P49: the oldest is taken for new."""
    monkeypatch.setattr(names_module, "REMEMBERED", 3)
    one, other = two()
    for given in "abcd":
        one.repeats(ev.ItemReported(FRONT, given, {}))

    assert [other.repeats(ev.ItemReported(BILLING, given, {})) for given in "da"] == [True, False]


async def test_p49_agents_whose_services_count_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """P49: after a handoff everything is heard and read, and belongs to whoever said it."""
    monkeypatch.setattr(Output, "new_id", lambda self, prefix: f"{prefix}{_count(self)}")
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
        desk_.service.reply("billing", say("Which invoice?"))
        await caller.type("I have an invoice.")
        await caller.until("team.handoff.completed")
        await caller.until("response.output_audio_transcript.done", 2)
        await caller.until("response.done", 2, where=lambda event: event["response"]["output"] != [])
        desk_.service.script.add("billing", Reply((call("transfer_to_front", reason="all done"),)))
        await caller.type("Thank you.")
        await caller.until("team.handoff.completed", 2)
        front = await desk_.service.session("front")

        assert [one["transcript"] for one in caller.of("response.output_audio_transcript.done")][:2] == [
            "I will connect you.",
            "Which invoice?",
        ]
        added = Counter(event["item"]["id"] for event in caller.of("conversation.item.added"))
        assert max(added.values()) == 1
        told = str([event["item"] for event in front.of("conversation.item.create")])
        assert "billing: Which invoice?" in told
        assert "Caller: Thank you." in told


def _count(output: Output) -> int:
    output._ids += 1
    return output._ids
