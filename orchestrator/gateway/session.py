"""The session as the caller sees it: one object, whichever agent has the call.

Formats, turn detection, transcription, modality, tools and extra instructions are the caller's to set; model, voice,
speed, reasoning, stored prompt and tracing are the team's, and MCP servers are not served: an update that names them is
no error (several clients always do), and the echo says what is in force. Sans-I/O.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orchestrator.core.events import CallerSettings
from orchestrator.errors import CallerError
from orchestrator.gateway.hosted_tools import taken_out
from orchestrator.protocol.audio import FORMATS
from orchestrator.protocol.bounds import LONGEST_EVENT
from orchestrator.protocol.checks import refuse
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.session import check, completed, merge, new_session

# What a caller may send is less than what an agent's session takes: the team adds its own to it.
LONGEST_TEXT, MOST_TOOLS = 200_000, 128  # characters of any one text; tools
ENCODED = frozenset({"audio", "image_url"})  # base64, bounded by the frame
# What an update may name and only the team sets.
TEAMS = frozenset({"model", "reasoning", "parallel_tool_calls", "prompt", "tracing"})
TEAMS_SPEECH = frozenset({"voice", "speed"})
# What reaches the agents' sessions as the caller sent it.
PASSED_ON = ("tool_choice", "max_output_tokens", "truncation", "include")


class SessionView:
    """The caller's session object, and the settings that follow from it."""

    def __init__(self, *, session_id: str, model: str, expires_at: int, reserved: frozenset[str]) -> None:
        # The session's id, as the caller knows it.
        self.session_id = session_id
        # What is in force before anybody has set anything.
        self._blank = new_session(session_id, model, expires_at=expires_at)
        # Names that the caller's own tools cannot have: the team's tools and handoffs.
        self._reserved = reserved
        # The caller's updates so far, merged, without what is the team's.
        self._set: dict[str, Any] = {}
        # Session keys of the agent that has the caller, as far as the caller sees them.
        self._agent: Mapping[str, Any] = {}
        # The MCP servers in the caller's latest tools, none of which is served: label → the id of its item.
        self.mcp_servers: Mapping[str, str] = {}

    def kept(self) -> dict[str, Any]:
        """Return, as JSON, what has been set so far and cannot be found again elsewhere."""
        return {"set": self._set, "mcp": dict(self.mcp_servers), "expires_at": self._blank["expires_at"]}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Put in force what another session object has `kept`."""
        self._set, self.mcp_servers = dict(kept["set"]), dict(kept["mcp"])
        self._blank["expires_at"] = kept["expires_at"]

    def has_caller(self, agent_fields: Mapping[str, Any]) -> None:
        """Note the session keys of the agent that has the caller now: voice, turn detection, …"""
        shown = {key: agent_fields[key] for key in ("max_output_tokens", "audio") if key in agent_fields}
        voice = shown.get("audio", {}).get("output", {}).get("voice")
        if isinstance(voice, Mapping):  # a custom voice; one strict client ends on an object
            shown = merge(shown, {"audio": {"output": {"voice": str(voice.get("id", "custom"))}}})
        self._agent = shown

    def shares_time(self, other: SessionView) -> None:
        """Note that the session ends when another one does: the time of a call counts for all who are in it."""
        self._blank["expires_at"] = other._blank["expires_at"]

    def update(self, session: Any) -> CallerSettings:
        """Merge the `session` of a `session.update`; raises `CallerError` and changes nothing when it is wrong."""
        session, servers = taken_out(session)
        check(session)
        check_texts(session, "session")
        self._check_tools(session.get("tools", []))
        merged = merge(self._set, _callers_own(session))
        names = _names(merged)
        check_choice(session.get("tool_choice"), names, "session.tool_choice")
        if chosen(merged.get("tool_choice")) not in (None, *names):
            del merged["tool_choice"]  # of a tool that this update has taken away
        if len(json.dumps(merged, ensure_ascii=False)) > LONGEST_EVENT:  # several updates together
            message = f"The session object would be longer than {LONGEST_EVENT} characters. Set less."
            raise CallerError(message, code="event_too_large", param="session")
        self._set = merged
        if "tools" in session:
            self.mcp_servers = {label: self.mcp_servers.get(label) or make_id("item_") for label in servers}
        return self.settings()

    def _check_tools(self, tools: list[dict[str, Any]]) -> None:
        if len(tools) > MOST_TOOLS:
            refuse("session.tools", f"an array of at most {MOST_TOOLS} elements", tools)
        seen: set[str] = set()
        for index, tool in enumerate(tools):
            name, param = tool["name"], f"session.tools[{index}].name"
            if name in self._reserved:
                message = f"The name {name!r} is taken by a tool or handoff of the team. Give your tool another name."
                raise CallerError(message, code="invalid_value", param=param)
            if name in seen:
                raise CallerError(f"Two tools are named {name!r}.", code="invalid_value", param=param)
            seen.add(name)

    def check_response(self, response: Mapping[str, Any]) -> None:
        """Refuse what of a `response.create` is not the caller's to say; raises `CallerError`."""
        wanted = ((response.get("audio") or {}).get("output") or {}).get("format")
        if wanted not in (None, self.output_format):
            message = "A response cannot change the audio format of the call. Set it with session.update."
            raise CallerError(message, code="invalid_value", param="response.audio.output.format")
        if any(tool["name"] not in self.tool_names for tool in response.get("tools", ())):
            message = "A response can only use tools of the session. Declare them with session.update."
            raise CallerError(message, code="invalid_value", param="response.tools")
        check_choice(response.get("tool_choice"), self.tool_names, "response.tool_choice")
        for index, item in enumerate(response.get("input", ())):
            self.check_item(item, f"response.input[{index}]")

    def check_item(self, item: Mapping[str, Any], path: str) -> None:
        """Refuse an item with a function call of the team's; raises `CallerError`."""
        if item["type"] == "function_call" and item["name"] in self._reserved:
            message = f"The function {item['name']!r} is the team's. Only your own function calls can be added."
            raise CallerError(message, code="invalid_value", param=f"{path}.name")

    def mcp_label(self, item_id: str) -> str | None:
        """Return the label of the MCP server that has an item."""
        return next((label for label, own in self.mcp_servers.items() if own == item_id), None)

    def settings(self) -> CallerSettings:
        """Return what the agents' sessions have to know; both audio formats are always named."""
        heard = {**self._set.get("audio", {}).get("input", {}), "format": self.input_format}
        session = {key: self._set[key] for key in PASSED_ON if key in self._set}
        session["audio"] = {"input": heard, "output": {"format": self.output_format}}
        return CallerSettings(
            session=session,
            tools=tuple(self._set.get("tools", ())),
            instructions=self._set.get("instructions", ""),
            modalities=tuple(self._set.get("output_modalities", ("audio",))),
        )

    @property
    def input_format(self) -> Mapping[str, Any]:
        """Return the format of the caller's audio."""
        return self._format("input")

    @property
    def output_format(self) -> Mapping[str, Any]:
        """Return the format of the audio that the caller gets."""
        return self._format("output")

    def _format(self, side: str) -> Mapping[str, Any]:
        known = self._set.get("audio", {}).get(side, {}).get("format", self._blank["audio"][side]["format"])
        return FORMATS[known["type"]]

    @property
    def tool_names(self) -> frozenset[str]:
        """Return the names of the caller's own tools."""
        return _names(self._set)

    def echo(self) -> dict[str, Any]:
        """Return the whole session object that is in force, as `session.created` and `session.updated` carry it."""
        return completed(merge(merge(self._blank, self._agent), self._set))


