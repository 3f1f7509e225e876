"""From a team file to a `Team`; everything that is wrong is told at once, with its place and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import TeamError
from orchestrator.team import Team, ToolRef, check_team, load_team


def write(folder: Path, text: str) -> Path:
    path = folder / "agents.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str, **environ: str) -> Team:
    return load_team(write(folder, text), environ=environ)


def test_the_first_error_raises_with_all_of_them(tmp_path: Path) -> None:
    """Warnings alone do not stop a team."""
    with pytest.raises(TeamError) as caught:
        load(tmp_path, "team: t\nagents:\n  a: {instructions: x, vioce: y}\n  b: {speed: 9}\n")
    assert len(caught.value.problems) == 3
    assert str(caught.value).count("\n") == 2
    assert (
        load(tmp_path, "team: t\nagents:\n  a: {instructions: x, handoffs: [b]}\n  b: {instructions: y}\n").name == "t"
    )


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a folder, or not text: one line with what to do."""
    (missing,) = check_team(tmp_path / "nowhere.yaml", environ={})
    assert str(missing).endswith("Give the path of a team file, or create a team with `orchestrator init DIR`.")
    path = tmp_path / "agents.yaml"
    path.write_bytes(b"team: \xff")
    assert "UTF-8" in str(check_team(path, environ={})[0])
    path.write_text("team: t\nagents: {a: {instructions: {file: bad.md}}}\n", encoding="utf-8")
    (tmp_path / "bad.md").write_bytes(b"\xff")
    assert "not UTF-8 text" in str(check_team(path, environ={})[0])


def test_problems_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Whatever the name of the file."""
    path = tmp_path / "my team 2:1.yaml"
    path.write_text("team: t\nagents:\n  a: {instructions: x, handoffs: [q]}\nwarm: x\nlimits: {call: no}\n", "utf-8")

    assert [problem.where for problem in check_team(path, environ={})] == [
        "my team 2:1.yaml:3:35 agents.a.handoffs.0",
        "my team 2:1.yaml:4:1 warm",
        "my team 2:1.yaml:5:10 limits.call",
    ]


def test_the_environment_of_the_process_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless another one is given."""
    monkeypatch.setenv("ORCHESTRATOR_TEST_WORDS", "Be kind.")
    path = write(tmp_path, "team: t\nagents: {a: {instructions: '${ORCHESTRATOR_TEST_WORDS}'}}\n")

    assert load_team(str(path)).agents["a"].instructions == "Be kind."
    assert check_team(path) == []


def test_p42_scalars_follow_yaml_1_2(tmp_path: Path) -> None:
    """P42: `no`, `on` and `12:30` are words; numbers are numbers."""
    team = load(
        tmp_path,
        "team: t\nvariables: {a: no, b: on, c: 12:30, d: 0o17, e: 0x1F, "
        "f: 1e3, g: ~,\n  h: true, i: '5', j: -2, k: .5, l: False}\n"
        "agents: {a: {instructions: yes}}\n",
    )
    expected = ["no", "on", "12:30", 15, 31, 1000.0, None, True, "5", -2, 0.5, False]
    assert [variable.default for variable in team.variables.values()] == expected
    assert team.agents["a"].instructions == "yes"


def test_references_are_replaced_after_parsing(tmp_path: Path) -> None:
    """A value cannot change the structure; defaults; several in one text; an empty one counts as missing."""
    text = (
        "team: t\nagents: {a: {instructions: '${GREETING}, ${NAME:-friend}${NOTHING:-}', tools: ['${TOOL:-x.py}']}}\n"
    )
    team = load(tmp_path, text, GREETING="a: {b: c}\nd: e", NAME="")
    assert team.agents["a"].instructions == "a: {b: c}\nd: e, friend"
    assert team.agents["a"].tools == (ToolRef.model_validate("x.py"),)


def test_p66_a_byte_order_mark_is_no_part_of_instructions(tmp_path: Path) -> None:
    """P66: in the team file, in a file of instructions, and between texts that were put together."""
    (tmp_path / "a.md").write_text("\ufeffFirst.\n\ufeffSecond.\n", encoding="utf-8")
    team = load(
        tmp_path,
        "\ufeffteam: t\nagents:\n  a: {instructions: {file: a.md}, handoffs: [b]}\n"
        "  b: {instructions: \ufeffThird., handoffs: [a]}\n",
    )
    assert [agent.instructions for agent in team.agents.values()] == ["First.\nSecond.", "Third."]


def test_p66_defaults_can_be_merged(tmp_path: Path) -> None:
    """P66: `<<` takes over the keys of another mapping, and a problem in them is reported where they are written."""
    text = (
        "team: t\nagents:\n  a: &a {instructions: x, speed: 1.2, handoffs: [b]}\n"
        "  b: {<<: *a, instructions: y, handoffs: [a]}\ndefaults: {<<: &d {warm: none}}\n"
    )
    team = load(tmp_path, text)
    assert [(agent.instructions, agent.speed, agent.warm) for agent in team.agents.values()] == [
        ("x", 1.2, "none"),
        ("y", 1.2, "none"),
    ]
    (problem,) = check_team(write(tmp_path, text.replace("warm: none", "warm: hot")), environ={})
    assert problem.where == "agents.yaml:5:20 defaults.warm"


