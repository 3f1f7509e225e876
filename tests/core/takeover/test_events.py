"""What happens when another process takes a call over."""

from __future__ import annotations

from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.records.format.values import from_json, typed


def test_a_record_has_it_like_any_other_event() -> None:
    """So that a call can be taken over once more."""
    event = CallTakenOver("item_1", 400, silent=1.5)

    assert from_json(typed(event)) == event
    assert typed(CallTakenOver()) == {"type": "CallTakenOver"}
