"""Files of tests beside the team file."""

from __future__ import annotations

from pathlib import Path

from orchestrator.team import read_team
from orchestrator.team.trials.cases import Case
from orchestrator.team.trials.files import beside, is_team, read_cases

TEAM = """team: bank
agents:
  front: {instructions: x, handoffs: [billing]}
  billing: {instructions: x, handoffs: [front]}
tests:
  hello: {talk: [{caller: Hello., expect: {agent: front}}]}
"""


def read(folder: Path, text: str, team: str = TEAM, name: str = "tests.yaml") -> tuple[list[Case], list[str]]:
    """Return the tests of a team and of one file, and what is wrong."""
    (folder / "agents.yaml").write_text(team, encoding="utf-8")
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    whole, _ = read_team(folder / "agents.yaml", environ={})
    assert whole is not None
    cases, found = read_cases(whole, [file], environ={"NAME": "front", "SECRET": "nobody"})
    return cases, [f"{'' if problem.fatal else 'warning: '}{problem}" for problem in found]


def test_tests_of_the_team_file_come_before_those_beside_it(tmp_path: Path) -> None:
    """Each knows its file, and where in it each of its keys is; the environment is filled in."""
    text = "money back:\n  talk:\n    - caller: I want my money back.\n      expect: {agent: '${NAME}'}\n"
    cases, problems = read(tmp_path, text, name="tests/money.yaml")

    assert problems == []
    assert [(case.name, case.file.name) for case in cases] == [("hello", "agents.yaml"), ("money back", "money.yaml")]
    assert cases[1].trial.talk[0].expect.agent == "front"
    assert cases[0].place("talk", 0) == "agents.yaml:6:18 tests.hello.talk.0"
    assert cases[1].place("talk", 0) == "tests/money.yaml:3:7 money back.talk.0"
    assert cases[1].place() == "tests/money.yaml:1:1 money back"


def test_p42_all_that_is_wrong_in_a_file_of_tests_is_reported_at_once(tmp_path: Path) -> None:
    """P42: keys, values, names and names that are taken, in the order of the file; no value of the environment."""
    text = """money back:
  talk:
    - {caller: Hello., expect: {agnet: front, agent: biling}}
    - {caller: Hello., expect: {first_audio: soon, handoff: "${SECRET}"}}
hello: {talk: [{caller: Hello., expect: {agent: front}}]}
nothing: {talk: [caller: Hello.]}
nobody: {given: {agent: "${NOT_SET}"}}
hello: {}
"""
    problems = read(tmp_path, text)[1]

    assert problems == [
        "tests.yaml:3:33 money back.talk.0.expect.agnet: unknown key. Did you mean 'agent'?",
        "tests.yaml:3:47 money back.talk.0.expect.agent: unknown agent 'biling'. Did you mean 'billing'?",
        "tests.yaml:4:33 money back.talk.1.expect.first_audio: not a number. "
        "Write a number without a unit, for example 1.5.",
        "tests.yaml:4:52 money back.talk.1.expect.handoff.to: unknown agent. Known: billing, front.",
        "tests.yaml:5:1 hello: another test has this name: agents.yaml:6:3. Rename one of them.",
        "warning: tests.yaml:6:1 nothing: this test expects nothing. "
        "Add `expect: {agent: …}` to a turn, or `end: {…}`.",
        "tests.yaml:7:18 nobody.given.agent: not set in the environment: NOT_SET. "
        "Set them, or give a default: ${NAME:-default}.",
        "tests.yaml:8:1 hello: duplicate key, first used on line 5. Remove one of them.",
    ]


def test_what_a_test_names_is_not_doubted_while_the_team_has_errors(tmp_path: Path) -> None:
    """The agent may be the one that is misspelt in the team file."""
    text = "money back: {talk: [{caller: Hello., expect: {agent: refunds, sais: hello}}]}\n"
    cases, problems = read(tmp_path, text, team=TEAM.replace("handoffs: [front]", "handofs: [front]"))

    assert problems == ["tests.yaml:1:63 money back.talk.0.expect.sais: unknown key. Did you mean 'says'?"]
    assert [case.whole for case in cases] == [True, False]


def test_a_file_that_is_no_file_of_tests_is_one_problem(tmp_path: Path) -> None:
    """It is not there, is not text, is not YAML, or is a list."""
    (tmp_path / "bytes.yaml").write_bytes(b"\xff")
    whole, _ = read_team(_written(tmp_path), environ={})
    assert whole is not None
    gone = read_cases(whole, [tmp_path / "gone.yaml", tmp_path / "bytes.yaml"], environ={})[1]

    assert [str(problem) for problem in gone] == [
        "gone.yaml: cannot be read: No such file or directory. Give the path of a file of tests.",
        "bytes.yaml: is not UTF-8 text. Save it as UTF-8.",
    ]
    (quote,) = read(tmp_path, "a: 'b")[1]
    assert "this quote is never closed" in quote
    (listed,) = read(tmp_path, "- a")[1]
    assert listed.startswith("tests.yaml:1:1: expected a mapping of keys to values. Name each test")
    (nothing,) = read(tmp_path, "hello: no mapping")[1]
    assert nothing.startswith("tests.yaml:1:1 hello: expected a mapping")


def test_files_elsewhere_are_called_as_they_are_named(tmp_path: Path) -> None:
    """Only a file below the team's folder is told by its path from there."""
    folder = tmp_path / "team"
    folder.mkdir()
    whole, _ = read_team(_written(folder), environ={})
    assert whole is not None
    elsewhere = tmp_path / "elsewhere.yaml"

    assert read_cases(whole, [elsewhere], environ={})[1][0].where == str(elsewhere)


def test_files_beside_a_team_file_are_found(tmp_path: Path) -> None:
    """`tests.yaml` first, then those in the folder `tests`, by name; nothing else."""
    assert beside(tmp_path / "agents.yaml") == []
    (tmp_path / "tests").mkdir()
    for name in ("tests.yaml", "tests/b.yaml", "tests/a.yaml", "tests/notes.txt"):
        (tmp_path / name).write_text("{}", encoding="utf-8")

    found = [path.relative_to(tmp_path).as_posix() for path in beside(tmp_path / "agents.yaml")]
    assert found == ["tests.yaml", "tests/a.yaml", "tests/b.yaml"]


def test_a_team_file_is_told_from_a_file_of_tests(tmp_path: Path) -> None:
    """By its keys; what cannot be read, or is no mapping, is taken for a team file."""
    for name, text in (("a", "team: x"), ("b", "agents: {}"), ("c", "hello: {talk: []}"), ("d", "- x"), ("e", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "f").write_bytes(b"\xff")

    assert [is_team(tmp_path / name) for name in "abcdefg"] == [True, True, False, True, True, True, True]


def _written(folder: Path) -> Path:
    path = folder / "agents.yaml"
    path.write_text(TEAM, encoding="utf-8")
    return path
