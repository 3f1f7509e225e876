"""Functions that broken teams name around a call."""

from __future__ import annotations

from orchestrator.tools import CallView


def who_calls(call: CallView) -> None:
    """Find out who calls."""


def needs_a_model(call: CallView, number: str) -> str:
    """Find out who has a number."""
    return number


def asks_for_nothing() -> None:
    """Find out nothing."""


def keep(call: dict[str, object]) -> None:
    """Keep a call."""


def wants_two(call: dict[str, object], why: str) -> None:
    """Keep a call."""


def log_in(call: CallView) -> None:
    """Let the caller into their account."""
