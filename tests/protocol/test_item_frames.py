"""Reports of items that are recognised without parsing, and those that are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.protocol.item_frames import reported_item

ITEM: dict[str, Any] = {"id": "item_1", "type": "message", "role": "user", "content": []}
EVENT: dict[str, Any] = {"type": "conversation.item.added", "event_id": "e", "previous_item_id": None, "item": ITEM}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["compact", "spaced"])
@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"type": "conversation.item.done"},
        {"previous_item_id": "item_0"},
        {"item": {"object": "realtime.item", "type": "message", "id": "item_1"}},
        {"item": {"type": "message", "id": "item_1"}},
    ],
)
def test_what_a_service_reports_is_recognised(changed: dict[str, Any], separators: tuple[str, str]) -> None:
    """However it writes JSON, and in the usual orders."""
    assert reported_item(json.dumps({**EVENT, **changed}, separators=separators)) == "item_1"


def test_no_item_before_it_is_no_obstacle() -> None:
    """Some services leave the field out."""
    assert reported_item(json.dumps({key: EVENT[key] for key in ("type", "event_id", "item")})) == "item_1"


@pytest.mark.parametrize(
    "frame",
    [
        json.dumps({**EVENT, "type": "conversation.item.deleted"}),
        json.dumps({**EVENT, "type": "response.output_item.added"}),
        json.dumps({"event_id": "e", **EVENT}),
        json.dumps({**EVENT, "item": {"role": "user", "id": "item_1"}}),
        json.dumps({**EVENT, "item": {"id": 'quo"ted'}}),
        json.dumps({**EVENT, "item": None}),
        json.dumps({**EVENT, "previous_item_id": 7}),
        "no JSON",
        "",
    ],
)
def test_whatever_else_takes_the_full_path(frame: str) -> None:
    """Another kind of event, another order, escaped text."""
    assert reported_item(frame) is None
