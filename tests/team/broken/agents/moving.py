"""A tool that moves callers."""

from __future__ import annotations

from orchestrator.tools import CallView


def escalate(reason: str, call: CallView) -> str:
    """Call the manager.

    Args:
        reason: why
    """
    call.hand_over("manager", reason)
    return "One moment."
