"""A function's result as speech: text as it is, an object as sentences, an error in words made for the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.saying.phrases import plain

# Words of good news, and of what may be bad news. A function counts as successful only with the former and without
# the latter.
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
SUCCESS = ("ok", "success", "status")
PLAIN = ("result", "message", "answer", "text", "output", "summary")  # fields that are said without their names
# A Python tool's own account of its failure.
TOOL_FAILED = re.compile(r"\S+ failed: (.+)")


def parsed(text: str) -> Mapping[str, Any] | None:
    """Return the JSON object that a text holds; None when it holds none."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, Mapping) else None


def as_speech(output: str) -> str:
    """Return a function's output as speech."""
    try:
        value = json.loads(output)
    except ValueError:
        return output.strip() or "Done."
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list):
        return " ".join(as_speech(json.dumps(item)) for item in value) or "There is nothing."
    if value is None:
        return "Done."
    if isinstance(value, bool):
        return "Yes." if value else "No."
    return value if isinstance(value, str) else f"{value}."


def worked(result: str) -> bool:
    """Return whether a result, as speech, reports success; one that says neither counts as a failure."""
    return bool(WORKED.search(result)) and not FAILED.search(result) and not result.endswith("?")


def _mapping(value: Mapping[str, Any]) -> str:
    if isinstance(value.get("say"), str):
        return str(value["say"])
    if "error" in value:
        return _failure(value)
    told = {key: item for key, item in value.items() if item not in (None, "", []) and not _is_success(key, item)}
    parts = [
        _flat(item).rstrip(".") + "." if key in PLAIN else f"{plain(str(key)).capitalize()}: {_flat(item)}."
        for key, item in told.items()
    ]
    return " ".join(parts) or "Done."


def _is_success(key: str, item: Any) -> bool:
    """Return whether a field only says that all went well."""
    return key in SUCCESS and item in (True, "ok", "success")


def _failure(value: Mapping[str, Any]) -> str:
    """Return why something failed, in words for the caller: the error's own are for a language model."""
    error = str(value["error"])
    if found := patterns.TRANSFER_FAILED.match(error):
        return f"I am sorry, I cannot reach {plain(found['target'])} at the moment. Can I help you with something else?"
    if found := patterns.CONSULT_FAILED.match(error):
        return f"I am sorry, {plain(found['agent'])} cannot tell me that at the moment."
    if found := TOOL_FAILED.match(error):
        return f"I am sorry: {found.group(1).rstrip('.')}."
    if patterns.NOTHING_SAID_SINCE.match(error) or patterns.TOO_MANY_HANDOFFS.match(error):
        return "I am with you. Please tell me what you need."
    if patterns.RUN_TOO_OFTEN.match(error):
        return phrases.TOO_OFTEN
    if value.get("call_first"):
        return phrases.NOT_YET
    return phrases.needed(value["ask_for"]) if value.get("ask_for") else phrases.CANNOT


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(str(key))} {_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
