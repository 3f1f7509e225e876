"""The English sentences that the core tells the models, and how a response is recognised that was asked for with one.

Whoever must recognise a response reads its marker: one key in the `metadata` of `response.create`, whose value is one
of a small set. Prose is for the models alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The key in a response's `metadata`, and its values.
MARKER = "orchestrator"
EXACTLY = "exactly"  # says given words; `exact_words` returns them
GREETING = "greeting"  # greets the caller in the agent's own words
FILLER = "filler"  # says that something takes a moment
GOODBYE = "goodbye"  # ends the call in the agent's own words
SUMMARY = "summary"  # sums up the call in text, out of band

_EXACTLY = "Say exactly: "

# What an agent is asked to say in its own words.
GREET = "Greet the caller and offer your help."
LOOKING = "Tell the caller in a few words that you are looking into it and that it takes a moment. Nothing else."
ENDING = "The call ends now: {why}. Tell the caller so in one sentence and say goodbye."
SUMMARIZE = (
    "Summarize this call for the colleague who takes over: who calls, what they want, what was found out. Facts only."
)

# What an agent is told about what happened elsewhere.
HANDED_OVER = "The caller was handed to you by {source}."
GIVEN_BACK = "You sent the caller to {source}; they are given back to you."
REASON = "Reason: {reason}"
HAND_BACK = "When you are done, call hand_back: the caller goes back to {source}."
ROLE = (
    "{asker} has a caller on the line and asks you. Answer {asker} in a few plain sentences: it tells the caller. "
    "You cannot ask back."
)

# What came of a function call, and why one was refused.
TRANSFER_FAILED = "The transfer to {target} failed ({reason}). Tell the caller and help them yourself."
NO_ANSWER = "{agent} did not answer: {reason}. Tell the caller, or help them yourself."
TOO_MANY_HANDOFFS = "The caller was handed over too often in this call. Help them yourself."
JUST_CAME = "The caller just came from {agent!r} and has said nothing since. Talk to them first."
RAN_ALREADY = "{tool} can run {often} in a call, and it has. Tell the caller that this cannot be done again."


def exactly(words: str) -> str:
    """Return instructions to say something word for word; they need nothing of the agent's own."""
    return f"{_EXACTLY}{words}"


def exact_words(instructions: str) -> str | None:
    """Return the words that instructions want said word for word; None when they are others. Undoes `exactly`."""
    return instructions.removeprefix(_EXACTLY) if instructions.startswith(_EXACTLY) else None


def marked(options: Mapping[str, Any], value: str) -> dict[str, Any]:
    """Return response options with our marker beside the caller's own metadata."""
    return {**options, "metadata": {**(options.get("metadata") or {}), MARKER: value}}
