"""What the orchestrator tells models in English, and the marker of the responses that it asks for.

Whoever must recognise such a response reads its `metadata`; whoever must read such a sentence takes it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARKER = "orchestrator"  # the key in a response's `metadata`; its value says what the response is for:
EXACTLY, SUMMARY = "exactly", "summary"

SAY_EXACTLY = "Say exactly:"
GREET = "Greet the caller and offer your help."
FILLER = "Tell the caller in a few words that you are looking into it and that it takes a moment. Nothing else."
GOODBYE = "The call ends now: {why}. Tell the caller so in one sentence and say goodbye."
CONSULTED = (
    "{asker} has a caller on the line and asks you. Answer {asker} in a few plain sentences: it tells the caller. "
    "You cannot ask back."
)

# Lines of the briefing of a handoff.
HANDED_OVER = "The caller was handed to you by {source}."
GIVEN_BACK = "You sent the caller to {source}; they are given back to you."
REASON = "Reason: {reason}"
HAND_BACK_WHEN_DONE = "When you are done, call hand_back: the caller goes back to {source}."

# Errors of functions.
TRANSFER_FAILED = "The transfer to {target} failed ({reason}). Tell the caller and help them yourself."
CONSULT_FAILED = "{agent} did not answer: {reason}. Tell the caller, or help them yourself."
TOO_MANY_HANDOFFS = "The caller was handed over too often in this call. Help them yourself."
NOTHING_SAID_SINCE = "The caller just came from {source!r} and has said nothing since. Talk to them first."
RUN_TOO_OFTEN = "{tool} can run {often} in a call, and it has. Tell the caller that this cannot be done again."


def exactly(words: str, metadata: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the options of a response that says something word by word; it needs nothing of the agent's own."""
    return {"instructions": f"{SAY_EXACTLY} {words}", "metadata": {**(metadata or {}), MARKER: EXACTLY}}


def exact_words(instructions: str) -> str | None:
    """Return the words that instructions say word by word; None when they are others."""
    return instructions.removeprefix(SAY_EXACTLY).strip() if instructions.startswith(SAY_EXACTLY) else None
