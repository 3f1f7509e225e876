"""The session object: one table of its fields, their defaults and bounds; one check; one merge.

Whoever sends, takes or keeps a session object uses this: the team file's agents, the gateway, `local`, text sessions
and the scripted server. A role may take less (a provider without noise reduction), never other bounds: what the team
file and the gateway accept must not be refused when an agent's session opens.

`check` raises `CallerError` as the service refuses: code, `param` as the path, and a message. A `session.update` is
merged by key, and thrown away whole when any part of it is wrong.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from orchestrator.errors import CallerError
from orchestrator.protocol.audio import FORMATS, PCM, RATES
from orchestrator.protocol.beta import moved
from orchestrator.protocol.checks import (
    Check,
    anything,
    array,
    boolean,
    fields,
    integer,
    mapping,
    nullable,
    number,
    object_or,
    refuse,
    text,
    variants,
    word,
)
from orchestrator.protocol.tools import MOST_TOOLS, function_tool, tool_choice

Session = dict[str, Any]
ABSENT: Final[Any] = object()  # the default of a field that is not in the object before somebody sets it
LONGEST_TEXT = 16 * 1024 * 1024  # characters of instructions or a prompt: what fits into a frame; roles may take less
LONGEST_NAME = 200  # characters of a model, a voice, a keyword …
LONGEST_LANGUAGE = 20
MOST_LANGUAGES, MOST_KEYWORDS = 50, 1000
LEAST_TOKENS, MOST_TOKENS = 1, 4096  # of `max_output_tokens`, unless it is "inf"

Eagerness = Literal["auto", "low", "medium", "high"]
Effort = Literal["minimal", "low", "medium", "high", "xhigh"]  # of reasoning
Delay = Literal["minimal", "low", "medium", "high", "xhigh"]  # of transcription
Noise = Literal["near_field", "far_field"]


@dataclass(frozen=True, slots=True)
class Field:
    """What a field may hold, and what is in force before anybody sets it."""

    check: Check
    default: Any = ABSENT


@dataclass(frozen=True, slots=True)
class Number:
    """A field that holds a number between bounds, ends included; or null, when that is its default."""

    low: float
    high: float
    default: Any

    @property
    def check(self) -> Check:
        """The check of its bounds; whole numbers where the bounds are."""
        whole = isinstance(self.low, int) and isinstance(self.high, int)
        within = integer(int(self.low), int(self.high)) if whole else number(self.low, self.high)
        return nullable(within) if self.default is None else within


THRESHOLD = Number(0.0, 1.0, default=0.5)
PREFIX_PADDING_MS = Number(0, 10_000, default=300)
SILENCE_DURATION_MS = Number(0, 10_000, default=500)
IDLE_TIMEOUT_MS = Number(5_000, 30_000, default=None)
NOISE_STRENGTH = Number(0.0, 1.0, default=1.0)
SPEED = Number(0.25, 1.5, default=1.0)
TRANSCRIBER = "gpt-transcribe"  # writes down what is heard, unless another model is named
VOICE = "marin"

Table = Mapping[str, "Field | Number | Table"]
ANSWERS: Table = {"create_response": Field(boolean, True), "interrupt_response": Field(boolean, True)}
DETECTIONS: Mapping[str, Table] = {
    "server_vad": {
        "type": Field(word("server_vad"), "server_vad"),
        "threshold": THRESHOLD,
        "prefix_padding_ms": PREFIX_PADDING_MS,
        "silence_duration_ms": SILENCE_DURATION_MS,
        "idle_timeout_ms": IDLE_TIMEOUT_MS,
        **ANSWERS,
    },
    "semantic_vad": {
        "type": Field(word("semantic_vad"), "semantic_vad"),
        "eagerness": Field(word(*get_args(Eagerness)), "auto"),
        **ANSWERS,
    },
}


def check_of(table: Table, *required: str) -> Check:
    """Return the check of an object with the fields of a table; others are unknown."""
    checks = {name: check_of(one) if isinstance(one, Mapping) else one.check for name, one in table.items()}
    needed = {name: checks.pop(name) for name in required}
    return fields(needed, checks)


def defaults_of(table: Table) -> dict[str, Any]:
    """Return the object that is in force before anybody sets a field of it."""
    inside = {name: defaults_of(one) if isinstance(one, Mapping) else one.default for name, one in table.items()}
    return {name: value for name, value in inside.items() if value is not ABSENT}


def session_type(value: Any, path: str) -> None:
    """Check the session's `type`."""
    if value == "transcription":
        message = f"Invalid value for '{path}': this server holds conversations only, sessions of type 'realtime'."
        raise CallerError(message, code="invalid_value", param=path)
    word("realtime")(value, path)


def modalities(value: Any, path: str) -> None:
    """Check `output_modalities`: exactly one."""
    if value not in (["audio"], ["text"]):
        refuse(path, "['audio'] or ['text']", value)


def max_output_tokens(value: Any, path: str) -> None:
    """Check `max_output_tokens`: a number or "inf"."""
    (word("inf") if isinstance(value, str) else integer(LEAST_TOKENS, MOST_TOKENS))(value, path)


