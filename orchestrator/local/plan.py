"""The plan of a response: the session object with the response's own fields over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core.wording import EXACTLY, MARKER, exact_words
from orchestrator.local.items import Entry
from orchestrator.protocol.audio import FORMATS


@dataclass(frozen=True, slots=True)
class Plan:
    """What a response is made from."""

    entries: Sequence[Entry]  # what the brain sees, in order; their transcripts may still be on their way
    instructions: str
    response_instructions: str  # of this response only
    line: str | None  # words to say without asking the brain
    tools: Sequence[Mapping[str, Any]]
    tool_choice: Any
    modalities: Sequence[str]
    format: Mapping[str, Any]
    voice: str
    speed: float
    max_output_tokens: Any
    metadata: Mapping[str, str] | None
    language: str | None = None  # ISO 639-1; None: nobody has said which

    @property
    def spoken(self) -> bool:
        """Whether the response is audio rather than text."""
        return self.modalities == ["audio"]

    @property
    def purpose(self) -> str:
        """What the orchestrator asked for this response for; "" for an ordinary one."""
        return (self.metadata or {}).get(MARKER, "")


def voice(session: Mapping[str, Any], wanted: Mapping[str, Any]) -> Any:
    """Return the voice of a response: its own, else the session's."""
    return _output(wanted).get("voice") or session["audio"]["output"]["voice"]


def make_plan(
    session: Mapping[str, Any],
    wanted: Mapping[str, Any],
    entries: Sequence[Entry],
    line: str | None,
    language: str | None = None,
) -> Plan:
    """Plan a response that a checked `response.create` asks for; `line` is what it must say, if that is known."""
    # A response's instructions may repeat the session's with some more below: only those are its own.
    own = wanted.get("instructions", "").removeprefix(session["instructions"]).lstrip()
    if line is None and (wanted.get("metadata") or {}).get(MARKER) == EXACTLY:
        line = exact_words(own)
    return Plan(
        entries=entries,
        instructions=session["instructions"],
        response_instructions=own,
        line=line,
        tools=wanted.get("tools", session["tools"]),
        tool_choice=wanted.get("tool_choice", session["tool_choice"]),
        modalities=wanted.get("output_modalities", session["output_modalities"]),
        format=FORMATS[(_output(wanted).get("format") or session["audio"]["output"]["format"])["type"]],
        voice=voice(session, wanted),
        speed=session["audio"]["output"]["speed"],
        max_output_tokens=wanted.get("max_output_tokens", session["max_output_tokens"]),
        metadata=wanted.get("metadata"),
        language=language,
    )


def _output(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    output: Mapping[str, Any] = wanted.get("audio", {}).get("output", {})
    return output
