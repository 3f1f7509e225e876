"""What a team file can say: short forms become full ones, and the rest of the program reads those."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from orchestrator.team import Agent, Team, ToolRef, load_team
from tests.core.scene import team

FORMS = """
team: t
anywhere: [person, a]
agents:
  a:
    instructions: x
    tools: [x.py, {tool: "y.py:f", examples: [Do it], confirm: true}]
    handoffs:
      b: the reason
      c:
        {when: another, args: {amount: number, note: {type: string, description: a note}}, context: none, opening: wait}
  b: {instructions: "{{ variables.v }} {{variables.v}}", handoffs: [a, {c: because}, {person: null}]}
  c: {instructions: x}
  person: {instructions: x}
variables: {v: 1}
"""


@pytest.fixture(scope="module")
def forms() -> Team:
    return team(FORMS)


def test_the_three_forms_of_handoffs(forms: Team) -> None:
    """Names, `name: when`, and the full form, in lists and mappings."""
    assert [(edge.to, edge.when) for edge in forms.agents["b"].handoffs] == [
        ("a", ""),
        ("c", "because"),
        ("person", ""),
    ]
    first, second = forms.agents["a"].handoffs
    assert (first.to, first.when, first.function) == ("b", "the reason", "transfer_to_b")
    assert (second.context.share, second.opening) == ("none", "wait")
    assert {name: arg.written() for name, arg in second.args.items()} == {
        "amount": {"type": "number"},
        "note": {"type": "string", "description": "a note"},
    }


def test_anywhere_adds_missing_handoffs(forms: Team) -> None:
    """Never to the agent itself, never twice."""
    assert [edge.to for edge in forms.edges("a")] == ["b", "c", "person"]
    assert [edge.to for edge in forms.edges("c")] == ["person", "a"]
    assert [edge.to for edge in forms.edges("person")] == ["a"]


def test_both_forms_of_tools(forms: Team) -> None:
    """A reference, or a reference with what callers say for it."""
    first, second = forms.agents["a"].tools
    assert isinstance(first, ToolRef)
    assert isinstance(second, ToolRef)
    assert (first.ref, first.examples, first.asks_caller) == ("x.py", (), False)
    assert (second.ref, second.examples, second.asks_caller) == ("y.py:f", ("Do it",), True)


def test_positions_are_kept_for_later(forms: Team) -> None:
    """Tools are loaded later, and their problems have positions too."""
    assert forms.place("agents", "a", "tools", 1) == "agents.yaml:7:19 agents.a.tools.1"
    assert forms.place("agents", "a", "nothing") == "agents.yaml:5:3 agents.a.nothing"
    assert forms.place("nothing") == "agents.yaml:2:1 nothing"


def test_an_agent_knows_the_variables_it_mentions(forms: Team) -> None:
    """Its session is updated when such a variable changes."""
    assert forms.agents["b"].mentions == {"v"}


def test_the_session_object_has_only_what_the_file_sets() -> None:
    """As keys of the GA session object; null turns off what can be turned off."""
    agent = Agent.model_validate(
        {
            "name": "a",
            "instructions": "x",
            "voice": {"id": "voice_1"},
            "turn_detection": None,
            "transcription": None,
            "reasoning": {"effort": "low"},
            "tool_choice": {"type": "function", "name": "f"},
            "max_output_tokens": "inf",
        }
    )
    assert agent.session_fields() == {
        "reasoning": {"effort": "low"},
        "max_output_tokens": "inf",
        "tool_choice": {"type": "function", "name": "f"},
        "audio": {"input": {"turn_detection": None, "transcription": None}, "output": {"voice": {"id": "voice_1"}}},
    }


def test_the_session_object_of_a_text_agent_has_no_voice() -> None:
    """It is never heard."""
    assert team(RULES).agents["planner"].session_fields()["audio"]["output"] == {}


def test_keys_are_hidden_from_repr() -> None:
    """A provider's key is in no repr and no dump."""
    loaded = team("team: t\nproviders: {mine: {url: 'ws://h', api_key: secret-key}}\nagents: {a: {instructions: x}}\n")
    assert "secret-key" not in repr(loaded)
    assert "secret-key" not in loaded.model_dump_json()


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ({}, {"transcription": {"model": "gpt-transcribe"}}),
        (
            {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 6000}},
            {
                "turn_detection": {"type": "server_vad", "idle_timeout_ms": 6000},
                "transcription": {"model": "gpt-transcribe"},
            },
        ),
        (
            {
                "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
                "noise_reduction": {"type": "far_field"},
                "transcription": {"model": "m", "language": "en"},
            },
            {
                "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
                "noise_reduction": {"type": "far_field"},
                "transcription": {"model": "m", "language": "en"},
            },
        ),
    ],
    ids=["nothing", "server", "semantic"],
)
def test_what_the_file_does_not_set_is_left_to_the_service(said: dict[str, object], heard: dict[str, object]) -> None:
    """None of our defaults is sent, except transcription, which the service turns off by default."""
    agent = Agent.model_validate({"name": "a", "instructions": "x", "voice": "marin", **said})
    assert agent.session_fields() == {"audio": {"input": heard, "output": {"voice": "marin"}}}


