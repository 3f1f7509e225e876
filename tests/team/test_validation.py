"""Validation errors in the words of the team file; the files of `broken/` have the whole messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from orchestrator.errors import TeamError
from orchestrator.team import base, check_team, edges, limits, load_team, schema, session_keys, tools, values
from orchestrator.team.edges import TARGET
from orchestrator.team.positions import Positions
from orchestrator.team.validation import BELOW, MISSING, keys_at, locate, suggest, validation_problems
from orchestrator.tools import load_tools

SECRET = "sk-verysecret"


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("vioce", ["voice", "speed"], "Did you mean 'voice'?"),
        ("colour", ["voice", "speed"], "Known: speed, voice."),
        ("", ["b", "a"], "Known: a, b."),
        ("x", [], ""),
    ],
)
def test_a_word_is_suggested_or_all_are_listed(word: str, known: list[str], hint: str) -> None:
    """A similar word if there is one, otherwise all."""
    assert suggest(word, known) == hint


DATA = {
    "agents": {
        "a": {"name": "a", "handoffs": {"b": {"when": "x"}}, "voice": "v"},
        "name": {"handoffs": ["b", {"c": {"when": "x"}}, {"c": 1, "d": 2}]},
    }
}
POSITIONS = Positions(
    "t.yaml", {("agents", "a"): (1, 1), ("agents", "a", "handoffs"): (2, 1), ("defaults", "voice"): (3, 1)}
)


@pytest.mark.parametrize(
    ("loc", "path"),
    [
        (("agents", "a", "handoffs", 0, "when"), ("agents", "a", "handoffs", "b", "when")),
        (("agents", "name", "handoffs", 0, TARGET), ("agents", "name", "handoffs", 0)),
        (("agents", "name", "handoffs", 1, "when"), ("agents", "name", "handoffs", 1, "c", "when")),
        (("agents", "name", "handoffs", 2, TARGET), ("agents", "name", "handoffs", 2)),
        (("agents", "a", "name"), ("agents", "a")),
        (("agents", "a", "voice", "str"), ("defaults", "voice")),
        (("agents", "a", "instructions"), ("agents", "a")),
        (("nowhere",), ()),
    ],
    ids=["mapping", "name", "one key", "two keys", "own name", "defaults", "missing", "nowhere"],
)
def test_a_location_is_a_path_of_the_file(loc: tuple[str | int, ...], path: tuple[str | int, ...]) -> None:
    """Short forms were expanded and defaults merged before pydantic saw the data."""
    assert POSITIONS.source(locate(loc, DATA)) == path


def test_every_mapping_of_the_schema_has_its_own_keys() -> None:
    """Otherwise an unknown key below it would be compared with the keys of something else."""
    modules = (edges, limits, schema, session_keys, tools, values)
    models = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    apart: set[type[BaseModel]] = {base.Strict, base.Short, schema.AgentKeys, schema.Team, edges.Edge, values.Value}
    apart |= {limits.Quota, tools.ToolKeys, tools.HttpArg}
    alike: set[type[BaseModel]] = {edges.Back, edges.ConsultContext}

    assert {each for each in models if issubclass(each, base.Strict)} - apart - alike == set(BELOW.values())
    assert "defaults" in keys_at([])
    assert "defaults" not in keys_at(["agents"])
    edge = {"when", "examples", "args", "needs", "context", "bridge", "opening", "returns"}
    assert set(keys_at(["agents", "a", "handoffs", "b"])) == edge
    assert set(keys_at(["agents", "a", "consult", "b"])) == {"when", "examples", "context", "filler", "timeout"}
    common = {"name", "description", "examples", "confirm", "filler", "timeout", "idempotent", "result", "sets"}
    common |= {"when_late", "hide"}
    assert set(keys_at(["agents", "a", "tools"])) == common | {"tool"}
    assert set(keys_at(["agents", "a", "tools", "McpRef"])) == common | {"mcp"}
    assert "minimum" in keys_at(["agents", "a", "tools", "HttpRef", "args", "number"])
    assert "minimum" not in keys_at(["agents", "a", "handoffs", "b", "args", "number"])


@pytest.mark.parametrize("name", ["context", "tools", "agents", "call"])
def test_a_name_is_not_taken_for_a_key(name: str) -> None:
    """Agents, variables and prices may have the names of keys."""
    assert "instructions" in keys_at(["agents", name])
    assert "set_by" in keys_at(["variables", name])
    assert keys_at(["variables"]) == keys_at(["variables", name])


def test_an_unexpected_error_is_reported_too() -> None:
    """An error of pydantic without a message of ours refers to the schema."""
    error = ValidationError.from_exception_data("Team", [{"type": "date_type", "loc": ("team",), "input": 1}])
    (problem,) = validation_problems(error, {"team": 1}, Positions("t.yaml", {("team",): (1, 1)}))

    assert str(problem) == "t.yaml:1:1 team: not a valid value. See `orchestrator schema`."


def test_every_missing_key_is_a_key() -> None:
    """The remedies for missing keys are for keys that exist."""
    assert MISSING.keys() <= {"team", *(field for model in BELOW.values() for field in keys(model))}


def keys(model: type[BaseModel]) -> set[str]:
    """Return the keys of a model as they are written in the file."""
    return {field.alias or name for name, field in model.model_fields.items()} | {"agents"}


# Every place of a team file where text can stand; `@` becomes a reference to the environment.
EVERYWHERE = """
team: @
start: @
language: [@]
variables: {x: [@], y: {type: @, enum: [@], pattern: '${S}[', set_by: [@], secret: @}, z: {type: integer, default: @}}
rules: [@, [@], {@: x}]
prices: {a/b: {text_in: @}, c/d: @}
providers:
  openai: {url: [@], api_key: [@], brain: @}
  local: {brain: {url: [@], api_key: [@]}, stt: {model: [@]}, tts: @}
  mine: @
  yours: {max_age: @}