TEXT, NAME = text(LONGEST_TEXT), text(LONGEST_NAME, shortest=1)
FORMAT = variants("type", {kind: fields({"type": anything}, {"rate": word(RATES[kind])}) for kind in FORMATS})
TURN_DETECTION = variants("type", {kind: check_of(table) for kind, table in DETECTIONS.items()})
TRANSCRIPTION = fields(
    {},
    {
        "model": NAME,
        "language": text(LONGEST_LANGUAGE),
        "languages": array(text(LONGEST_LANGUAGE), MOST_LANGUAGES),
        "prompt": TEXT,
        "keywords": array(text(LONGEST_NAME), MOST_KEYWORDS),
        "delay": word(*get_args(Delay)),
    },
)
NOISE_REDUCTION = fields({"type": word(*get_args(Noise))}, {"strength": NOISE_STRENGTH.check})
TRUNCATION = object_or(
    fields(
        {"type": word("retention_ratio"), "retention_ratio": number(0, 1)},
        {"token_limits": fields({}, {"post_instructions": integer(0, 1_000_000)})},
    ),
    word("auto", "disabled"),
)
VOICE_NAME = object_or(fields({"id": NAME}, {}), NAME)  # its name, or a custom one
REASONING = fields({}, {"effort": nullable(word(*get_args(Effort)))})
PROMPT = fields({"id": NAME}, {"version": nullable(text(LONGEST_NAME)), "variables": nullable(mapping)})
TRACING = object_or(
    fields({}, {"workflow_name": text(LONGEST_NAME), "group_id": text(LONGEST_NAME), "metadata": mapping}),
    word("auto"),
)

FIELDS: Table = {
    "type": Field(session_type, "realtime"),
    "model": Field(text(LONGEST_NAME), ""),
    "output_modalities": Field(modalities, ["audio"]),
    "instructions": Field(TEXT, ""),
    "tools": Field(array(function_tool, MOST_TOOLS), []),
    "tool_choice": Field(tool_choice, "auto"),
    "parallel_tool_calls": Field(nullable(boolean)),
    "reasoning": Field(nullable(REASONING)),
    "max_output_tokens": Field(max_output_tokens, "inf"),
    "truncation": Field(TRUNCATION, "auto"),
    "tracing": Field(nullable(TRACING), None),
    "prompt": Field(nullable(PROMPT), None),
    "include": Field(nullable(array(word("item.input_audio_transcription.logprobs"), 1)), None),
    "audio": {
        "input": {
            "format": Field(FORMAT, PCM),
            "noise_reduction": Field(nullable(NOISE_REDUCTION), None),
            "transcription": Field(nullable(TRANSCRIPTION), None),
            "turn_detection": Field(nullable(TURN_DETECTION), defaults_of(DETECTIONS["server_vad"])),
        },
        "output": {"format": Field(FORMAT, PCM), "voice": Field(VOICE_NAME, VOICE), "speed": SPEED},
    },
}
_CHECK = moved(check_of(FIELDS, "type"), typed=True)
# Objects that an update replaces as a whole.
WHOLE = frozenset({"format", "tool_choice", "truncation"})


def check(session: Any, path: str = "session") -> None:
    """Check what a session object or an update of one says; raises `CallerError` for the first thing that is wrong."""
    _CHECK(session, path)


def new_session(session_id: str, model: str, **known: Any) -> Session:
    """Return the complete session object of a session that was just opened; `known` are fields that are set already."""
    blank = copy.deepcopy(defaults_of(FIELDS))
    return {**blank, "object": "realtime.session", "id": session_id, "model": model, **known}


def update(session: Mapping[str, Any], change: Any, *, spoken: bool) -> Session:
    """Return the session object after a `session.update`; raises `CallerError`, and then nothing of it is in force.

    The model stays whatever is said: several clients always name another. `spoken` says that there is audio of the
    assistant, which locks the voice.
    """
    check(change)
    updated = completed(merge(session, {**change, "model": session["model"]}))
    if spoken and updated["audio"]["output"]["voice"] != session["audio"]["output"]["voice"]:
        message = "Cannot update a conversation's voice if assistant audio is present."
        raise CallerError(message, code="cannot_update_voice", param="session.audio.output.voice")
    return updated


def merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> Session:
    """Merge by key; an object of another `type` takes the place of the old one."""
    merged = dict(old)
    for key, value in new.items():
        before = {} if key in WHOLE else merged.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping) and before.get("type") == value.get("type"):
            merged[key] = merge(before, value)
        else:
            merged[key] = value
    return merged


def completed(session: Session) -> Session:
    """Return the session object with what its formats and its turn detection leave unsaid."""
    heard, spoken = session["audio"]["input"], session["audio"]["output"]
    turns = heard["turn_detection"]
    if turns is not None:
        turns = {**defaults_of(DETECTIONS[turns["type"]]), **turns}
    heard = {**heard, "format": FORMATS[heard["format"]["type"]], "turn_detection": turns}
    spoken = {**spoken, "format": FORMATS[spoken["format"]["type"]]}
    return {**session, "audio": {"input": heard, "output": spoken}}