def test_a_team_does_not_change(forms: Team) -> None:
    """It is shared by all calls."""
    with pytest.raises(ValidationError, match="frozen"):
        forms.start = "b"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        forms.agents["a"].voice = "ash"  # type: ignore[misc]


def test_limits_have_defaults(forms: Team) -> None:
    """For seconds and handoffs; tokens and money are not limited."""
    limits = forms.limits
    assert (limits.call.at, limits.silence.at, limits.tool, limits.handoffs) == (3600, 300, 20, 30)
    assert (limits.tokens, limits.money, limits.call.say) == (None, None, "")


def test_the_samples_load() -> None:
    """All are valid."""
    root = Path(__file__).parent.parent.parent
    samples = sorted((root / "orchestrator" / "samples").glob("*/agents.yaml"))
    assert len(samples) == 2
    for path in (root / "agents.yaml", *samples):
        assert load_team(path, environ={}).agents


def test_a_tool_needs_no_declared_handoff() -> None:
    """A declared one keeps its context; the opening of the next agent is the tool's choice."""
    text = (
        "team: t\nagents:\n  a: {instructions: x, handoffs: {b: {when: bills, context: all}}}\n  b: {instructions: y}"
    )
    both = team(text)
    declared, plain = both.way("a", "b", "greet"), both.way("b", "a", "continue")

    assert (declared.context.share, declared.opening, declared.when) == ("all", "greet", "bills")
    assert (plain.to, plain.context.share, plain.opening) == ("a", "spoken", "continue")


RULES = """
team: t
variables: {verified: {type: boolean, set_by: check}, card: null}
rules: [verify before billing, check at most 3 per call, refund needs verified, card stays in billing]
agents:
  front: {instructions: x, handoffs: [verify]}
  verify: {instructions: x, tools: ["x.py:check"], handoffs: [billing]}
  billing: {instructions: x, tools: ["x.py:refund"], handoffs: [front], consult: [planner]}
  planner: {kind: text, instructions: x}
anywhere: [front]
"""


def test_rules_by_agent_tool_and_variable() -> None:
    """As the core reads them."""
    found = team(RULES)

    assert (found.before("billing"), found.before("front")) == (("verify",), ())
    assert (found.most("check"), found.most("refund")) == (3, None)
    assert (found.needed_by("refund"), found.needed_by("check")) == (("verified",), ())
    assert [found.may_know(name, "card") for name in ("billing", "front")] == [True, False]
    assert found.may_know("front", "verified")


def test_a_text_agent_has_no_handoffs() -> None:
    """Not even those of `anywhere`: it never has the caller."""
    assert team(RULES).edges("planner") == ()


@pytest.mark.parametrize(
    ("reference", "name"),
    [("x.py:find", "find"), ("a/x.py", None), ("package.module:find", "find"), ("C:/x.py:find", "find")],
)
def test_a_tool_is_known_by_its_reference(reference: str, name: str | None) -> None:
    """Except for the tools of a whole file."""
    found = ToolRef.model_validate(reference)
    assert (found.function, found.names, found.more) == (name, (name,) if name else (), name is None)
