"""What pydantic finds, in the words of the file. The whole messages are rows of `broken.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from orchestrator.errors import TeamError
from orchestrator.team import check_team, load_team, schema
from orchestrator.team.faults import BELOW, keys_at, locate, suggest
from orchestrator.team.marks import Marks
from orchestrator.tools import load_tools

SECRET = "sk-verysecret"


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("vioce", ["voice", "speed"], "Did you mean 'voice'?"),
        ("colour", ["voice", "speed"], "Known: speed, voice."),
        ("", ["b", "a"], "Known: a, b."),
        ("x", [], ""),
    ],
)
def test_a_word_is_suggested_or_all_are_listed(word: str, known: list[str], said: str) -> None:
    """The nearest one when there is a near one."""
    assert suggest(word, known) == said


DATA = {
    "agents": {
        "a": {"name": "a", "handoffs": {"b": {"when": "x"}}, "voice": "v"},
        "name": {"handoffs": ["b", {"c": {"when": "x"}}, {"c": 1, "d": 2}]},
    }
}
MARKS = Marks("t.yaml", {("agents", "a"): (1, 1), ("agents", "a", "handoffs"): (2, 1), ("defaults", "voice"): (3, 1)})


@pytest.mark.parametrize(
    ("loc", "path"),
    [
        (("agents", "a", "handoffs", 0, "when"), ("agents", "a", "handoffs", "b", "when")),
        (("agents", "name", "handoffs", 0, schema.TARGET), ("agents", "name", "handoffs", 0)),
        (("agents", "name", "handoffs", 1, "when"), ("agents", "name", "handoffs", 1, "c", "when")),
        (("agents", "name", "handoffs", 2, schema.TARGET), ("agents", "name", "handoffs", 2)),
        (("agents", "a", "name"), ("agents", "a")),
        (("agents", "a", "voice", "str"), ("defaults", "voice")),
        (("agents", "a", "instructions"), ("agents", "a")),
        (("nowhere",), ()),
    ],
    ids=["mapping", "name", "one key", "two keys", "own name", "defaults", "missing", "nowhere"],
)
def test_a_location_is_a_path_of_the_file(loc: tuple[str | int, ...], path: tuple[str | int, ...]) -> None:
    """Short forms were made long and defaults merged before pydantic saw the data."""
    assert locate(loc, DATA, MARKS) == path


def test_every_mapping_of_the_schema_has_its_own_keys() -> None:
    """Otherwise an unknown key below it would be compared with the keys of something else."""
    models = {model for model in vars(schema).values() if isinstance(model, type) and issubclass(model, schema.Strict)}
    apart: set[type[BaseModel]] = {schema.Strict, schema.AgentKeys, schema.Team, schema.CustomVoice}

    assert models - apart == set(BELOW.values())
    assert "defaults" in keys_at([])
    assert "defaults" not in keys_at(["agents"])
    assert keys_at(["agents", "a", "handoffs", "b"]) == ["when", "args", "context", "opening", "examples"]
    assert keys_at(["agents", "a", "tools"]) == ["tool", "examples", "confirm"]


# Every place of a team file where text can stand; `@` becomes a reference to the environment.
EVERYWHERE = """
team: @
start: @
language: [@]
variables: {x: [@]}
providers:
  openai: {url: [@], api_key: [@], brain: @}
  local: {brain: {url: [@], api_key: [@]}, stt: {model: [@]}, tts: @}
  mine: @
limits: {call: @, silence: @, tool: @, handoffs: @}
anywhere: [@, {b: {context: @}}]
defaults: {speed: @, warm: @, transcription: {model: [@]}}
agents:
  a:
    instructions: [@]
    description: [@]
    greeting: [@]
    model: '${S} ${S}'
    voice: [@]
    turn_detection: {type: @}
    transcription: @
    noise_reduction: {type: @}
    reasoning: {effort: @}
    max_output_tokens: @
    tool_choice: @
    tools: @
    handoffs: {b: {args: {x: @, y: {type: @, enum: @}}, context: @, opening: @, examples: @}}
    answers: @
  b: @
  c: {instructions: {file: @}, turn_detection: {type: server_vad, threshold: @, create_response: @}}
  d: {instructions: x, tools: [{tool: [@], confirm: @}], handoffs: [@, [@], {e: [@]}, {a: b, c: @}]}
