"""What a function returned, in the caller's words: text as it is, an object as sentences, an error plainly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from orchestrator.local.brain import phrases
from orchestrator.local.brain.phrases import plain

# What a result says when it is good news, and when it may be bad news: only then is it known that a function did it.
WORKED = re.compile(
    r"\b(?:yes|true|right|correct|ok|okay|done|fine|perfect|success\w*|verified|confirmed|accepted|approved|valid|passed|"
    r"matche[sd]|complete[d]?|thank you|thanks|welcome)\b",
    re.IGNORECASE,
)
FAILED = re.compile(
    r"\b(?:no|not|non\w*|nothing|nobody|never|neither|\w+n['’]t|cannot|false|fail\w*|errors?|wrong|in(?:valid|correct)|"
    r"un(?:verified|known|able|successful\w*|available|confirmed)|sorry|unfortunately|den(?:y|ied)|refused|rejected|"
    r"expired|blocked|locked|missing|mismatch|different|too|again|but|however|without|until|only)\b",
    re.IGNORECASE,
)


def parsed(text: str) -> Mapping[str, Any] | None:
    """Return the JSON object that a text holds, if it does."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, Mapping) else None


def spoken(output: str) -> str:
    """Say what a function returned."""
    try:
        value = json.loads(output)
    except ValueError:
        return output.strip() or "Done."
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list):
        return " ".join(spoken(json.dumps(item)) for item in value) or "There is nothing."
    if value is None or isinstance(value, bool):
        return {True: "Yes.", False: "No.", None: "Done."}[value]
    return value if isinstance(value, str) else f"{value}."


def worked(said: str) -> bool:
    """Return whether a result, as it is spoken, says that it went well; what says nothing of it is taken for a no."""
    return bool(WORKED.search(said)) and not FAILED.search(said) and not said.endswith("?")


def _mapping(value: Mapping[str, Any]) -> str:
    if isinstance(value.get("say"), str):
        return str(value["say"])
    if "error" in value:
        return _failure(value)
    parts = [
        f"{plain(str(key)).capitalize()}: {_flat(item)}." for key, item in value.items() if item not in (None, "", [])
    ]
    return " ".join(parts) or "Done."


def _failure(value: Mapping[str, Any]) -> str:
    """Say why something failed, in words of its own: the error's are for a language model."""
    error = str(value["error"])
    if found := re.match(r"The transfer to (\S+) failed", error):
        return f"I am sorry, I cannot reach {plain(found.group(1))} at the moment. Can I help you with something else?"
    if found := re.match(r"(\S+) did not answer: ", error):
        return f"I am sorry, {plain(found.group(1))} cannot tell me that at the moment."
    if found := re.match(r"\S+ failed: (.+)", error):  # what the tool itself says of it
        return f"I am sorry: {found.group(1).rstrip('.')}."
    if "said nothing since" in error or "handed over too often" in error:
        return "I am with you. Please tell me what you need."
    if re.match(r"\S+ can run .+ in a call, and it has\.", error):
        return phrases.TOO_OFTEN
    if value.get("call_first"):
        return phrases.NOT_YET
    return phrases.needed(value["ask_for"]) if value.get("ask_for") else phrases.CANNOT


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(str(key))} {_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
