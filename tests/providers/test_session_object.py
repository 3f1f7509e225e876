"""What an agent's session is told about itself."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import CallerSettings
from orchestrator.errors import TeamError
from orchestrator.providers.session_object import session_object
from orchestrator.team import Team
from tests.core.scene import team

TEAM = team(
    """
team: helpdesk
language: German
variables: {company: Acme, account: null}
agents:
  front:
    instructions: "You are the front desk of {{ variables.company }}."
    speed: 1.1
    turn_detection: {type: server_vad, threshold: 0.7}
    noise_reduction: null
    max_output_tokens: 500
    answers: {"When are you open?": From nine to five.}
    handoffs: {billing: invoices}
  billing:
    instructions: "Account {{ variables.account }}."
    transcription: null
    reasoning: {effort: low}
    handoffs: [front]
"""
)
TOOL = {"type": "function", "name": "find_order"}


def told(agent: str, settings: CallerSettings | None = None, **variables: object) -> dict[str, Any]:
    given = {"company": "Acme", **variables}
    return session_object(TEAM.agents[agent], TEAM, [TOOL], settings or CallerSettings(), given)


def test_p01_p40_the_team_file_says_who_the_agent_is() -> None:
    """P01, P40: voice, instructions, tools; only keys of the GA session object."""
    session = told("front")

    assert session["instructions"] == (
        "You are the front desk of Acme.\n\nSpeak German unless the caller asks for another language.\n\n"
        "# Known answers\nQ: When are you open? A: From nine to five."
    )
    assert [tool["name"] for tool in session["tools"]] == ["find_order", "transfer_to_billing"]
    pcm = {"type": "audio/pcm", "rate": 24000}
    assert session["audio"] == {
        "input": {
            "turn_detection": {"type": "server_vad", "threshold": 0.7},
            "noise_reduction": None,
            "transcription": {"model": "gpt-transcribe"},
            "format": pcm,
        },
        "output": {"voice": "marin", "speed": 1.1, "format": pcm},
    }
    assert (session["type"], session["output_modalities"], session["max_output_tokens"]) == ("realtime", ["audio"], 500)


def test_null_switches_off() -> None:
    """Transcription can be switched off; reasoning is passed on."""
    session = told("billing", account="7")

    assert session["audio"]["input"]["transcription"] is None
    assert session["reasoning"] == {"effort": "low"}
    assert session["instructions"] == "Account 7.\n\nSpeak German unless the caller asks for another language."


def test_p45_an_unset_variable_is_never_read_aloud() -> None:
    """P45: the session is not configured at all."""
    with pytest.raises(TeamError, match="'account'"):
        told("billing")


def test_p13_the_caller_says_how_it_is_connected_and_no_more() -> None:
    """P13: formats come from the caller for every agent; voice, speed and instructions stay the team's."""
    mulaw = {"type": "audio/pcmu"}
    audio = {
        "input": {"format": mulaw, "turn_detection": {"type": "server_vad", "silence_duration_ms": 800}},
        "output": {"format": mulaw, "voice": "echo", "speed": 0.5},
    }
    settings = CallerSettings({"audio": audio, "include": ["x"]}, ({"name": "show_map"},), "Be brief.", ("text",))
    session = told("front", settings)

    heard, spoken = session["audio"]["input"], session["audio"]["output"]
    assert (heard["format"], spoken["format"]) == (mulaw, mulaw)
    assert heard["turn_detection"] == {"type": "server_vad", "threshold": 0.7, "silence_duration_ms": 800}
    assert (spoken["voice"], spoken["speed"]) == ("marin", 1.1)
    assert str(session["instructions"]).endswith("# From the caller's application\nBe brief.")
    assert session["tools"][-1] == {"name": "show_map"}
    assert (session["output_modalities"], session["include"]) == (["text"], ["x"])


def test_another_kind_of_turn_detection_replaces_the_agents() -> None:
    """Keys of server_vad mean nothing to semantic_vad; null is manual."""
    for wanted in ({"type": "semantic_vad"}, None):
        settings = CallerSettings({"audio": {"input": {"turn_detection": wanted}}})
        assert told("front", settings)["audio"]["input"]["turn_detection"] == wanted


