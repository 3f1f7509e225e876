"""A function's result as speech: text as it is, an object as sentences, an error in words made for the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.language import Expression, asks
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.saying.phrases import plain

# Good news, and what may be bad news. A function counts as successful only with the former and without
# the latter.
WORKED, FAILED = Expression("worked"), Expression("failed")
SUCCESS = ("ok", "success", "status")
PLAIN = ("result", "message", "answer", "text", "output", "summary")  # fields that are said without their names
OUTCOMES = ("delivered", "queued")  # of a message to a colleague
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
        return output.strip() or phrases.DONE
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list):
        return " ".join(as_speech(json.dumps(item)) for item in value) or phrases.NOTHING
    if value is None:
        return phrases.DONE
    if isinstance(value, bool):
        return phrases.YES_SAID if value else phrases.NO_SAID
    return value if isinstance(value, str) else f"{value}."


def worked(result: str) -> bool:
    """Return whether a result, as speech, reports success; one that says neither counts as a failure."""
    return bool(WORKED.search(result)) and not FAILED.search(result) and not asks(result)


def _mapping(value: Mapping[str, Any]) -> str:
    if isinstance(value.get("say"), str):
        return str(value["say"])
    if "error" in value:
        return _failure(value)
    if value.get("outcome") in OUTCOMES:
        return phrases.line(str(value["outcome"]))
    told = {key: item for key, item in value.items() if item not in (None, "", []) and not _is_success(key, item)}
    parts = [
        _flat(item).rstrip(".") + "." if key in PLAIN else f"{plain(str(key)).capitalize()}: {_flat(item)}."
        for key, item in told.items()
    ]
    return " ".join(parts) or phrases.DONE


def _is_success(key: str, item: Any) -> bool:
    """Return whether a field only says that all went well."""
    return key in SUCCESS and item in (True, "ok", "success")


def _failure(value: Mapping[str, Any]) -> str:
    """Return why something failed, in words for the caller: the error's own are for a language model."""
    error = str(value["error"])
    if found := patterns.TRANSFER_FAILED.match(error):
        return phrases.CANNOT_REACH.format(target=plain(found["target"]))
    if found := patterns.CONSULT_FAILED.match(error):
        return phrases.CANNOT_TELL.format(agent=plain(found["agent"]))
    if found := TOOL_FAILED.match(error):
        return phrases.FAILED.format(why=found.group(1).rstrip("."))
    if patterns.NOTHING_SAID_SINCE.match(error) or patterns.TOO_MANY_HANDOFFS.match(error):
        return phrases.WITH_YOU
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
        return phrases.YES_FLAT if value else phrases.NO_FLAT
    return str(value)
