"""What a function returned, in the caller's words: text as it is, an object as sentences, an error plainly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from orchestrator.local.phrases import plain

SORRY = "I am sorry, that did not work"


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
    return {True: "Yes.", False: "No.", None: "Done."}.get(value, f"{value}.") if not isinstance(value, str) else value


def _mapping(value: Mapping[str, Any]) -> str:
    if isinstance(value.get("say"), str):
        return str(value["say"])
    if "error" in value:
        return _failure(str(value["error"]))
    parts = [
        f"{plain(str(key)).capitalize()}: {_flat(item)}." for key, item in value.items() if item not in (None, "", [])
    ]
    return " ".join(parts) or "Done."


def _failure(error: str) -> str:
    """Say why something failed; what is meant for the model's eyes is put in the caller's words."""
    if found := re.match(r"The transfer to (\S+) failed", error):
        return f"I am sorry, I cannot reach {plain(found.group(1))} at the moment. Can I help you with something else?"
    if found := re.match(r"(\S+) did not answer: ", error):
        return f"I am sorry, {plain(found.group(1))} cannot tell me that at the moment."
    if "said nothing since" in error or "handed over too often" in error:
        return "I am with you. Please tell me what you need."
    text = error.split(" failed: ", 1)[-1]
    return f"{SORRY}: {re.sub(r'^[A-Za-z]+Error: ', '', text).rstrip('.')}."


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(str(key))} {_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