"""

# Teams whose keys have the right form, and whose values lead nowhere.
NOWHERE = {
    "start": "start: '${S}'\nagents: {a: {instructions: x}}\n",
    "target": "agents: {a: {instructions: x, handoffs: ['${S}']}}\n",
    "default target": "defaults: {handoffs: ['${S}']}\nagents: {a: {instructions: x}}\n",
    "anywhere": "anywhere: ['${S}']\nagents: {a: {instructions: x}}\n",
    "key below a name": "agents: {a: {instructions: x, handoffs: {b: {to: '${S}'}}}, b: {instructions: x}}\n",
    "model": "agents: {a: {instructions: x, model: '${S}/m'}}\n",
    "default model": "defaults: {model: '${S}'}\nagents: {a: {instructions: x}}\n",
    "file": "agents: {a: {instructions: {file: '${S}'}}}\n",
    "default file": "defaults: {instructions: {file: '${S}'}}\nagents: {a: null}\n",
    "variable": "agents: {a: {instructions: '${MENTION}'}}\n",
    "default variable": "defaults: {instructions: '${MENTION}'}\nagents: {a: null}\n",
    "tool": "agents: {a: {instructions: x, tools: ['${S}', '${S}.py', '${S}.py:f', 'json:${S}', 'x.y.${S}:f']}}\n",
    "long tool": "agents: {a: {instructions: x, tools: [{tool: '${S}.py'}]}}\n",
    "default tool": "defaults: {tools: ['${S}.py']}\nagents: {a: {instructions: x}}\n",
}


def messages(path: Path, text: str) -> list[str]:
    """Return all that is said of a team, that of its tools included."""
    path.write_text(f"team: t\n{text}" if "team:" not in text else text, encoding="utf-8")
    environ = {"S": SECRET, "MENTION": "{{ variables.verysecret }}"}
    found = check_team(path, environ=environ)
    if not any(problem.fatal for problem in found):
        with pytest.raises(TeamError) as caught:
            load_tools(load_team(path, environ=environ))
        found = [*found, *caught.value.problems]
    return [str(problem) for problem in found]


def test_p42_a_secret_in_a_wrong_place_is_not_shown(tmp_path: Path) -> None:
    """P42: a value of the environment that is invalid in any field is told by its place alone."""
    told = messages(tmp_path / "agents.yaml", EVERYWHERE.replace("@", "'${S}'"))

    assert len(told) > 40
    assert not [line for line in told if "verysecret" in line]


@pytest.mark.parametrize("text", NOWHERE.values(), ids=NOWHERE.keys())
def test_p42_a_secret_that_leads_nowhere_is_not_shown(tmp_path: Path, text: str) -> None:
    """P42: also when the value has the right form and names an agent, a variable or a tool that is not there."""
    told = messages(tmp_path / "agents.yaml", text)

    assert told
    assert not [line for line in told if "verysecret" in line]


def test_what_the_file_itself_says_is_shown(tmp_path: Path) -> None:
    """Only what came from the environment is hidden."""
    (told,) = messages(tmp_path / "agents.yaml", "agents: {a: {instructions: '{{ variables.q }}', greeting: '${S}'}}\n")
    assert "unknown variable 'q'" in told


def test_what_is_wrong_in_defaults_is_told_once(tmp_path: Path) -> None:
    """There, and not for each agent."""
    text = "defaults: {warm: always}\nagents: {a: {instructions: x, handoffs: [b]}, b: {instructions: y}}\n"
    assert messages(tmp_path / "agents.yaml", text) == [
        "agents.yaml:2:12 defaults.warm: must be one of 'none', 'next' or 'all'."
    ]
