"""The session as the caller sees it: one object, whichever agent has the call.

`session.update` is merged by key, and thrown away whole when any part of it is wrong. Formats, turn detection,
transcription, modality, tools and extra instructions are the caller's to set; model, voice, speed, reasoning, stored
prompt and tracing are the team's: an update that names them is no error (several clients always do), and the echo
says what is in force. Sans-I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core.events import CallerSettings
from orchestrator.errors import CallerError
from orchestrator.gateway.session_checks import SESSION

PCM = {"type": "audio/pcm", "rate": 24000}
TURN_DETECTION: Mapping[str, Mapping[str, Any]] = {
    "server_vad": {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    },
}
# Objects that an update replaces as a whole.
WHOLE = frozenset({"format", "tool_choice", "truncation"})
# What reaches the agents' sessions as it was said.
PASSED_ON = ("tool_choice", "max_output_tokens", "truncation", "include")


class SessionView:
    """The caller's session object, and the settings that follow from it."""

    def __init__(self, *, session_id: str, model: str, expires_at: int, reserved: frozenset[str]) -> None:
        # The session's id, as the caller is told it.
        self.session_id = session_id
        # What the caller cannot change.
        self._fixed = {"id": session_id, "model": model, "expires_at": expires_at}
        # Names that the caller's own tools cannot have: the team's tools and handoffs.
        self._reserved = reserved
        # The caller's updates so far, merged.
        self._said: dict[str, Any] = {}
        # Session keys of the agent that has the caller.
        self._agent: Mapping[str, Any] = {}

    def has_caller(self, agent_fields: Mapping[str, Any]) -> None:
        """Note the session keys of the agent that has the caller now: voice, turn detection, …"""
        self._agent = agent_fields

    def update(self, session: Any) -> CallerSettings:
        """Merge the `session` of a `session.update`; raises `CallerError` and changes nothing when it is wrong."""
        SESSION(session, "session")
        self._check_names(session.get("tools", []))
        self._said = _merge(self._said, session)
        return self.settings()

    def _check_names(self, tools: list[dict[str, Any]]) -> None:
        seen: set[str] = set()
        for index, tool in enumerate(tools):
            name, param = tool["name"], f"session.tools[{index}].name"
            if name in self._reserved:
                message = f"The name {name!r} is taken by a tool or handoff of the team. Give your tool another name."
                raise CallerError(message, code="invalid_value", param=param)
            if name in seen:
                raise CallerError(f"Two tools are named {name!r}.", code="invalid_value", param=param)
            seen.add(name)

    def settings(self) -> CallerSettings:
        """Return what the agents' sessions have to know; both audio formats are always said."""
        said = self._said
        audio = said.get("audio", {})
        heard = {key: value for key, value in audio.get("input", {}).items() if key != "format"}
        session = {key: said[key] for key in PASSED_ON if key in said}
        session["audio"] = {
            "input": {"format": self.input_format, **heard},
            "output": {"format": self.output_format},
        }
        return CallerSettings(
            session=session,
            tools=tuple(said.get("tools", ())),
            instructions=said.get("instructions", ""),
            modalities=tuple(said.get("output_modalities", ("audio",))),
        )

    @property
    def input_format(self) -> dict[str, Any]:
        """Return the format of the caller's audio."""
        return self._format("input")

    @property
    def output_format(self) -> dict[str, Any]:
        """Return the format of the audio that the caller gets."""
        return self._format("output")

    def _format(self, side: str) -> dict[str, Any]:
        said: dict[str, Any] = self._said.get("audio", {}).get(side, {}).get("format", PCM)
        return {**PCM, **said} if said["type"] == "audio/pcm" else {"type": said["type"]}

    @property
    def tool_names(self) -> frozenset[str]:
        """Return the names of the caller's own tools."""
        return frozenset(tool["name"] for tool in self._said.get("tools", ()))

    def echo(self) -> dict[str, Any]:
        """Return the whole session object that is in force, as `session.created` and `session.updated` carry it."""
        said, audio = self._said, self._agent.get("audio", {})
        return {
            "type": "realtime",
            "object": "realtime.session",
            **self._fixed,
            "output_modalities": said.get("output_modalities", ["audio"]),
            "instructions": said.get("instructions", ""),
            "tools": said.get("tools", []),
            "tool_choice": said.get("tool_choice", "auto"),
            "max_output_tokens": said.get("max_output_tokens", self._agent.get("max_output_tokens", "inf")),
            "tracing": None,
            "truncation": said.get("truncation", "auto"),
            "prompt": None,
            "include": said.get("include"),
            "audio": {
                "input": {"format": self.input_format, **self._hearing(audio.get("input", {}))},
                "output": {
                    "format": self.output_format,
                    "voice": _voice(audio.get("output", {}).get("voice", "marin")),
                    "speed": audio.get("output", {}).get("speed", 1.0),
                },
            },
        }

    def _hearing(self, agent: Mapping[str, Any]) -> dict[str, Any]:
        said = self._said.get("audio", {}).get("input", {})
        merged = {key: value for key, value in _merge(agent, said).items() if key != "format"}
        turns = merged.get("turn_detection", TURN_DETECTION["server_vad"])
        hearing = {"transcription": None, "noise_reduction": None, **merged}
        hearing["turn_detection"] = {**TURN_DETECTION[turns["type"]], **turns} if turns else None
        return hearing


def _voice(voice: Any) -> str:
    # A custom voice is an object; one strict client ends on it.
    return str(voice.get("id", "custom")) if isinstance(voice, Mapping) else str(voice)


def _merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Merge by key; an object of another `type` than before takes the place of the old one."""
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if (
            isinstance(before, Mapping)
            and isinstance(value, Mapping)
            and key not in WHOLE
            and before.get("type") == value.get("type")
        ):
            merged[key] = _merge(before, value)
        else:
            merged[key] = value
    return merged
