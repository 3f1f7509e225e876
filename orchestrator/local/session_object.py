"""What the embedded provider takes of the session object: its voices, functions it can call, turn detection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.local.speech.turns import Rule
from orchestrator.protocol import session as protocol
from orchestrator.protocol.checks import refuse
from orchestrator.providers.languages import code_of

EAGERNESS_MS = {"low": 800.0, "medium": 500.0, "auto": 500.0, "high": 400.0}  # silence that ends a turn


def update(
    session: Mapping[str, Any], change: Any, *, voices: Collection[str] | None, spoken: bool
) -> protocol.Session:
    """Return the session object after a `session.update`; raises `CallerError`, and then nothing of it is in force.

    `voices` are the known ones (None: any); `spoken` says that assistant audio exists, which locks the voice.
    """
    updated = protocol.update(session, change, spoken=spoken)
    if change.get("model", session["model"]) != session["model"]:
        raise CallerError("The model of a session cannot change.", code="invalid_value", param="session.model")
    check_schemas(updated["tools"], "session.tools")
    check_voice(updated["audio"]["output"]["voice"], voices, "session.audio.output.voice")
    return updated


def check_schemas(tools: Sequence[Mapping[str, Any]], path: str) -> None:
    """Refuse checked tools whose parameters are not those of an object, as far as a brain reads them."""
    for at, tool in enumerate(tools):
        if not _readable(tool.get("parameters", {})):
            message = f"Invalid schema for function {tool['name']!r}: 'parameters' must be a JSON Schema of an object."
            raise CallerError(message, code="invalid_function_parameters", param=f"{path}[{at}].parameters")


def _readable(parameters: Mapping[str, Any]) -> bool:
    properties, required = parameters.get("properties", {}), parameters.get("required", [])
    named = isinstance(properties, Mapping) and all(isinstance(one, Mapping) for one in properties.values())
    return named and isinstance(required, list) and all(isinstance(one, str) for one in required)


def check_voice(voice: Any, voices: Collection[str] | None, path: str) -> None:
    """Refuse a voice that the speaker does not have."""
    if not isinstance(voice, str):
        refuse(path, "the name of a voice", voice)
    if voices is not None and voice not in voices:
        refuse(path, f"one of {', '.join(sorted(voices))}", voice)


def heard_language(session: Mapping[str, Any], teams: str | None) -> str | None:
    """Return the language to listen for: the one that the transcription is set to, else the team's."""
    transcription: Mapping[str, Any] = session["audio"]["input"]["transcription"] or {}
    said = transcription.get("language") or next(iter(transcription.get("languages") or ()), None)
    return code_of(said) or teams


def spoken_language(session: Mapping[str, Any], teams: str | None) -> str | None:
    """Return the language to speak: the team's, else the one that its callers are said to speak."""
    return teams or heard_language(session, None)


def rule(detection: Mapping[str, Any], written: Mapping[str, Any]) -> Rule:
    """Return a turn detection in our units; `written` is the part of it that somebody has set.

    The silence follows what is said (`end_of_turn`) unless its length was set; the eagerness of `semantic_vad` scales
    it.
    """
    if detection["type"] == "semantic_vad":
        return Rule(silence_ms=EAGERNESS_MS[detection["eagerness"]], adaptive=True)
    return Rule(
        detection["threshold"],
        detection["prefix_padding_ms"],
        detection["silence_duration_ms"],
        adaptive="silence_duration_ms" not in written,
    )
