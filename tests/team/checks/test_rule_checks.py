"""Checks of the rules; the files of `broken/` show the errors, these tests what holds and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.team import check_named, check_team, load_team

HEAD = """\
team: t
variables:
  verified: {type: boolean, set_by: check_pin}
  card: {secret: true}
rules: [%s]
agents:
"""
TAIL = """\
  verify: {instructions: x, tools: ["agents/bank.py:check_pin"], handoffs: [billing, front]}
  billing: {instructions: "Card {{ variables.card }}.", handoffs: [front], tools: ["agents/bank.py:refund"]}
"""


def told(folder: Path, rules: str, front: str, tail: str = TAIL) -> list[str]:
    """Return the messages about a team with these rules and this first agent."""
    path = folder / "agents.yaml"
    path.write_text(HEAD % rules + f"  front: {{instructions: x, {front}}}\n" + tail, encoding="utf-8")
    return [str(problem) for problem in check_team(path, environ={})]


@pytest.mark.parametrize(
    ("rules", "front"),
    [
        ("verify before billing", "handoffs: [verify]"),
        ("verify before billing", "handoffs: {verify: null, billing: {needs: [verified]}}"),
        ("front before billing, front before verify", "handoffs: [verify, billing]"),
        ("verify before billing, front before verify", "handoffs: [verify]"),
        ("check_pin at most 3 per call, refund at most 1 per call", "handoffs: [verify]"),
        ("refund needs verified, refund needs card", "handoffs: [verify]"),
        ("'card stays in billing', 'verified stays in verify'", "handoffs: [verify]"),
        ("'verified stays in verify, billing'", "handoffs: {verify: null, billing: {needs: [verified]}}"),
    ],
)
def test_a_rule_that_holds_gives_no_message(tmp_path: Path, rules: str, front: str) -> None:
    """Proven on the graph; a handoff that needs what only the first agent can set does not bypass it."""
    assert told(tmp_path, rules, front) == []


def test_a_need_that_others_can_set_is_a_bypass(tmp_path: Path) -> None:
    """`front` has the tool too, so the check need not happen at `verify`."""
    front = 'tools: ["agents/bank.py:check_pin"], handoffs: {verify: null, billing: {needs: [verified]}}'
    (problem,) = told(tmp_path, "verify before billing", front)

    assert "does not hold: front → billing, because 'front' can set 'verified'." in problem


def test_the_path_of_a_consult_that_is_passed_on_is_shown(tmp_path: Path) -> None:
    """With every agent in between."""
    tail = TAIL + "  helper: {kind: text, instructions: x, consult: [billing]}\n"
    (problem,) = told(tmp_path, "verify before billing", "handoffs: [verify], consult: [helper]", tail)

    assert (
        "does not hold: front → (consults) helper → (consults) billing. Do not let 'helper' consult 'billing'"
        in problem
    )


def test_tools_of_a_whole_file_count_once_it_is_loaded(tmp_path: Path) -> None:
    """Until then only what is certain is reported, and it is not reported again."""
    tail = TAIL.replace("agents/bank.py:check_pin", "agents/bank.py")
    front = "tools: [agents/front.py], handoffs: {verify: null, billing: {needs: [verified]}}"
    assert told(
        tmp_path, "'verify before billing', 'verified stays in verify', 'check_pin needs verified'", front, tail
    ) == [
        "agents.yaml:5:62 rules.2: 'check_pin' can never run: it needs 'verified', which only it sets. "
        "Let another tool set it (`set_by`), or remove the rule."
    ]
    team = load_team(tmp_path / "agents.yaml", environ={})
    names = {"front": [], "verify": ["check_pin"], "billing": ["refund"]}

    assert check_named(team, names) == []
    assert [problem.what for problem in check_named(team, {**names, "front": ["check_pin"]})] == [
        "`verify before billing` does not hold: front → billing, because 'front' can set 'verified'",
        "`verified stays in verify` does not hold: 'front' has the tool 'check_pin', which sets it",
    ]


def test_a_needed_variable_may_come_from_a_handoff_or_a_default(tmp_path: Path) -> None:
    """A tool that needs it can run."""
    front = "handoffs: {verify: null, billing: {args: {card: string}}}"
    tail = TAIL.replace("agents/bank.py:check_pin", "x.py:refund").replace("agents/bank.py:refund", "x.py:refund")
    (problem,) = told(tmp_path, "refund needs card", "handoffs: [verify]", tail)
    assert "'refund' may never run: nothing in this team sets 'card'." in problem
    assert told(tmp_path, "refund needs card", front, tail) == []

    path = tmp_path / "agents.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("{secret: true}", "Visa").replace(front, "handoffs: [verify]"), "utf-8"
    )
    assert check_team(path, environ={}) == []