limits: {call: @, silence: {at: @, say: [@]}, tool: @, handoffs: @, tokens: @, money: {att: @}}
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
    handoffs:
      b: {args: {x: @, y: {type: @, enum: @}}, context: @, opening: @, examples: @, needs: [@], returns: @, bridge: [@]}
    consult: {b: {context: {share: @, last: @, drop: [@]}, filler: {say: [@], after: @}, timeout: @}}
    kind: @
    fallback: [@]
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
    "needs": "agents: {a: {instructions: x, handoffs: {b: {needs: ['${W}']}}}, b: {instructions: x}}\n",
    "drop": "agents: {a: {instructions: x, handoffs: {b: {context: {drop: ['${S}']}}}}, b: {instructions: x}}\n",
    "consult": "agents: {a: {instructions: x, consult: ['${S}']}}\n",
    "fallback": "agents: {a: {instructions: x, fallback: ['${S}/m']}}\n",
    "rule": "rules: ['${W} before a', '${W} stays in ${W}', 'a before a${W}']\nagents: {a: {instructions: x}}\n",
    "set by": "variables: {v: {set_by: '${W}'}}\nagents: {a: {instructions: x}}\n",
    "rule of a tool": "rules: ['${W} at most 3 per call']\nagents: {a: {instructions: x}}\n",
    "default": "variables: {v: {enum: ['${S}'], default: x}}\nagents: {a: {instructions: x}}\n",
    "pattern": "variables: {v: {pattern: '${S}', default: x}}\nagents: {a: {instructions: x}}\n",
    "argument": "variables: {v: {set_by: '${W}'}}\n"
    "agents: {a: {instructions: x, handoffs: {b: {args: {v: string}}}}, b: {instructions: x}}\n",
    "needs a tool": "variables: {v: {set_by: '${W}'}}\nagents:\n"
    "  a: {instructions: x, handoffs: {b: {needs: [v]}}}\n"
    "  b: {instructions: x, tools: ['agents/verysecret.py:very_secret']}\n",
    "tool": "agents: {a: {instructions: x, tools: ['${S}', '${S}.py', '${S}.py:f', 'json:${S}', 'x.y.${S}:f']}}\n",
    "long tool": "agents: {a: {instructions: x, tools: [{tool: '${S}.py'}]}}\n",
    "default tool": "defaults: {tools: ['${S}.py']}\nagents: {a: {instructions: x}}\n",
}


def messages(path: Path, text: str) -> list[str]:
    """Return all messages about a team, those about its tools included."""
    path.write_text(f"team: t\n{text}" if "team:" not in text else text, encoding="utf-8")
    environ = {"S": SECRET, "W": "very_secret", "MENTION": "{{ variables.verysecret }}"}
    found = check_team(path, environ=environ)
    if not any(problem.fatal for problem in found):
        with pytest.raises(TeamError) as caught:
            load_tools(load_team(path, environ=environ))
        found = [*found, *caught.value.problems]
    return [str(problem) for problem in found]


def test_p42_a_secret_in_a_wrong_place_is_not_shown(tmp_path: Path) -> None:
    """P42: an invalid value from the environment is reported by its position only, in any field."""
    told = messages(tmp_path / "agents.yaml", EVERYWHERE.replace("@", "'${S}'"))

    assert len(told) > 40
    assert not [line for line in told if "verysecret" in line or "very_secret" in line]


@pytest.mark.parametrize("text", NOWHERE.values(), ids=NOWHERE.keys())
def test_p42_a_secret_that_names_nothing_is_not_shown(tmp_path: Path, text: str) -> None:
    """P42: also if the value has the right form and names an unknown agent, variable or tool."""
    told = messages(tmp_path / "agents.yaml", text)

    assert told
    assert not [line for line in told if "verysecret" in line or "very_secret" in line]


def test_values_in_the_file_are_shown(tmp_path: Path) -> None:
    """Only values from the environment are hidden."""
    (told,) = messages(tmp_path / "agents.yaml", "agents: {a: {instructions: '{{ variables.q }}', greeting: '${S}'}}\n")
    assert "unknown variable 'q'" in told


def test_a_problem_in_defaults_is_reported_once(tmp_path: Path) -> None:
    """There, not for each agent."""
    text = "defaults: {warm: always}\nagents: {a: {instructions: x, handoffs: [b]}, b: {instructions: y}}\n"
    assert messages(tmp_path / "agents.yaml", text) == [
        "agents.yaml:2:12 defaults.warm: not an allowed value. Use 'none', 'next' or 'all'."
    ]
