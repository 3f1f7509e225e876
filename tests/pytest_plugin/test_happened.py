"""What happened in a call, as tests in Python compare it and people read it."""

from __future__ import annotations

import pytest

from orchestrator.observe.facts import CallBegan, CallEnded, Fact, HandedOver, Inferred, Outcome, Refused, Said, ToolRan
from orchestrator.pytest_plugin import happened
from orchestrator.pytest_plugin.happened import Handoff, ToolCall


def ran(name: str, arguments: str, output: str = "done") -> ToolRan:
    return ToolRan(
        start=1.5,
        end=2,
        agent="front",
        name=name,
        call_id="c",
        arguments=arguments,
        output=output,
        outcome=Outcome.FAILED,
    )


def moved(outcome: Outcome, reason: str = "", fault: str = "") -> HandedOver:
    return HandedOver(
        start=2, end=3.5, source="front", target="desk", reason=reason, warm=True, outcome=outcome, fault=fault
    )


FACTS: list[Fact] = [
    CallBegan(start=0, end=0, agent="front"),
    Said(start=0, end=0.5, who="front", text="Hello.", item_id="i1"),
    Said(start=1, end=1, who="caller", text="Hi.", item_id="i2", typed=True),
    Inferred(start=1, end=2, agent="front", session="s", response_id="r", status="completed", error=None),
    ran("find", '{"number": "7"}', "It is here."),
    Refused(start=2, end=2, agent="front", name="pay", rule="needs", reason="not verified"),
    moved(Outcome.FAILED, fault="unreachable"),
    moved(Outcome.COMPLETED, reason="wants to pay"),
    moved(Outcome.COMPLETED),
    Said(start=4, end=4, who="desk", text="I can help.", item_id="i3"),
    CallEnded(start=0, end=61.25, ending="left", reason="hang-up", agent="desk"),
]


def test_tools_handoffs_refusals_and_words_are_found() -> None:
    """Each in the order in which it happened; a handoff that failed is none."""
    assert happened.calls(FACTS) == [ToolCall("find", {"number": "7"}, "It is here.")]
    assert happened.handoffs(FACTS) == [Handoff("front", "desk", "wants to pay"), Handoff("front", "desk", "")]
    assert happened.refused(FACTS) == ["needs"]
    assert happened.said(FACTS) == "Hello. I can help."


@pytest.mark.parametrize(
    ("text", "arguments"), [("", {}), ("{oops", {"…": "{oops"}), ("[1]", {"…": [1]})], ids=["none", "no JSON", "a list"]
)
def test_arguments_can_be_anything(text: str, arguments: object) -> None:
    """A model writes them."""
    assert happened.calls([ran("find", text)])[0].arguments == arguments


def test_a_person_can_read_it() -> None:
    """A line for each thing that happened, with its time."""
    assert happened.transcript(FACTS).splitlines() == [
        "   0.00  front has the caller",
        "   0.50  front: Hello.",
        "   1.00  caller: Hi.",
        '   1.50  front → find({"number": "7"}) → It is here.',
        "   2.00  front → pay: refused (needs): not verified",
        "   2.00  front → desk: failed: unreachable",
        "   2.00  front → desk: wants to pay",
        "   2.00  front → desk",
        "   4.00  desk: I can help.",
        "  61.25  the call is over (left): hang-up",
    ]
