"""The session object: its defaults, and `session.update` merged into it by key, whole or not at all."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.local.speech.turns import Rule
from orchestrator.protocol.ids import make_id

FORMATS = ("audio/pcm", "audio/pcmu", "audio/pcma")
EAGERNESS_MS = {"low": 800.0, "medium": 500.0, "auto": 500.0, "high": 400.0}  # silence that ends a turn

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _number(low: float, high: float) -> Check:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _among(*allowed: str) -> Check:
    return lambda value: isinstance(value, str) and value in allowed


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _listed(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _labels(value: Any) -> bool:
    """Accept what the service does: at most 16 strings."""
    few = isinstance(value, Mapping) and len(value) <= 16
    return few and all(isinstance(one, str) and len(one) <= 512 for one in (*value.keys(), *value.values()))


def _tokens(value: Any) -> bool:
    return value == "inf" or _number(1, 4096)(value)


def _modalities(value: Any) -> bool:
    return value in (["audio"], ["text"])


def _any(_value: Any) -> bool:
    return True


# What each key may hold; a nested table is merged by key. Keys that have no effect here are kept and echoed.
Table = Mapping[str, Any]
FORMAT: Table = {"type": _among(*FORMATS), "rate": _optional(lambda value: value == 24_000)}
SERVER_VAD: Table = {
    "type": _among("server_vad"),
    "threshold": _number(0, 1),
    "prefix_padding_ms": _number(0, 5000),
    "silence_duration_ms": _number(50, 10_000),
    "idle_timeout_ms": _optional(_number(5000, 30_000)),
    "create_response": _truth,
    "interrupt_response": _truth,
}
SEMANTIC_VAD: Table = {
    "type": _among("semantic_vad"),
    "eagerness": _among(*EAGERNESS_MS),
    "create_response": _truth,
    "interrupt_response": _truth,
}
TRANSCRIPTION: Table = dict.fromkeys(("model", "language", "languages", "prompt", "keywords", "delay"), _any)
OUTPUT: Table = {"format": FORMAT, "voice": _text, "speed": _number(0.25, 1.5)}
SESSION: Table = {
    "type": _among("realtime"),
    "model": _text,
    "output_modalities": _modalities,
    "instructions": _text,
    "tools": _listed,
    "tool_choice": lambda value: value in ("none", "auto", "required") or _mapping(value),
    "parallel_tool_calls": _optional(_truth),
    "reasoning": _optional(_mapping),
    "max_output_tokens": _tokens,
    "truncation": _any,
    "tracing": _any,
    "prompt": _optional(_mapping),
    "include": _optional(lambda value: isinstance(value, list)),
    "audio": {
        "input": {
            "format": FORMAT,
            "noise_reduction": _optional(_mapping),
            "transcription": _optional(_mapping),
            "turn_detection": _optional(_mapping),
        },
        "output": OUTPUT,
    },
}
RESPONSE: Table = {
    "conversation": _among("auto", "none"),
    "input": _listed,
    "metadata": _optional(_labels),
    "audio": {"output": {"format": FORMAT, "voice": _text}},
    **{
        key: SESSION[key]
        for key in (
            "instructions", "output_modalities", "tools", "tool_choice", "parallel_tool_calls", "reasoning",
            "max_output_tokens", "prompt",
        )
    },
}  # fmt: skip


def new_session(model: str, voice: str) -> dict[str, Any]:
    """Return the complete session object of a session that was just opened."""
    pcm = {"type": "audio/pcm", "rate": 24_000}
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": make_id("sess_"),
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "include": None,
        "audio": {
            "input": {
                "format": dict(pcm),
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": turn_detection({"type": "server_vad"}, None),
            },
            "output": {"format": dict(pcm), "voice": voice, "speed": 1.0},
        },
    }


def merge(session: Mapping[str, Any], update: Any, *, voices: Collection[str] | None, spoken: bool) -> dict[str, Any]:
    """Return the session with an update merged in.

    `voices` are the known ones (None: any); `spoken` says that assistant audio exists, which locks the voice.
    Raises `CallerError` for the first fault; nothing is merged then.
    """
    if not isinstance(update, Mapping):
        raise CallerError("Missing required parameter: 'session'.", code="missing_required_parameter", param="session")
    if "type" not in update:
        message = "Missing required parameter: 'session.type'."
        raise CallerError(message, code="missing_required_parameter", param="session.type")
    check(update, SESSION, "session")
    if update.get("model", session["model"]) != session["model"]:
        raise CallerError("The model of a session cannot change.", code="invalid_value", param="session.model")
    check_tools(update.get("tools", []), "session.tools")
    merged = _merged(session, update)
    given = update.get("audio", {}).get("input", {})
    if given.get("turn_detection") is not None:
        known = session["audio"]["input"]["turn_detection"]
        merged["audio"]["input"]["turn_detection"] = turn_detection(given["turn_detection"], known)
    if given.get("transcription") is not None:
        check(given["transcription"], TRANSCRIPTION, "session.audio.input.transcription")
    for side in ("input", "output"):
        merged["audio"][side]["format"] = whole_format(merged["audio"][side]["format"])
    check_voice(merged["audio"]["output"]["voice"], voices, "session.audio.output.voice")
    if spoken and merged["audio"]["output"]["voice"] != session["audio"]["output"]["voice"]:
        message = "Cannot update a conversation's voice if assistant audio is present."
        raise CallerError(message, code="cannot_update_voice", param="session.audio.output.voice")
    return merged


def check(given: Any, table: Table, path: str) -> None:
    """Refuse unknown keys and wrong values; raises `CallerError` whose `param` is the place."""
    if not isinstance(given, Mapping):
        raise CallerError(f"Invalid value: '{path}' must be an object.", code="invalid_value", param=path)
    for key, value in given.items():
        place = f"{path}.{key}"
        rule = table.get(key)
        if rule is None:
            raise CallerError(f"Unknown parameter: '{place}'.", code="unknown_parameter", param=place)
        if isinstance(rule, Mapping):
            check(value, rule, place)
        elif not rule(value):
            raise CallerError(f"Invalid value: {str(value)[:80]!r}.", code="invalid_value", param=place)


def check_tools(tools: list[Mapping[str, Any]], path: str) -> None:
    """Accept function tools only."""
    for at, tool in enumerate(tools):
        if tool.get("type") != "function":
            message = "The local provider takes tools of type 'function' only."
            raise CallerError(message, code="invalid_value", param=f"{path}[{at}].type")
        if not isinstance(tool.get("name"), str) or not tool["name"]:
            message = f"Missing required parameter: '{path}[{at}].name'."
            raise CallerError(message, code="missing_required_parameter", param=f"{path}[{at}].name")
        if not _optional(_text)(tool.get("description")):
            message = f"Invalid type for '{path}[{at}].description': expected a string."
            raise CallerError(message, code="invalid_type", param=f"{path}[{at}].description")
        if not _schema(tool.get("parameters")):
            message = f"Invalid schema for function {tool['name']!r}: 'parameters' must be a JSON Schema of an object."
            raise CallerError(message, code="invalid_function_parameters", param=f"{path}[{at}].parameters")


def _schema(parameters: Any) -> bool:
    """Accept an object's schema as far as a brain reads it."""
    if parameters is None:
        return True
    if not _mapping(parameters):
        return False
    properties, required = parameters.get("properties", {}), parameters.get("required", [])
    named = _mapping(properties) and all(_mapping(one) for one in properties.values())
    return named and isinstance(required, list) and all(_text(one) for one in required)


