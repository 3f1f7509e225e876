"""What has happened in a session, as its items tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.local.brain.language import asks
from orchestrator.local.brain.port import Item
from orchestrator.local.brain.saying.results import FAILED, WORKED, as_speech, parsed
from orchestrator.local.brain.understanding.clauses import SENTENCE
from orchestrator.protocol.items import words

FEW = 2  # of the caller's turns after a call, of which one may ask why it failed


def last_said(items: Sequence[Item]) -> str:
    """Return what was said to the caller last."""
    return next((words(item) for item in reversed(items) if item.get("role") == "assistant" and words(item)), "")


def sentences_said(items: Sequence[Item]) -> list[str]:
    """Return the sentences that were said to the caller, the newest first."""
    lines = (words(item) for item in reversed(items) if item.get("role") == "assistant")
    return [sentence for line in lines for sentence in reversed(SENTENCE.split(line)) if sentence]


def last_call(items: Sequence[Item]) -> tuple[str, dict[str, Any], bool]:
    """Return the last function called, its arguments, and whether its result was a question to the caller."""
    outputs = {
        item.get("call_id"): str(item.get("output") or "")
        for item in items
        if item.get("type") == "function_call_output"
    }
    turns = 0  # of the caller, since the call
    for item in reversed(items):
        if item.get("role") == "user":
            turns += 1
        if item.get("type") == "function_call":
            was_question = turns == 1 and asks(as_speech(outputs.get(item.get("call_id"), "")))
            return str(item.get("name")), _arguments(item), was_question
    return "", {}, False


def has_just_failed(items: Sequence[Item]) -> bool:
    """Return whether the last function call was of no use, as its result says, and hardly anything was said since."""
    outputs = (str(item.get("output") or "") for item in reversed(items) if item.get("type") == "function_call_output")
    result = as_speech(next(outputs, "null"))
    return 1 <= turns_since_call(items) <= FEW and bool(FAILED.search(result)) and not WORKED.search(result)


def turns_since_call(items: Sequence[Item]) -> int:
    """Return how often the caller has spoken since the last function call; 0 when there was none."""
    turns = 0
    for item in reversed(items):
        if item.get("type") == "function_call":
            return turns
        turns += item.get("role") == "user"
    return 0


def arguments_so_far(items: Sequence[Item]) -> dict[str, Any]:
    """Return the arguments of all calls; of two with the same name the later one."""
    found: dict[str, Any] = {}
    for item in items:
        if item.get("type") == "function_call":
            found |= _arguments(item)
    return found


def _arguments(item: Item) -> dict[str, Any]:
    return dict(parsed(str(item.get("arguments") or "{}")) or {})
