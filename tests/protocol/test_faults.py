"""What is left of a service's error when a caller is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.protocol.faults import code_of, param_of, plain, sentence, type_of


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "rate_limit_exceeded"}, "rate_limit_exceeded"),
        ({"code": None, "type": "server_error"}, "server_error"),
        ({"code": "DeploymentNotFound", "type": "x"}, "DeploymentNotFound"),
        ({"code": 429}, "429"),
        ({"code": "/srv/app/main.py", "type": "invalid_request_error"}, "invalid_request_error"),
        ({"code": "sk-proj-abcdef", "type": "ek_68af2964bb36e001"}, "unknown_error"),
        ({"code": "0123456789abcdef0123456789abcdef"}, "unknown_error"),
        ({"code": "db.internal.example"}, "unknown_error"),
        ({"code": "x" * 10_000}, "unknown_error"),
        ({"code": {"a": 1}, "type": ["b"]}, "unknown_error"),
        ({}, "unknown_error"),
    ],
)
def test_p61_a_code_is_a_word_of_a_protocol(error: dict[str, Any], code: str) -> None:
    """P61: no path, no host, no key, whatever stands in its place."""
    assert code_of(error) == code


@pytest.mark.parametrize(
    ("param", "told"),
    [
        ("session.audio.input.turn_detection", "session.audio.input.turn_detection"),
        ("response.tools[0].name", "response.tools[0].name"),
        ("item_id", "item_id"),
        ("previous_item_id", "previous_item_id"),
        ("audio", "audio"),
        ("db.internal.example", None),
        ("/srv/app", None),
        ("session/../key", None),
        ("item" + ".a" * 200, None),
        (7, None),
        (None, None),
    ],
)
def test_p61_a_param_is_a_place_in_an_event(param: Any, told: str | None) -> None:
    """P61: of the caller's own event, which it knows."""
    assert param_of({"param": param}) == told


def test_p61_a_caller_gets_type_code_and_a_sentence_of_ours() -> None:
    """P61: the sentence follows from the code alone."""
    error = {"type": "invalid_request_error", "code": "item_retrieve_invalid_item_id", "message": "/srv/x"}
    assert plain(error) == {**error, "message": "The item was not found."}
    assert sentence("never_heard_of") == plain({})["message"]
    assert (type_of({"type": "odd"}), type_of({"type": []})) == ("server_error", "server_error")
