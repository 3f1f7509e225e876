"""What functions return, as it is spoken."""

from __future__ import annotations

import json

import pytest

from orchestrator.local.router_results import parsed, spoken


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Order 1 is on its way.", "Order 1 is on its way."),
        ("", "Done."),
        ("null", "Done."),
        ("true", "Yes."),
        ("42", "42."),
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
    assert spoken(output) == said


@pytest.mark.parametrize(
    ("error", "part"),
    [
        ("The transfer to billing failed (no answer). Tell the caller.", "cannot reach billing"),
        ("The caller just came from 'x' and has said nothing since. Talk to them first.", "tell me what you need"),
        ("find_order failed: ValueError: the shelf is empty", "did not work: the shelf is empty."),
    ],
)
def test_failures_are_put_in_the_callers_words(error: str, part: str) -> None:
    """What is meant for a model's eyes is not read aloud."""
    assert part in spoken(json.dumps({"error": error}))


def test_only_an_object_is_parsed() -> None:
    """Text and lists are none."""
    assert parsed('{"a": 1}') == {"a": 1}
    assert parsed("[1]") is None
    assert parsed("hello") is None
