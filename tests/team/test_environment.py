"""`${NAME}` in a team file: put in after parsing, never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.team import load_team
from orchestrator.team.environment import Environment
from orchestrator.team.positions import Positions

ENVIRON = {"NAME": "Ann", "EMPTY": "", "YAML": "a: {b: c}\n- d", "NESTED": "${NAME}"}


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("${NAME}", "Ann"),
        ("Dear ${NAME}, ${NAME}!", "Dear Ann, Ann!"),
        ("${NOBODY:-friend}", "friend"),
        ("${EMPTY:-friend}", "friend"),
        ("${NAME:-friend}", "Ann"),
        ("${NOBODY:-}", ""),
        ("${NOBODY:-a:-b}", "a:-b"),
        ("${YAML}", "a: {b: c}\n- d"),
        ("${NESTED}", "${NAME}"),
        ("${NOBODY:-${NAME}}", "Ann"),
        ("${NOBODY:-a ${EMPTY:-b} c} d", "a b c d"),
        ("${NAME:-${NOBODY}}", "Ann"),
        *[(text, text) for text in ("$NAME", "${NAME", "{NAME}")],
        ("$${NAME}", "${NAME}"),
        ("$${NAME:-x} is ${NAME}", "${NAME:-x} is Ann"),
        ("$$${NAME} $$ $${} $$5", "$${NAME} $$ $${} $$5"),
        *[(value, value) for value in (5, 1.5, True, None)],
        ([{"a": "${NAME}"}, "b"], [{"a": "Ann"}, "b"]),
        ({"${NAME}": "x"}, {"${NAME}": "x"}),
    ],
)
def test_references_are_replaced(written: Any, filled: Any) -> None:
    """In values at any depth, never in keys; a value is text, whatever it looks like."""
    environment = Environment(ENVIRON, Positions())

    assert environment.fill(written) == filled
    assert environment.problems == []


def test_p66_what_is_meant_literally_is_no_reference() -> None:
    """P66: `$${NAME}` is text of the file: it may be shown, and needs no variable."""
    positions = Positions()
    environment = Environment({}, positions)

    assert environment.fill({"a": "$${NOBODY}", "b": ["$${NOBODY}"]}) == {"a": "${NOBODY}", "b": ["${NOBODY}"]}
    assert (environment.problems, positions.from_environment) == ([], set())


def test_p67_values_are_taken_without_what_surrounds_them() -> None:
    """P67: a newline at the end of a mounted secret, the quotes of an env file; nothing in them is not set."""
    environment = Environment({"KEY": "'abc'\r\n", "NONE": '""'}, Positions())
    assert environment.fill("<${KEY}> ${NONE:-x}") == "<abc> x"


def test_p42_missing_variables_are_reported_in_one_line() -> None:
    """P42: all names, sorted, at the position of the first; an empty one without a default counts as missing."""
    positions = Positions("t.yaml", {("b",): (2, 1), ("a",): (3, 1)})
    environment = Environment(ENVIRON, positions)
    environment.fill({"b": "${ZULU} ${EMPTY}", "a": ["${ALPHA}", "${ZULU}", "${FINE:-x}"]})

    assert [str(problem) for problem in environment.problems] == [
        "t.yaml:2:1 b: not set in the environment: ALPHA, EMPTY, ZULU. Set them, or give a default: ${NAME:-default}."
    ]


def test_values_from_the_environment_are_remembered() -> None:
    """So that no message shows it."""
    positions = Positions()
    Environment(ENVIRON, positions).fill({"a": "${NAME}", "b": ["plain", "${NOBODY:-x}"], "c": 1})

    assert positions.from_environment == {("a",), ("b", 1)}
    assert positions.filled[ENVIRON["NAME"]] == "${NAME}"


def test_a_team_knows_how_such_values_are_written(tmp_path: Path) -> None:
    """One that is empty could be any; it is none of them."""
    path = tmp_path / "agents.yaml"
    text = 'team: t\nlanguage: "${NAME}"\nagents: {front: {instructions: Help., description: "${NOBODY:-}"}}\n'
    path.write_text(text, encoding="utf-8")

    assert load_team(path, environ=ENVIRON).filled == {ENVIRON["NAME"]: "${NAME}"}


@pytest.mark.parametrize(
    "odd", ["${1X}", "${}", "${NAME-x}", "${ NAME }", "${NAME:?unset}", "${env:NAME}", "${NAME.x}"]
)
def test_p66_what_only_looks_like_a_reference_is_warned_of(odd: str) -> None:
    """P66: other forms of other programs would be read aloud; `$${` says that the text is meant."""
    environment = Environment(ENVIRON, Positions())

    assert environment.fill({"a": f"Dear {odd}", "b": f"Dear $${odd[1:]}"})["a"] == f"Dear {odd}"
    (warning,) = environment.problems
    assert (warning.fatal, warning.where) == (False, "agents.yaml:1:1 a")
    assert warning.what == f"`{odd}` is taken as text: it is no reference to a variable"


def test_p66_variables_of_a_default_may_be_missing() -> None:
    """P66: only where the default is used."""
    environment = Environment(ENVIRON, Positions())
    environment.fill("${NOBODY:-${NO_ONE}} ${NAME:-${UNUSED}}")

    (problem,) = environment.problems
    assert problem.what == "not set in the environment: NO_ONE"
