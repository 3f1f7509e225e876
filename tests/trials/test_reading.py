"""From the command line to a team and its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import TeamError
from orchestrator.trials.reading import TEAM_FILE, read, split

TEAM = """team: bank
agents:
  front: {instructions: x, tools: [tools.py:check_pin]}
tests:
  hello: {talk: [{caller: Hello., expect: {calls: check_pin}}]}
"""
TOOLS = 'print("loaded")\n\ndef check_pin(pin: str) -> None:\n    """Check."""\n'


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Write a team with a tool."""
    (tmp_path / "tools.py").write_text(TOOLS, encoding="utf-8")
    (tmp_path / "bank.yaml").write_text(TEAM, encoding="utf-8")
    return tmp_path / "bank.yaml"


def test_files_of_tests_are_told_from_a_team_file(tmp_path: Path) -> None:
    """By what is in them; a file that cannot be read, or has nothing in it, is taken for a team file."""
    for name, text in (("a.yaml", "team: x"), ("b.yaml", "hello: {talk: []}"), ("c.yaml", "- x"), ("d.yaml", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    a, b, c, d, gone = (tmp_path / f"{name}.yaml" for name in ("a", "b", "c", "d", "gone"))

    assert split([]) == (TEAM_FILE, [])
    assert split([a]) == (a, [])
    assert split([a, b]) == (a, [b])
    assert split([b, c]) == (TEAM_FILE, [b, c])
    assert [split([each])[0] for each in (c, d, gone)] == [c, d, gone]


def test_tests_beside_the_team_file_are_run_if_none_are_named(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a tool prints while it is loaded is no part of the report; warnings are returned."""
    (bank.parent / "tests.yaml").write_text("bye: {talk: [caller: Bye.]}", encoding="utf-8")
    (bank.parent / "other.yaml").write_text("other: {talk: [{caller: x, expect: {agent: front}}]}", encoding="utf-8")
    cast, cases, warnings = read([bank], wanted=None, environ={})

    assert cast.team.name == "bank"
    assert [case.name for case in cases] == ["hello", "bye"]
    assert [(problem.what, problem.fatal) for problem in warnings] == [("this test expects nothing", False)]
    assert capsys.readouterr().out == ""
    named = read([bank, bank.parent / "other.yaml"], wanted=None, environ={})[1]
    assert [case.name for case in named] == ["hello", "other"]


def test_all_that_is_wrong_in_tests_is_an_error(bank: Path) -> None:
    """Also tools, which are only known when they are loaded."""
    text = "bye: {talk: [{caller: Bye., expect: {agent: fornt, calls: chek_pin}}]}"
    (bank.parent / "tests.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(TeamError) as caught:
        read([bank], wanted=None, environ={})

    assert [problem.what for problem in caught.value.problems] == [
        "unknown agent 'fornt'",
        "no agent has a tool 'chek_pin'",
    ]