def test_a_text_agent_has_no_caller() -> None:
    """It writes, has its own tools and may ask others; nothing of the caller's application reaches it."""
    plan = {
        "kind": "text",
        "voice": "marin",
        "instructions": "Plan.",
        "reasoning": {"effort": "low"},
        "consult": ["law"],
    }
    agents = {
        "front": {"name": "front", "instructions": "Help.", "consult": ["planner"]},
        "planner": {"name": "planner", **plan, "answers": {"How long?": "A year."}},
        "law": {"name": "law", "kind": "text", "instructions": "Know the law."},
    }
    told = Team.model_validate({"team": "helpdesk", "start": "front", "language": "German", "agents": agents})
    settings = CallerSettings(modalities=("text",))
    session = session_object(told.agents["planner"], told, [TOOL], settings, {}, depth=1)

    assert session.pop("tools")[1]["name"] == "ask_law"
    assert session == {
        "type": "realtime",
        "output_modalities": ["text"],
        "instructions": "Plan.\n\nWrite German.\n\n# Known answers\nQ: How long? A: A year.",
        "reasoning": {"effort": "low"},
    }


def test_p70_who_is_consulted_is_not_offered_to_end_the_call() -> None:
    """P70: the agent has the function only while it has the caller."""
    agents = {"front": {"name": "front", "instructions": "Help."}}
    told = Team.model_validate({"team": "helpdesk", "start": "front", "agents": agents})
    own = [TOOL, {"type": "function", "name": "end_call"}]
    offered = [
        session_object(told.agents["front"], told, own, CallerSettings(), {}, depth)["tools"] for depth in (0, 1)
    ]

    assert offered == [own, [TOOL]]


def test_how_deep_agents_ask_each_other_is_bounded() -> None:
    """One that is asked by one that was asked is offered nobody to ask."""
    agents = {
        "front": {"name": "front", "voice": "marin", "instructions": "Help.", "consult": ["law"], "handoffs": ["law"]},
        "law": {"name": "law", "voice": "ash", "instructions": "Know the law.", "consult": ["front"]},
    }
    told = Team.model_validate({"team": "helpdesk", "start": "front", "agents": agents})
    text = CallerSettings(modalities=("text",))
    offered = [session_object(told.agents["front"], told, [], text, {}, depth)["tools"] for depth in (0, 1, 2)]

    assert [[tool["name"] for tool in tools] for tools in offered] == [["transfer_to_law", "ask_law"], ["ask_law"], []]


def test_an_agent_is_told_which_of_its_tools_are_out_of_order() -> None:
    """In one sentence, before what it knows."""
    session = session_object(
        TEAM.agents["front"], TEAM, [TOOL], CallerSettings(), {"company": "Acme"}, missing=("crm", "notes")
    )

    said = (
        "Your tools of crm, notes are out of order at the moment: say so when the caller needs them.\n\n# Known answers"
    )
    assert said in session["instructions"]


def test_a_tool_of_the_team_goes_before_one_of_the_caller_with_its_name() -> None:
    """A server may have listed it only now: a service takes no name twice."""
    callers = CallerSettings(tools=({**TOOL, "description": "mine"}, {"type": "function", "name": "show_map"}))

    names = [tool["name"] for tool in told("front", callers)["tools"]]

    assert names.count("find_order") == 1
    assert "show_map" in names


def test_a_server_that_the_provider_calls_is_told_once() -> None:
    """With all that any entry lets it call; for a pattern no names are told, because the service takes none."""
    server = {"type": "mcp", "server_label": "crm", "require_approval": "always"}
    entries = [{**server, "allowed_tools": [name], "server_description": name} for name in ("find", "refund", "find")]
    settings = CallerSettings()

    def told_of(tools: list[dict[str, Any]], depth: int) -> list[Any]:
        fields = session_object(TEAM.agents["front"], TEAM, [TOOL, *tools], settings, {"company": "Acme"}, depth)
        return [tool for tool in fields["tools"] if tool["type"] == "mcp"]

    for depth in (0, 1):
        (one,) = told_of(entries, depth)
        assert one == {**server, "allowed_tools": ["find", "refund"], "server_description": "find\nrefund"}
        assert told_of([*entries[:1], server], depth) == [{**server, "server_description": "find"}]