def check_voice(voice: str, voices: Collection[str] | None, path: str) -> None:
    """Refuse a voice that the speaker does not have."""
    if voices is not None and voice not in voices:
        message = f"Invalid value: {voice!r}. Supported values are: {', '.join(sorted(voices))}."
        raise CallerError(message, code="invalid_value", param=path)


def turn_detection(given: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Complete a turn detection from what is known of the same type, else from the defaults."""
    path = "session.audio.input.turn_detection"
    kind = given.get("type", known["type"] if known else "server_vad")
    both = {"create_response": True, "interrupt_response": True}
    if kind == "semantic_vad":
        check(given, SEMANTIC_VAD, path)
        whole: dict[str, Any] = {"type": kind, "eagerness": "auto", **both}
    else:
        check(given, SERVER_VAD, path)
        timing = {"threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500, "idle_timeout_ms": None}
        whole = {"type": kind, **timing, **both}
    if known is not None and known["type"] == kind:
        whole |= known
    return whole | dict(given)


def rule(detection: Mapping[str, Any]) -> Rule:
    """Return a turn detection in our units; `semantic_vad` is silence of a length that follows its eagerness."""
    if detection["type"] == "semantic_vad":
        return Rule(silence_ms=EAGERNESS_MS[detection["eagerness"]])
    return Rule(detection["threshold"], detection["prefix_padding_ms"], detection["silence_duration_ms"])


def whole_format(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a format with the rate where it has one."""
    return {"type": given["type"], "rate": 24_000} if given["type"] == "audio/pcm" else {"type": given["type"]}


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Merge objects by key down to where the session's table has values."""
    result = copy.deepcopy(dict(old))
    for key, value in new.items():
        nested = key in ("audio", "input", "output", "format")
        result[key] = _merged(result[key], value) if nested else copy.deepcopy(value)
    return result