def test_p66_a_literal_reference_is_text(tmp_path: Path) -> None:
    """P66: in every text, also where `{{…}}` is not filled in."""
    agent = load(
        tmp_path,
        "team: t\nagents: {a: {instructions: 'Say $${HOME}', greeting: '$${HOME} {{x}}', description: '$${A:-b}'}}\n",
    ).agents["a"]
    assert (agent.instructions, agent.greeting, agent.description) == ("Say ${HOME}", "${HOME} {{x}}", "${A:-b}")


def test_p44_every_file_that_is_read_is_known(tmp_path: Path) -> None:
    """P44: the team file first, each instruction file once; `defaults` may name one too."""
    (tmp_path / "a.md").write_text("Do this.\n", encoding="utf-8")
    both = "{instructions: {file: a.md}, handoffs: [%s]}"
    team = load(tmp_path, f"team: t\nagents:\n  a: {both % 'b'}\n  b: {both % 'a'}\n")
    assert [file.name for file in team.files] == ["agents.yaml", "a.md"]
    assert team.folder == tmp_path.resolve()
    assert team.agents["a"].instructions == "Do this."

    team = load(
        tmp_path, "team: t\ndefaults: {instructions: {file: a.md}}\nagents: {a: {handoffs: [b]}, b: {handoffs: [a]}}\n"
    )
    assert team.agents["b"].instructions == "Do this."
    (problem,) = check_team(
        write(tmp_path, "team: t\ndefaults: {instructions: {file: b.md}}\nagents: {a: null}\n"), environ={}
    )
    assert problem.where == "agents.yaml:2:27 defaults.instructions.file"


def test_p46_eleven_lines_make_a_team(tmp_path: Path) -> None:
    """P46: the first agent answers, and each has its own voice."""
    text = (
        "team: helpdesk\nagents:\n  front:\n    instructions: Ask.\n    handoffs: [billing, tech]\n  billing:\n"
        "    instructions: Solve.\n    handoffs: [front]\n  tech:\n    voice: cedar\n    instructions: Fix.\n"
    )
    assert text.count("\n") == 11
    team = load(tmp_path, text)
    assert team.start == "front"
    assert [agent.voice for agent in team.agents.values()] == ["marin", "coral", "cedar"]


def test_voices_are_shared_if_there_are_too_few(tmp_path: Path) -> None:
    """A voice that an agent names is not assigned to others while some are free."""
    names = [f"a{number}" for number in range(12)]
    head = f"team: t\ndefaults: {{instructions: x}}\nanywhere: [{', '.join(names)}]\nagents:\n"
    team = load(tmp_path, head + "".join(f"  {name}: null\n" for name in names))
    assert team.agents["a10"].voice == team.agents["a0"].voice

    named = [f"  {name}: {{voice: {agent.voice}}}\n" for name, agent in team.agents.items()]
    team = load(tmp_path, head + "".join(named[:-1]) + f"  {names[-1]}: null\n")
    assert team.agents["a11"].voice == "marin"


def test_a_text_agent_needs_no_voice(tmp_path: Path) -> None:
    """It uses up no voice, and ignores keys of `defaults` that are for voice agents."""
    text = (
        "team: t\ndefaults: {greeting: Hi., handoffs: [a], speed: 1.2, fallback: [local]}\nagents:\n"
        "  a: {instructions: x, handoffs: [c], consult: [b]}\n  b: {kind: text, instructions: x}\n"
        "  c: {instructions: x}\n"
    )
    assert check_team(write(tmp_path, text), environ={}) == []
    agents = load(tmp_path, text).agents
    assert [agents[name].voice for name in "ac"] == ["marin", "cedar"]
    assert (agents["b"].greeting, agents["b"].handoffs, agents["b"].speed) == (None, (), None)
    assert agents["b"].fallback == ("local",)


def test_answers_that_all_agents_know(tmp_path: Path) -> None:
    """Those of `defaults` are known beside an agent's own, which come first; a wrong one is told where it stands."""
    answers = "defaults:\n  instructions: x\n  answers: {open: At nine., shut: %s}\n"
    agents = "agents: {a: {answers: {open: At ten., who: Me.}}}\n"
    team = load(tmp_path, f"team: t\n{answers % 'At six.'}{agents}")
    assert team.agents["a"].answers == {"open": "At ten.", "shut": "At six.", "who": "Me."}

    places = []
    for text in (f"{answers % '[6]'}{agents}", f"{answers % 'At six.'}agents: {{a: {{answers: 5}}}}\n"):
        with pytest.raises(TeamError) as caught:
            load(tmp_path, f"team: t\n{text}")
        places += [problem.where for problem in caught.value.problems]
    assert places == ["agents.yaml:4:29 defaults.answers.shut", "agents.yaml:5:14 agents.a.answers"]


def test_defaults_hold_for_every_agent(tmp_path: Path) -> None:
    """An agent's own keys override them."""
    team = load(tmp_path, "team: t\ndefaults: {instructions: x, speed: 1.2, handoffs: []}\nagents: {a: {speed: 1}}\n")
    assert team.agents["a"].speed == 1
    assert team.agents["a"].session_fields()["audio"]["output"] == {"voice": "marin", "speed": 1.0}
