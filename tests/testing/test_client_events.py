"""Client events that are not right are refused with the service's codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.testing.client_events import REQUIRED, check, decoded, parsed


@pytest.mark.parametrize(
    ("frame", "code", "param"),
    [
        ("{", "invalid_json", None),
        ("[]", "invalid_event", None),
        (b"binary", "invalid_event", None),
        ("{}", "missing_required_parameter", "type"),
        ('{"type":"nonsense"}', "invalid_value", "type"),
        ('{"type":"conversation.item.create"}', "missing_required_parameter", "item"),
        ('{"type":"conversation.item.create","item":5}', "invalid_value", "item"),
        ('{"type":"input_audio_buffer.append","audio":"*"}', "invalid_value", "audio"),
    ],
)
def test_a_frame_that_is_no_event_is_refused(frame: str | bytes, code: str, param: str | None) -> None:
    """By its shape, its type or its fields."""
    with pytest.raises(CallerError) as caught:
        _accept(frame)

    assert (caught.value.code, caught.value.param) == (code, param)


def _accept(frame: str | bytes) -> None:
    event = parsed(frame)
    check(event)
    decoded(event["audio"])


@pytest.mark.parametrize("kind", REQUIRED)
def test_an_event_with_its_fields_is_accepted(kind: str) -> None:
    """Further fields are not looked at."""
    fields: dict[str, Any] = {key: wanted() for key, wanted in REQUIRED[kind].items()}
    event = {"type": kind, **fields, "event_id": "mine"}

    assert parsed(json.dumps(event)) == event
    check(event)
