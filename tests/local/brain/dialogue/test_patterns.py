"""The orchestrator's sentences are recognised by the templates that it writes them from."""

from __future__ import annotations

import re

import pytest

from orchestrator.core import wording
from orchestrator.core.memory.transcript import Line, Speaker
from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.dialogue.patterns import caller_lines, expression, pattern, said_lines


@pytest.mark.parametrize(
    ("template", "found_by", "filled"),
    [
        (wording.ENDING, patterns.ENDING, {"why": "the call has used up its tokens"}),
        (wording.ROLE, patterns.CONSULTED[0], {"asker": "front"}),
        (wording.WRITTEN_TO, patterns.CONSULTED[1], {"sender": "front"}),
        (wording.MESSAGE_FROM, patterns.NEWS[0], {"sender": "front", "text": "They are here: two men."}),
        (wording.HANDED_OVER, patterns.HANDED_OVER, {"source": "front"}),
        (wording.GIVEN_BACK, patterns.GIVEN_BACK, {"source": "front"}),
        (wording.REASON, patterns.REASON, {"reason": "a refund: 20 euros (of 40)"}),
        (wording.HAND_BACK, patterns.HAND_BACK_WHEN_DONE, {"source": "front"}),
        (
            wording.TRANSFER_FAILED,
            patterns.TRANSFER_FAILED,
            {"target": "billing", "reason": "it did not answer in time"},
        ),
        (wording.NO_ANSWER, patterns.CONSULT_FAILED, {"agent": "planner", "reason": "no answer within 30 seconds"}),
        (wording.RAN_ALREADY, patterns.RUN_TOO_OFTEN, {"tool": "refund", "often": "3 times"}),
    ],
)
def test_what_was_filled_in_is_read_back(template: str, found_by: re.Pattern[str], filled: dict[str, str]) -> None:
    """Whatever the sentence is, and wherever among other lines it stands."""
    sentence = template.format(**filled)
    found = found_by.search(f"A line before.\n{sentence}\nA line after.")

    assert found is not None
    assert found.groupdict() == filled


def test_a_template_matches_whole_lines() -> None:
    """A sentence that quotes another is not it."""
    assert not patterns.HANDED_OVER.match(f"He wrote: {wording.HANDED_OVER.format(source='front')}")
    assert not patterns.TOO_MANY_HANDOFFS.match(f"{wording.TOO_MANY_HANDOFFS} Really.")


def test_a_place_that_comes_twice_is_one_group() -> None:
    """Both must be filled alike."""
    twice = pattern("{who} asks. Answer {who}.")

    assert twice.match("front asks. Answer front.")
    assert not twice.match("front asks. Answer billing.")
    assert expression("plain (text)") == r"plain\ \(text\)"


def test_lines_of_the_caller_come_newest_first() -> None:
    """As the transcript writes them; those of others are left out."""
    lines = [
        Line(0, "front", Speaker.CALLER, "a", "Hello."),
        Line(1, "front", Speaker.AGENT, "b", "Good morning."),
        Line(2, "front", Speaker.CALLER, "c", "I was charged twice."),
    ]

    assert caller_lines("\n".join(map(str, lines))) == ["I was charged twice.", "Hello."]


def test_lines_of_a_briefing() -> None:
    """Who said what before; nothing where a briefing does not tell."""
    assert said_lines("What was said so far:\nCaller: Hello.\ndesk: Good day.") == [
        (True, "Hello."),
        (False, "Good day."),
    ]
    assert said_lines("Reason: a bill") == []
