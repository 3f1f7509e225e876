"""A finished call as it is handed on."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.memory.shared import Shared
from orchestrator.observe.facts import CallBegan, CallEnded, Said
from orchestrator.records.outbox import finished as module
from orchestrator.records.outbox.finished import Finished
from tests.core.scene import team
from tests.observe import happened

SHOP = """
team: shop
variables:
  customer: null
  card: {type: string, secret: true}
agents:
  front: {instructions: Hi, handoffs: [billing]}
  billing: {instructions: Invoices, handoffs: [front]}
"""


def finished(more: str = "") -> Finished:
    """Return a call that has just begun."""
    of = team(f"{SHOP}{more}")
    call = Finished("sess_1", of, Shared(of))
    call.take(CallBegan(start=0.0, end=0.0, agent="front"))
    return call


def said(who: str, text: str, at: float, item_id: str = "") -> Said:
    """Return words."""
    return Said(start=at, end=at, who=who, text=text, item_id=item_id or f"item_{at}")


def texts(call: Finished) -> list[tuple[str, str]]:
    """Return who said what, as it is handed on."""
    return [(line["who"], line["text"]) for line in json.loads(call.body(1.0))["transcript"]]


def test_it_has_the_keys_of_a_call_its_words_and_its_variables() -> None:
    """Of all that the REST API tells of a call; secrets are not in it, also not where they were said in two turns."""
    call = finished()
    call._shared.variables.set("customer", "Miller")
    call._shared.variables.set("card", "4111222244443333")
    for fact in (
        happened.turn(1.0, 2.0, item_id="i1"),
        said("caller", "my card is 4111222244443333", 2.2, "i1"),
        said("front", "That is 4111 2222 4444 3333.", 3.0),
        said("caller", "4111 2222", 4.0),
        said("caller", "4444 3333", 5.0),
        happened.ran(start=3.0, end=3.1),
        happened.handed(start=5.0, end=5.2),
        happened.inferred(tokens={"input": 4, "output": 3}, cost=0.5),
        CallEnded(start=0.0, end=9.0, ending="left", reason="hang-up", agent="billing"),
    ):
        call.take(fact)
    known = json.loads(call.body(1700000009.0))

    assert known.pop("started") > 0
    first = known.pop("transcript")[0]
    assert first == {"t": 1.0, "seat": "caller", "who": "caller", "text": "my card is [card]", "typed": False}
    assert known == {
        "id": "sess_1", "object": "call", "team": "shop", "ended": 1700000009.0, "ending": "left",
        "reason": "hang-up", "agent": "billing", "agents": ["front", "billing"], "seconds": 9.0, "turns": 1,
        "handoffs": 1, "tools": 1, "tokens": {"input": 4, "output": 3}, "cost": 0.5,
        "variables": {"customer": "Miller", "card": "••••"}, "left_out": 0,
    }  # fmt: skip
    whole = call.body(1.0)
    assert not any(part in whole for part in ("4111", "4444 3333", "44443333"))


@pytest.mark.parametrize("record", ["record: false", "record: {transcript: false}"])
def test_words_that_are_not_kept_are_not_handed_on(record: str) -> None:
    """The figures are."""
    call = finished(record)
    call.take(said("caller", "hello", 1.0))

    assert texts(call) == []


def test_what_callers_say_to_some_agents_is_not_handed_on() -> None:
    """Nor what they said to one of them and is known only when another has them; what agents say is."""
    call = finished("record: {pause_in: [billing]}")
    call.take(said("caller", "hello", 1.0))
    call.take(happened.handed(start=2.0, end=2.0))
    call.take(said("caller", "my account", 3.0))
    call.take(said("billing", "thank you", 3.5))
    call.take(happened.turn(4.0, 4.5, "billing", "late"))
    call.take(happened.handed("billing", "front", 5.0, 5.0))
    call.take(said("caller", "its number", 5.5, "late"))

    assert texts(call) == [("caller", "hello"), ("billing", "thank you")]


def test_the_oldest_words_are_left_out_of_what_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the call runs, and in what is handed on; it says how many lines that were."""
    monkeypatch.setattr(module, "CHARACTERS", 50)
    call = finished()
    call.take(happened.heard(0.0, 0.5))
    for at in range(1, 5):
        call.take(said("caller", f"{at}" * 20, float(at)))
    assert [text[0] for _, text in texts(call)] == ["3", "4"]
    assert json.loads(call.body(1.0))["left_out"] == 2

    monkeypatch.setattr(module, "BYTES", len(json.dumps({**json.loads(call.body(1.0)), "transcript": []})) + 100)
    assert [text[0] for _, text in texts(call)] == ["4"]
    assert json.loads(call.body(1.0))["left_out"] == 3
