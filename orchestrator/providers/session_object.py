"""The GA `session` object with which an agent's session is configured (`session.update`).

The team file says who the agent is: voice, instructions, tools. The caller says how it is connected: audio formats
above all, which are the same for every session of the call, and may ask for turn detection, transcription and extra
instructions of its own; these are appended under a heading and never replace the agent's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orchestrator.core.consults import DEPTH
from orchestrator.core.events import CallerSettings
from orchestrator.core.wording import APPLICATION_HEADING
from orchestrator.protocol.audio import PCM
from orchestrator.protocol.session import merge
from orchestrator.team import END_CALL, consult_tools, handoff_tools, message_tools, render

if TYPE_CHECKING:
    from orchestrator.team import Agent, Team

ANSWERS_HEADING = "# Known answers"
SPEAK_LANGUAGE = "Speak {language} unless the caller asks for another language."
WRITE_LANGUAGE = "Write {language}."
OUT_OF_ORDER = "Your tools of {names} are out of order at the moment: say so when the caller needs them."


def session_object(
    agent: Agent,
    team: Team,
    tools: Sequence[Mapping[str, Any]],
    settings: CallerSettings,
    variables: Mapping[str, Any],
    depth: int = 0,
    missing: Sequence[str] = (),
) -> dict[str, Any]:
    """Build the session object of an agent; raises `TeamError` when its instructions need a variable that is unset.

    `tools` are the definitions of the agent's own tools; its ways to others and the caller's tools are added here.
    `depth` is that of the consult for which the session is opened; 0 has the caller. A consulted agent is asked in
    text, and nothing of the caller's settings, audio, tools or instructions, reaches it. `missing` names the servers
    whose tools the agent should have, and has not.
    """
    asked = [*message_tools(agent.name, team), *(consult_tools(agent.name, team) if depth < DEPTH else ())]
    fields = agent.session_fields()
    audio = merge(fields.pop("audio"), _passed(settings.session.get("audio", {})))
    told = {"type": "realtime", "output_modalities": list(settings.modalities), **fields}
    told["instructions"] = instructions(agent, team, settings, variables, missing)
    tools = list(_merged(tools))
    if depth > 0:
        return {**told, "tools": [*(tool for tool in tools if tool.get("name") != END_CALL), *asked]}
    audio["input"].setdefault("format", PCM)
    audio["output"].setdefault("format", PCM)
    passed = {key: value for key, value in settings.session.items() if key != "audio"}
    ways = handoff_tools(agent.name, team)
    names = {tool.get("name") for tool in tools}  # a server may list later what the caller's application calls a tool
    callers = [tool for tool in settings.tools if tool.get("name") not in names]
    return {**merge(told, passed), "tools": [*tools, *ways, *asked, *callers], "audio": audio}


def _merged(tools: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield tools, and each MCP server once, with all that it is listed for; of a pattern the service knows nothing."""
    servers: dict[str, dict[str, Any]] = {}
    for tool in tools:
        if tool["type"] != "mcp":
            yield tool
            continue
        server = servers.setdefault(tool["server_label"], dict(tool))
        if "allowed_tools" in tool and "allowed_tools" in server:
            server["allowed_tools"] = list(dict.fromkeys([*server["allowed_tools"], *tool["allowed_tools"]]))
        else:
            server.pop("allowed_tools", None)
        known, text = server.get("server_description", ""), tool.get("server_description", "")
        if text not in known.split("\n"):
            server["server_description"] = f"{known}\n{text}".strip()
    yield from servers.values()


def instructions(
    agent: Agent, team: Team, settings: CallerSettings, variables: Mapping[str, Any], missing: Sequence[str] = ()
) -> str:
    """Write an agent's instructions: its own, the answers it knows, what the caller's application adds."""
    parts = [render(agent.instructions, variables)]
    if team.language and agent.kind == "text":
        parts.append(WRITE_LANGUAGE.format(language=team.language))
    elif team.language:
        parts.append(SPEAK_LANGUAGE.format(language=team.language))
    if missing:
        parts.append(OUT_OF_ORDER.format(names=", ".join(missing)))
    if agent.answers:
        known = "\n".join(f"Q: {question} A: {answer}" for question, answer in agent.answers.items())
        parts.append(f"{ANSWERS_HEADING}\n{known}")
    if settings.instructions:
        parts.append(f"{APPLICATION_HEADING}\n{settings.instructions}")
    return "\n\n".join(parts)


def _passed(audio: Mapping[str, Any]) -> dict[str, Any]:
    """Return the caller's audio keys without what stays the team's: voice and speed."""
    spoken = {key: value for key, value in audio.get("output", {}).items() if key not in ("voice", "speed")}
    return {"input": dict(audio.get("input", {})), "output": spoken}
