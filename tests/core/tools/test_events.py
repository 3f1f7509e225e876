"""What happens to tools."""

from __future__ import annotations

from typing import get_args

from orchestrator.core.call import HANDLERS
from orchestrator.core.tools.events import ToolEvent


def test_every_event_has_who_handles_it() -> None:
    """As for all other events."""
    assert set(get_args(ToolEvent)) <= HANDLERS.keys()
