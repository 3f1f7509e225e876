"""A judge of a call: its verdict counts only with words that were said."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.observe.facts import CallBegan, Fact, HandedOver, Outcome, Said, ToolRan
from orchestrator.trials.personas.judge import LONGEST, Judgement, judge, read, transcript
from tests.trials.personas.asking import asking

AT: Any = {"start": 1.0, "end": 1.0}
CALL: list[Fact] = [
    CallBegan(**AT, agent="front"),
    Said(**AT, who="caller", text="You are useless!", item_id="i1"),
    Said(**AT, who="front", text="I am sorry to hear that.", item_id="i2"),
    ToolRan(**AT, agent="front", name="find", call_id="c", arguments="{}", output="none", outcome=Outcome.COMPLETED),
    HandedOver(**AT, source="front", target="desk", reason="", warm=True, outcome=Outcome.COMPLETED),
]
WRITTEN = """\
caller: You are useless!
front: I am sorry to hear that.
(front used find {} → none)
(front handed the caller over to desk: completed)"""


def test_the_judge_reads_what_was_said_and_done() -> None:
    """Of a call without end, its beginning and its end."""
    assert transcript(CALL) == WRITTEN
    long = transcript([Said(**AT, who="caller", text="word " * LONGEST, item_id="i1")])
    assert len(long) < LONGEST + 10
    assert "[…]" in long


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ('{"holds": true, "quote": "I am sorry"}', Judgement(True, "I am sorry")),
        ('Sure:\n```json\n{"holds": false, "quote": "you are USELESS"}\n```', Judgement(False, "you are USELESS")),
        ('{"holds": true, "quote": "Have a nice day"}', None),
        ('{"holds": true, "quote": ""}', None),
        ('{"holds": "yes", "quote": "I am sorry"}', None),
        ('{"holds": true, "quote": 1}', None),
        ('{"holds": true}', None),
        ("{true}", None),
        ("[1]", None),
        ("It does.", None),
    ],
)
def test_a_verdict_rests_on_a_quote(answer: str, verdict: Judgement | None) -> None:
    """Words that nobody said are no reason, and nor is none."""
    assert read(answer, WRITTEN) == verdict


async def test_each_statement_is_judged() -> None:
    """What does not hold fails with its quote; what was not decided fails as such."""
    replies = (
        '{"holds": true, "quote": "I am sorry to hear that"}',
        '{"holds": false, "quote": "You are useless"}',
        "I cannot say.",
    )
    async with asking(*replies) as (model, server):
        failures = await judge(model, ["stays polite", "the caller stays polite", "it rhymes"], CALL)

    assert [(failure.expected, failure.got) for failure in failures] == [
        ("the caller stays polite", "You are useless"),
        ("it rhymes", None),
    ]
    asked = [body["messages"][-1]["content"] for _, body in server.requests]
    assert asked[0] == f"The transcript:\n{WRITTEN}\n\nThe statement: stays polite"
    assert asked[1] == "The statement: the caller stays polite"