def chosen(choice: Any) -> str | None:
    """Return the name of the function that a `tool_choice` names; None when it names none."""
    return str(choice["name"]) if isinstance(choice, Mapping) else None


def check_choice(choice: Any, names: Collection[str], path: str) -> None:
    """Refuse a `tool_choice` that names another function than the caller's own; raises `CallerError`."""
    if chosen(choice) not in (None, *names):
        message = f"There is no function {chosen(choice)!r} among your tools. Declare it with session.update."
        raise CallerError(message, code="invalid_value", param=path)


def not_in_force(wanted: Mapping[str, Any], actual: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the paths of what a caller wanted and did not get."""
    for key, value in wanted.items():
        at, other = f"{path}.{key}", actual.get(key)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            yield from not_in_force(value, other, at)
        elif value != other:
            yield at


def check_texts(value: Any, path: str) -> None:
    """Refuse a text that is longer than a caller may send, wherever it is in a checked object."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        refuse(path, f"a string of 0 to {LONGEST_TEXT} characters", value)
    if isinstance(value, list):
        for index, one in enumerate(value):
            check_texts(one, f"{path}[{index}]")
    if isinstance(value, dict):
        for key, one in value.items():
            if not (isinstance(one, str) and key in ENCODED):
                check_texts(one, f"{path}.{key}")


def _names(session: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(tool["name"] for tool in session.get("tools", ()))


def _callers_own(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an update is the caller's to set."""
    own = {key: value for key, value in session.items() if key not in TEAMS}
    spoken = session.get("audio", {}).get("output")
    if spoken is not None:
        kept = {key: value for key, value in spoken.items() if key not in TEAMS_SPEECH}
        own["audio"] = {**session["audio"], "output": kept}
    return own
