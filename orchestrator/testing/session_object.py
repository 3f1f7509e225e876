"""The session object of the scripted server: complete from the start, merged by key, and strict as the service is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.errors import CallerError

Event = dict[str, Any]
PCM: Event = {"type": "audio/pcm", "rate": 24000}
DETECTION: dict[str, Event] = {
    "server_vad": {
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {"eagerness": "auto", "create_response": True, "interrupt_response": True},
}
# What an update may say, level by level; None: anything.
KEYS: Mapping[str, Sequence[str] | None] = {
    "session": (
        *("type", "model", "output_modalities", "instructions", "tools", "tool_choice", "parallel_tool_calls"),
        *("reasoning", "max_output_tokens", "truncation", "tracing", "prompt", "include", "audio"),
    ),
    "session.audio": ("input", "output"),
    "session.audio.input": ("format", "noise_reduction", "transcription", "turn_detection"),
    "session.audio.input.format": ("type", "rate"),
    "session.audio.input.noise_reduction": ("type", "strength"),
    "session.audio.input.transcription": ("model", "language", "languages", "prompt", "keywords", "delay"),
    "session.audio.output": ("format", "voice", "speed"),
    "session.audio.output.format": ("type", "rate"),
    "session.reasoning": ("effort",),
    "function": ("type", "name", "description", "parameters"),
    "response": (
        *("conversation", "input", "instructions", "output_modalities", "audio", "tools", "tool_choice"),
        *("parallel_tool_calls", "reasoning", "max_output_tokens", "prompt", "metadata"),
    ),
}


def defaults(session_id: str, model: str) -> Event:
    """Return the session object of `session.created`."""
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
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
        "expires_at": 0,  # unix seconds; the session says it
        "audio": {
            "input": {
                "format": PCM,
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": {"type": "server_vad", **DETECTION["server_vad"]},
            },
            "output": {"format": PCM, "voice": "alloy", "speed": 1.0},
        },
    }


def updated(fields: Event, update: Any, *, spoken: bool) -> Event:
    """Return the session object after an update; raises `CallerError`, and then nothing of it holds.

    `spoken` says that there was audio, after which the voice cannot be changed.
    """
    if not isinstance(update, Mapping) or "type" not in update:
        raise missing("session.type")
    if update["type"] != "realtime":
        raise invalid("session.type", update["type"])
    _check_keys("session", update)
    check_modalities("session", update)
    for number, tool in enumerate(update.get("tools") or ()):
        if tool.get("type") == "function":
            check_level(f"session.tools[{number}]", tool, KEYS["function"])
    merged = _merge(fields, {**update, "model": fields["model"]})
    if spoken and merged["audio"]["output"]["voice"] != fields["audio"]["output"]["voice"]:
        message = "Cannot update a conversation's voice if assistant audio is present."
        raise CallerError(message, code="cannot_update_voice", param="session.audio.output.voice")
    return merged


def check_response(options: Event) -> None:
    """Check the `response` object of `response.create`; raises `CallerError`."""
    check_level("response", options, KEYS["response"])
    check_modalities("response", options)
    for key, value in (options.get("metadata") or {}).items():
        if not isinstance(value, str):
            raise invalid(f"response.metadata.{key}", value)


def check_modalities(path: str, fields: Mapping[str, Any]) -> None:
    """Check that exactly one modality is asked for."""
    wanted = fields.get("output_modalities", ["audio"])
    if wanted not in (["audio"], ["text"]):
        raise invalid(f"{path}.output_modalities", wanted)


def check_level(path: str, fields: Mapping[str, Any], known: Sequence[str] | None) -> None:
    """Check that only known keys are said."""
    for key in fields:
        if known is not None and key not in known:
            message = f"Unknown parameter: '{path}.{key}'."
            raise CallerError(message, code="unknown_parameter", param=f"{path}.{key}")


def missing(param: str) -> CallerError:
    """Make the error for a key that is not there."""
    return CallerError(f"Missing required parameter: '{param}'.", code="missing_required_parameter", param=param)


def invalid(param: str, value: Any) -> CallerError:
    """Make the error for a value that is not accepted."""
    return CallerError(f"Invalid value: {value!r}.", code="invalid_value", param=param)


def _check_keys(path: str, fields: Mapping[str, Any]) -> None:
    known = KEYS.get(path)
    if path == "session.audio.input.turn_detection":
        if fields.get("type") not in DETECTION:
            raise invalid(f"{path}.type", fields.get("type"))
        known = ("type", *DETECTION[fields["type"]])
    check_level(path, fields, known)
    for key, value in fields.items():
        if isinstance(value, Mapping):
            _check_keys(f"{path}.{key}", value)


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> Event:
    """Merge by key; turn detection of another type starts from its own defaults."""
    merged = dict(under)
    for key, value in over.items():
        old = merged.get(key)
        if key == "turn_detection" and value is not None:
            under_it = old if isinstance(old, Mapping) and old["type"] == value["type"] else DETECTION[value["type"]]
            merged[key] = {**under_it, **value}
        elif isinstance(old, Mapping) and isinstance(value, Mapping) and key != "format":
            merged[key] = _merge(old, value)
        else:
            merged[key] = value
    return merged
