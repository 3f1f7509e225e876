"""Variables and the edges that use them; the files of `broken/` show the errors, these tests what is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.team import check_team
from orchestrator.team.checks.needs import edge_path
from tests.core.scene import team


@pytest.mark.parametrize(
    ("variable", "argument"),
    [
        ("{type: integer}", "integer"),
        ("{type: number}", "integer"),
        ("{type: number}", "{description: how much}"),
        ("null", "boolean"),
        ("{enum: [1, 2], type: integer, default: 1}", "{enum: [1]}"),
    ],
)
def test_an_argument_may_set_a_variable(tmp_path: Path, variable: str, argument: str) -> None:
    """When their types agree, or one of them has none."""
    path = tmp_path / "agents.yaml"
    agents = (
        f"a: {{instructions: x, handoffs: {{b: {{args: {{v: {argument}}}}}}}}}, b: {{instructions: x, handoffs: [a]}}"
    )
    path.write_text(f"team: t\nvariables: {{v: {variable}}}\nagents: {{{agents}}}\n", encoding="utf-8")

    assert check_team(path, environ={}) == []


@pytest.mark.parametrize(
    ("handoffs", "path"),
    [
        ("[b]", ("agents", "a", "handoffs", 0)),
        ("[{b: bills}]", ("agents", "a", "handoffs", 0, "b")),
        ("{b: bills}", ("agents", "a", "handoffs", "b")),
        ("[]", ("anywhere", 0)),
    ],
    ids=["names", "list", "mapping", "anywhere"],
)
def test_a_handoff_is_found_in_the_file(handoffs: str, path: tuple[str | int, ...]) -> None:
    """In each form of writing it."""
    agents = f"{{a: {{instructions: x, handoffs: {handoffs}}}, b: {{instructions: x, handoffs: [a]}}}}"
    found = team(f"team: t\nanywhere: [b]\nagents: {agents}\n")

    assert edge_path(found, "a", found.edges("a")[0]) == path


def test_a_need_of_anywhere_is_reported_once(tmp_path: Path) -> None:
    """All agents have it, but it is written once; an unknown setter is reported once tools are loaded."""
    path = tmp_path / "agents.yaml"
    path.write_text(
        "team: t\nvariables: {v: {default: true, set_by: f}, w: {set_by: f}}\nanywhere: {b: {needs: [v]}}\nagents:\n"
        "  a: {instructions: x, handoffs: {c: {needs: [w]}}}\n  b: {instructions: x, handoffs: [a]}\n"
        "  c: {instructions: x}\n",
        encoding="utf-8",
    )
    (problem,) = check_team(path, environ={})

    assert str(problem).startswith(
        "agents.yaml:3:24 anywhere.b.needs.0: this requirement has no effect: 'v' has a value"
    )
    assert not problem.fatal
