"""What functions return, as it is spoken."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.wording import (
    JUST_CAME,
    NO_ANSWER,
    RAN_ALREADY,
    TOO_MANY_HANDOFFS,
    TRANSFER_FAILED,
)
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.saying.results import as_speech, parsed, worked


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Order 1 is on its way.", "Order 1 is on its way."),
        ("", "Done."),
        ("null", "Done."),
        ("true", "Yes."),
        ("42", "42."),
        ("1", "1."),
        ("[1, 0]", "1. 0."),
        ('"plain"', "plain"),
        ("[]", "There is nothing."),
        ('["a.", "b."]', "a. b."),
        ('{"say": "Hello."}', "Hello."),
        (
            '{"order_state": "sent", "items": ["boots", "socks"], "gift": true, "note": null}',
            "Order state: sent. Items: boots, socks. Gift: yes.",
        ),
        ('{"to": {"city": "Bristol"}}', "To: city Bristol."),
        ("{}", "Done."),
    ],
)
def test_results_are_spoken_as_they_are(output: str, said: str) -> None:
    """Nothing is added to what a tool returned."""
    assert as_speech(output) == said


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (TRANSFER_FAILED.format(target="billing", reason="no answer"), "cannot reach billing"),
        (NO_ANSWER.format(agent="planner", reason="no answer"), "planner cannot tell me that"),
        (JUST_CAME.format(agent="x"), "tell me what you need"),
        (TOO_MANY_HANDOFFS, "tell me what you need"),
        ("find_order failed: the shelf is empty", "I am sorry: the shelf is empty."),
        ("find_order failed; try again later, or help the caller in another way.", phrases.CANNOT),
        ("There is no function 'x_y'. Functions you can call: z.", phrases.CANNOT),
        (RAN_ALREADY.format(tool="refund", often="3 times"), phrases.TOO_OFTEN),
    ],
)
def test_failures_are_put_in_the_callers_words(error: str, part: str) -> None:
    """What is meant for a model's eyes is not read aloud."""
    assert part in as_speech(json.dumps({"error": error}))


def test_only_an_object_is_parsed() -> None:
    """Text and lists are none."""
    assert parsed('{"a": 1}') == {"a": 1}
    assert parsed("[1]") is None
    assert parsed("hello") is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"call_first": "transfer_to_verify"}, phrases.NOT_YET),
        ({"call_first": "transfer_to_verify", "ask_for": ["matter"]}, phrases.NOT_YET),
        ({"ask_for": ["birth_date"]}, "I am sorry, that cannot be done without this: birth date."),
    ],
)
def test_what_is_needed_is_said_plainly(more: dict[str, object], said: str) -> None:
    """Without the names of functions and variables."""
    error = "transfer_to_billing needs verified, birth_date. verified is set by check_pin: hand the caller over first."
    assert as_speech(json.dumps({"error": error, **more})) == said


@pytest.mark.parametrize("said", ["Thank you, that is right.", "Yes.", "Verified: yes.", "You are verified now."])
def test_good_news_is_known(said: str) -> None:
    """Only what says so went well."""
    assert worked(said)


@pytest.mark.parametrize("said", ["That isn't right.", "Verified: no.", "Two were found.", "Right, and what else?"])
def test_what_may_have_failed_is_no_success(said: str) -> None:
    """Bad news, no news, and questions."""
    assert not worked(said)
