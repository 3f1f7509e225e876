"""Keys and models of other programs: each is told what it is called here."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import Problem
from orchestrator.team import check_team
from orchestrator.team.foreign import PARTS, WORDS, likely_model, only_text
from orchestrator.team.validation import keys_at, model_at

PATHS = {
    "Team": [],
    "Agent": ["agents", "a"],
    "Handoff": ["agents", "a", "handoffs", "b"],
    "Consult": ["agents", "a", "consult", "b"],
    "ToolRef": ["agents", "a", "tools"],
    "HttpRef": ["agents", "a", "tools", "HttpRef"],
    "McpServer": ["mcp_servers", "crm"],
    "Variable": ["variables", "v"],
    "Limits": ["limits"],
    "ProviderSpec": ["providers", "openai"],
    "PartSpec": ["providers", "local", "stt"],
    "CustomVoice": ["agents", "a", "voice", "CustomVoice"],
}


def problems(folder: Path, text: str) -> list[Problem]:
    path = folder / "agents.yaml"
    path.write_text(text, encoding="utf-8")
    return check_team(path, environ={})


def remedy(folder: Path, text: str) -> str:
    """Return what to do about the one unknown key of a file."""
    (found,) = [problem for problem in problems(folder, text) if problem.what == "unknown key"]
    return found.remedy


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("functions", "Did you mean 'tools'?"),
        ("function_tools", "Did you mean 'tools'?"),
        ("transfer_to", "Did you mean 'handoffs'?"),
        ("sub_agents", "Did you mean 'handoffs'?"),
        ("edges", "Did you mean 'handoffs'?"),
        ("first_message", "Did you mean 'greeting'?"),
        ("firstMessage", "Did you mean 'greeting'?"),
        ("begin_message", "Did you mean 'greeting'?"),
        ("system_prompt", "Did you mean 'instructions'?"),
        ("system_message", "Did you mean 'instructions'?"),
        ("backstory", "Did you mean 'instructions'?"),
        ("role", "Did you mean 'description'?"),
        ("handoff_description", "Did you mean 'description'?"),
        ("voice_id", "Did you mean 'voice'?"),
        ("voiceId", "Did you mean 'voice'?"),
        ("turnDetection", "Did you mean 'turn_detection'?"),
        ("turn-detection", "Did you mean 'turn_detection'?"),
        ("allow_interruptions", "Did you mean 'turn_detection'?"),
        ("input_audio_transcription", "Did you mean 'transcription'?"),
        ("max_response_output_tokens", "Did you mean 'max_output_tokens'?"),
        ("allow_delegation", "Did you mean 'consult'?"),
        ("stt", "Name it under `providers:`"),
        ("tts", "Name it under `providers:`"),
        ("llm", "Write `model: provider/model`. A chat server for `local` goes under `providers:`"),
        ("llm_config", "Write `model: provider/model`."),
        ("temperature", "Remove it: a Realtime session has no such setting."),
        ("guardrails", "State them as `rules:`"),
        ("rules", "Move it to the top level of the file"),
        ("variables", "Move it to the top level of the file"),
        ("end_call_functions", "Write `tools: [end_call]`."),
        ("boosted_keywords", "Write `transcription: {keywords: [Miller]}`."),
        ("transfer_call", "Did you mean 'handoffs'?"),
        ("max_duration_seconds", "Write `limits: {call: …}` at the top level"),
        ("silenceTimeoutSeconds", "Write `limits: {silence: …}` at the top level"),
        ("tools\u200b", "It contains an invisible character"),
        ("handofs", "Did you mean 'handoffs'?"),
        ("frobnicate", "Known: "),
    ],
)
def test_p66_keys_of_other_frameworks_are_told_what_they_are_called_here(tmp_path: Path, key: str, meant: str) -> None:
    """P66: of an agent."""
    text = f"team: t\nagents: {{a: {{instructions: x, {key}: 1}}}}\n"
    if meant.startswith("Did you mean 'instructions'"):
        text = text.replace("instructions: x, ", "")
    assert remedy(tmp_path, text).startswith(meant)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("assistants: []", "Did you mean 'agents'?"),
        ("entry_point: a", "Did you mean 'start'?"),
        ("initialAgent: a", "Did you mean 'start'?"),
        ("llm: x", "Write `model: provider/model`."),
        ("greeting: Hello", "Move it to an agent, or below `defaults:`"),
        ("instructions: Hello", "Move it to an agent, or below `defaults:`"),
        ("first_message: Hello", "Write `greeting:` in an agent, or below `defaults:`"),
        ("system_prompt: Hello", "Write `instructions:` in an agent, or below `defaults:`"),
        ("reasoning_effort: low", "Write `reasoning: {effort: low}`."),
        ("max_handoffs: 3", "Write `limits: {handoffs: …}` at the top level"),
        ("x-common: {}", "Keys that all agents share go below `defaults:`"),
        (".common: {}", "Keys that all agents share go below `defaults:`"),
        ("start\u00a0: a", "It contains an invisible character"),
        ("limits: {max_duration: 5}", "Did you mean 'call'?"),
        ("variables: {v: {regex: x}}", "Did you mean 'pattern'?"),
        ("providers: {openai: {base_url: x}}", "Did you mean 'url'?"),
        ("providers: {openai: {apiKey: x}}", "Did you mean 'api_key'?"),
        ("providers: {azure: {deployment: x}}", "Name it with the agent"),
        ("providers: {local: {llm: {}}}", "Did you mean 'brain'?"),
        ("anywhere: {b: {condition: x}}", "Did you mean 'when'?"),
        ("anywhere: {b: {message: x}}", "Did you mean 'bridge'?"),
    ],
)
def test_p66_so_are_keys_of_the_team_and_of_its_parts(tmp_path: Path, text: str, meant: str) -> None:
    """P66: wherever they stand."""
    assert remedy(tmp_path, f"team: t\n{text}\nagents: {{a: {{instructions: x}}}}\n").startswith(meant)


@pytest.mark.parametrize("name", PATHS)
def test_p66_every_word_leads_to_a_key_of_its_mapping_or_a_remedy(name: str) -> None:
    """P66: none is a key here itself, and none stands twice."""
    path = PATHS[name]
    known, words = keys_at(path), WORDS[model_at(path)]
    assert model_at(path).__name__ == name
    assert [key for key in words if " " not in key and key not in known] == []
    listed = [word for each in words.values() for word in each.split()]
    assert set(listed).isdisjoint(known)
    assert len(listed) == len(set(listed))
    assert name not in ("Team", "Agent") or set(listed).isdisjoint(" ".join(PARTS).split())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("gpt-realtime", "openai/gpt-realtime"),
        ("gpt-realtime-2.1", "openai/gpt-realtime-2.1"),
        ("gpt-4o-realtime-preview", "openai/gpt-4o-realtime-preview"),
        ("gpt-4o", "openai/gpt-realtime-2.1"),
        ("o3", "openai/gpt-realtime-2.1"),
        ("openai:gpt-realtime", "openai/gpt-realtime"),
        ("OpenAI/gpt-realtime", "openai/gpt-realtime"),
        ("azure-openai/desk", "azure/desk"),
        ("Azure:desk", "azure/desk"),
        ("OpenAI", "openai"),
    ],
)
def test_p66_a_model_without_its_provider_is_told_how_to_write_it(tmp_path: Path, said: str, meant: str) -> None:
    """P66: as `provider/model`, in `model` and `fallback`; what is written then can be heard."""
    for keys in (f"model: '{said}'", f"fallback: ['{said}']"):
        (found,) = problems(tmp_path, f"team: t\nagents: {{a: {{instructions: x, {keys}}}}}\n")
        if said not in ("gpt-4o", "o3") or "names no provider" in found.what:
            assert found.remedy == f"Write `{meant}`."
    (found, _) = (
        problems(
            tmp_path,
            "team: t\nagents: {a: {instructions: x, consult: [b]}, b: {kind: text, instructions: x, model: o3}}\n",
        )
        * 2
    )
    assert found.remedy == "Write `openai/o3`."


def test_p66_a_model_that_is_a_mapping_is_told_its_form(tmp_path: Path) -> None:
    """P66: as some write it."""
    (found,) = problems(tmp_path, "team: t\nagents: {a: {instructions: x, model: {provider: openai, model: m}}}\n")
    assert found.remedy.startswith("Write provider/model, for example openai/")


def test_other_models_are_not_guessed() -> None:
    """Nobody knows whose they are."""
    assert [likely_model(said) for said in ("claude-3", "gemini/x", "desk", "my-model/v1", "")] == [""] * 5


TEXT = "gpt-4o gpt-4o-mini gpt-4.1 gpt-5 gpt-5-nano gpt-3.5-turbo o3 o4-mini chatgpt-4o-latest gpt-4o-audio-preview"
OTHER = "gpt-4o-transcribe gpt-transcribe whisper-1 tts-1 gpt-oss-20b gpt-realtime-translate gpt-realtime-whisper"
HEARD = "gpt-realtime gpt-realtime-2.1 gpt-realtime-mini gpt-4o-realtime-preview gpt-4o-mini-realtime-preview-2024-12"


def test_p66_models_that_cannot_be_heard_are_known() -> None:
    """P66: those of text, transcription and speech; what is not known is not doubted."""
    assert [model for model in f"{TEXT} {OTHER}".split() if not only_text(f"openai/{model}")] == []
    unknown = "gpt-audio-1.5 gpt-audio-mini gpt-6 ft:desk desk"
    assert [model for model in f"{HEARD} {unknown}".split() if only_text(f"openai/{model}")] == []
    assert not only_text("azure/gpt-4o")  # the name of a deployment says nothing of its model


def test_p66_a_voice_agent_on_a_text_model_is_warned_of(tmp_path: Path) -> None:
    """P66: also as a fallback, and without its name if it came from the environment; not for a text agent."""
    text = "team: t\n{}agents:\n  a: {{instructions: x, model: {}, fallback: [{}], consult: [b]}}\n"
    text += "  b: {{kind: text, instructions: x, model: openai/gpt-4o}}\n"
    first, second = problems(tmp_path, text.format("", "openai/gpt-4o", "'${M:-openai/gpt-4.1-mini}'"))
    assert str(first) == (
        "agents.yaml:3:24 agents.a.model: a voice agent cannot run on 'openai/gpt-4o', which is not one of the "
        "Realtime API. Use openai/gpt-realtime-2.1, or `kind: text` for an agent that is only consulted."
    )
    assert (first.fatal, second.fatal) == (False, False)
    assert "cannot run on this model" in second.what
    elsewhere = "providers: {openai: {url: 'http://127.0.0.1:8000/v1'}}\n"
    assert problems(tmp_path, text.format(elsewhere, "openai/gpt-4o", "local")) == []
