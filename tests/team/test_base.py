"""What all mappings of a team file have in common, shown with limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.team import Team, ToolRef, load_team
from orchestrator.team.base import Unquoted, read_scalar, unquoted
from orchestrator.team.limits import Limit, Limits


def test_unknown_keys_are_refused() -> None:
    """A misspelt key is an error, not a default."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Limits.model_validate({"silense": 3})


def test_nothing_changes_after_loading() -> None:
    """The models are frozen."""
    limits = Limits()

    with pytest.raises(ValidationError, match="frozen"):
        limits.handoffs = 1  # type: ignore[misc]


@pytest.mark.parametrize("written", [3, {"at": 3}], ids=["short", "full"])
def test_a_short_form_is_the_value_of_the_main_key(written: object) -> None:
    """Both forms give the same model."""
    assert Limits.model_validate({"silence": written}).silence == Limit(at=3)


def test_a_list_is_not_a_short_form() -> None:
    """It is refused as a whole, so that the message is about the list."""
    with pytest.raises(ValidationError, match="model_type"):
        Limits.model_validate({"silence": [3]})


def test_only_keys_that_the_file_sets_are_written() -> None:
    """Defaults are left out, at every depth."""
    assert Limits().written() == {}
    assert Limits.model_validate({"silence": 3}).written() == {"silence": {"at": 3.0}}


def test_editors_accept_both_forms() -> None:
    """The JSON Schema describes the short form beside the mapping."""
    short, full = Limits.model_json_schema()["$defs"]["Limit"]["anyOf"]

    assert short == {"type": "number", "exclusiveMinimum": 0}
    assert set(full["properties"]) == {"at", "say"}
    assert full["additionalProperties"] is False


# --- numbers without quotes ---

PHONES = ["+4930123456", "0301234567", "0049301234", "030.123456", "+49.30123", "1_000", "12:30", "2026-11-28", "1.2.3"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("-7", -7), ("0", 0), ("1.50", 1.5), (".5", 0.5), ("2.", 2.0), ("-1e3", -1000.0), ("0.1", 0.1)],
)
def test_p66_a_number_is_read_where_numbers_are_allowed(text: str, number: float) -> None:
    """P66: and is text elsewhere."""
    assert isinstance(unquoted(text), Unquoted)
    assert read_scalar(unquoted(text)) == number
    assert type(read_scalar(unquoted(text))) is type(number)
    assert read_scalar(text) == text


@pytest.mark.parametrize("text", [*PHONES, "+7", "007", "00", "yes", ""])
def test_p66_what_would_lose_a_sign_or_a_zero_is_no_number(text: str) -> None:
    """P66: telephone numbers, codes, times and dates."""
    assert type(unquoted(text)) is str


def test_a_number_too_long_for_python_is_a_float() -> None:
    """Reading never raises."""
    assert isinstance(read_scalar(unquoted("1" * 5000)), float)


def load(folder: Path, text: str) -> Team:
    path = folder / "agents.yaml"
    path.write_text(text, encoding="utf-8")
    return load_team(path, environ={})


@pytest.mark.parametrize("written", [*PHONES, "112", "1.10", "2.50", "1e5", "-5", "yes", "no", "on", "off"])
def test_p66_where_text_is_meant_it_is_taken_as_written(tmp_path: Path, written: str) -> None:
    """P66: every place of a team file that holds text."""
    team = load(
        tmp_path,
        f"""
team: t
language: {written}
variables:
  text: {{type: string, default: {written}, description: {written}, enum: [{written}]}}
  other: {{type: string, set_by: {written}}}
limits: {{call: {{at: 5, say: {written}}}}}
providers:
  mine: {{url: "ws://h", api_key: {written}}}
  local: {{brain: {{url: "http://h", model: {written}, api_key: {written}}}, stt: {{folder: {written}}}}}
agents:
  a:
    description: {written}
    greeting: {written}
    voice: {written}
    answers: {{{written}: {written}}}
    transcription: {{model: {written}, language: {written}, prompt: {written}, keywords: [{written}]}}
    instructions: {written}
    tools: [{{tool: {written}, examples: [{written}], filler: {written}}}]
    handoffs:
      b: {{when: {written}, examples: [{written}], bridge: {written}, args: {{x: {{description: {written}}}}}}}
    consult: [{{b: {written}}}]
  b: {{instructions: x, voice: {{id: {written}}}, handoffs: [{{a: {written}}}]}}
""",
    )
    text, agent = team.variables["text"], team.agents["a"]
    edge, tool = agent.handoffs[0], agent.tools[0]
    found: list[Any] = [team.language, text.default, text.description, *(text.enum or ())]
    found += [team.variables["other"].set_by, team.limits.call.say]
    spec = team.providers["local"]
    assert spec.brain
    assert spec.stt
    key = team.providers["mine"].api_key
    assert key
    found += [key.get_secret_value(), spec.brain.model, spec.stt.folder]
    found += [agent.description, agent.greeting, agent.voice, *agent.answers, *agent.answers.values()]
    assert agent.transcription
    found += [agent.transcription.model, agent.transcription.language, agent.transcription.prompt]
    assert isinstance(tool, ToolRef)
    found += [*(agent.transcription.keywords or ()), agent.instructions, tool.ref, *tool.examples]
    assert tool.filler
    found += [tool.filler.say, edge.when, *edge.examples, edge.bridge, edge.args["x"].description]
    found += [agent.consult[0].when, team.agents["b"].handoffs[0].when, team.agents["b"].voice.id]  # type: ignore[union-attr]
    assert found == [written] * len(found)
